import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { connectPacket, packetReader, publishPacket, subscribePacket } from '../load/mqtt-wire.ts'
import type { Fault } from './fault.ts'
import { until } from './support.ts'
import { underLoad } from './under-load.ts'

const RATE = 20_000
const DEAF = 10
const MOST_MORE_BYTES = 300e6
const NOTICES_PER_TICK = 10
const TICK_MS = 20

/** Subscribers of everything that never read, and others that leave while much waits for them. */
export const readers: Fault = {
  name: 'readers',
  title: ({ quick }) =>
    `${DEAF} subscribers of # that never read, and ${leaversOf(quick)} that leave in mid-backlog, under ${RATE} messages/s`,
  run(options) {
    const { quick } = options
    const slowReaderMs = quick ? 3_000 : 20_000
    const trial = { settings: { gateway: { limits: { slowReaderMs } } } }
    const load = { devices: 100, rate: RATE, memory: MOST_MORE_BYTES, trial }
    return underLoad(options, load, async ({ trial, findings, noteTimes }) => {
      const port = trial.mqttPort
      const notices = publishNotices(port)
      await wait(quick ? 2_000 : 10_000)
      noteTimes('before')
      const deaf = Array.from({ length: DEAF }, (_, i) => subscriber(port, `deaf-${i}`, i % 2))
      for (let n = 0; n < leaversOf(quick); n++) await leaveInBacklog(port, n)
      noteTimes('to others while subscribers left')
      const counted = async (name: string, label?: string) => (await trial.counters('gateway')).of(name, label)
      const slow = () => counted('closed_total', 'reason="slow-reader"')
      await until('the end of those who never read', slowReaderMs + 60_000, async () => (await slow()) >= DEAF)
      notices.stop()
      await until('acknowledgements of notices', 60_000, () => notices.acknowledged() === notices.sent())
      noteTimes('to others while nobody read')
      for (const socket of [...deaf, notices]) socket.destroy()
      findings.note(`${notices.sent()} messages that are no telemetry were acknowledged, too`)
      findings.promise(
        (await counted('dropped_total')) > 0,
        `the gateway closed ${await slow()} slow readers and counts ${await counted('dropped_total')} messages that they lost`,
      )
    })
  },
}

const leaversOf = (quick: boolean): number => (quick ? 10 : 100)

/** Subscribes to everything and reads nothing. */
function subscriber(port: number, clientId: string, qos: number): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.pause()
  socket.write(Buffer.concat([connectPacket(clientId), subscribePacket(1, '#', qos)]))
  return socket
}

/** Subscribes to everything, reads a little, and is gone without a word while the rest waits for it. */
async function leaveInBacklog(port: number, n: number): Promise<void> {
  const socket = subscriber(port, `leaver-${n}`, n % 2)
  await new Promise<void>((resolve) => {
    socket.once('data', () => resolve())
    socket.once('close', () => resolve())
    socket.resume()
  })
  socket.pause()
  await wait(50 + (n % 5) * 50)
  socket.resetAndDestroy()
}

/** Messages with QoS 1 that are not telemetry: they go through the broker's engine to every subscriber. */
function publishNotices(port: number) {
  let sent = 0
  let acknowledged = 0
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.on(
    'data',
    packetReader((type) => {
      if (type === 4) acknowledged++
    }),
  )
  socket.write(connectPacket('notices'))
  const timer = setInterval(() => {
    for (let i = 0; i < NOTICES_PER_TICK && sent - acknowledged < 1_000; i++)
      socket.write(publishPacket('notices/all', Buffer.alloc(500, 0x78), (sent++ % 65_535) + 1))
  }, TICK_MS)
  return {
    sent: () => sent,
    acknowledged: () => acknowledged,
    stop: () => clearInterval(timer),
    destroy: () => socket.destroy(),
  }
}
