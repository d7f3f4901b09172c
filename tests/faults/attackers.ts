import { connect, type Socket } from 'node:net'
import { mutant, seeded } from '../../gateway/src/codecs/hostile.ts'
import { connectPacket, packetReader, publishPacket, remainingLength } from '../load/mqtt-wire.ts'

/** Source of everything that is malformed and yet speaks MQTT. */
export const FLOOD = 'flood'
const AT_ONCE = 20
const PAUSE_MS = 20
const ANNOUNCED_BYTES = 200_000_000

/** Connections that do one bad thing each, some at once, opened anew whenever one was closed. */
export interface Attack {
  readonly what: string
  opened(): number
  /** How many the gateway has ended; we never end one ourselves. */
  closed(): number
  sentBytes(): number
  stop(): void
}

/** Random bytes from the first one on. */
export function sendNoise(port: number, seed: number): Attack {
  const below = seeded(seed)
  const noise = () => Buffer.from(Array.from({ length: 1 + below(2_000) }, () => below(256)))
  return attack('noise', port, (socket) => socket.end(noise()))
}

/** A login as it should be, then packets with a few bytes changed. */
export function breakProtocol(port: number, seed: number): Attack {
  const below = seeded(seed)
  let n = 0
  return attack('broken packets', port, (socket) => {
    socket.write(connectPacket(`broken-${n++}`))
    const more = () => {
      if (socket.destroyed || !socket.writable) return
      const packet = publishPacket('t/broken/d/x/p', Buffer.from('{"value":1}'), 1 + below(60_000))
      packet[below(packet.length)] = below(256)
      socket.write(packet)
      setTimeout(more, 5).unref()
    }
    more()
  })
}

/** Announces a packet of 200 MB and sends as much of it as is taken. */
export function announceHugeFrames(port: number, when: 'before login' | 'after login'): Attack {
  let n = 0
  return attack(`200 MB announced ${when}`, port, (socket) => {
    if (when === 'after login') socket.write(connectPacket(`huge-${n++}`))
    const first = when === 'before login' && n++ % 2 === 0 ? 0x10 : 0x32
    socket.write(Buffer.concat([Buffer.from([first]), remainingLength(ANNOUNCED_BYTES)]))
    const chunk = Buffer.alloc(65_536, 0x20)
    const more = () => {
      while (socket.writable && socket.bytesWritten < ANNOUNCED_BYTES && socket.write(chunk));
    }
    socket.on('drain', more)
    more()
  })
}

function attack(what: string, port: number, begin: (socket: Socket) => void): Attack {
  const total = { opened: 0, closed: 0, bytes: 0 }
  let over = false
  const open = () => {
    if (over) return
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    total.opened++
    socket.on('connect', () => begin(socket))
    socket.on('error', () => {})
    socket.on('data', () => {})
    socket.on('end', () => socket.end())
    socket.on('close', () => {
      total.closed++
      total.bytes += socket.bytesWritten
      setTimeout(open, PAUSE_MS).unref()
    })
  }
  for (let i = 0; i < AT_ONCE; i++) open()
  return {
    what,
    opened: () => total.opened,
    closed: () => total.closed,
    sentBytes: () => total.bytes,
    stop() {
      over = true
    },
  }
}

const TOPICS = [`t/${FLOOD}/d/x/p`, `t/${FLOOD}/d/x`, `senml/${FLOOD}/x`, `pack/${FLOOD}/x`]
const CONNECTIONS = 10
const TICK_MS = 20

/** Well-formed MQTT with payloads that are broken in all ways: acknowledged, since sending them again would not help. */
export function floodPayloads(port: number, seed: number, rate: number) {
  const below = seeded(seed)
  let sent = 0
  let acknowledged = 0
  const onPacket = (type: number) => {
    if (type === 4) acknowledged++
  }
  const sockets = Array.from({ length: CONNECTIONS }, (_, i) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.on('data', packetReader(onPacket))
    socket.write(connectPacket(`${FLOOD}-${i}`))
    return socket
  })
  const timer = setInterval(() => {
    for (let n = 0; n < (rate * TICK_MS) / 1_000 && sent - acknowledged < rate; n++) {
      const topic = TOPICS[below(TOPICS.length)] as string
      sockets[sent % CONNECTIONS]?.write(publishPacket(topic, mutant(below), (sent % 65_535) + 1))
      sent++
    }
  }, TICK_MS)
  return {
    sent: () => sent,
    acknowledged: () => acknowledged,
    stop: () => clearInterval(timer),
    close() {
      for (const socket of sockets) socket.destroy()
    },
  }
}
