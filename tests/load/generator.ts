/**
 * The load generator, a process of its own: `node generator.ts` with a job as its first IPC message. Closed loop: every
 * connection keeps `window` messages unacknowledged. Open loop (`rate`): messages leave when their time has come,
 * whatever the server does.
 */
import { connect, type Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import { createStream, type LoadFormat, type MessageStream } from './load-messages.ts'
import { connectPacket, DISCONNECT, type Login, packetReader } from './mqtt-wire.ts'

export interface LoadJob {
  readonly port: number
  readonly connections: number
  readonly streamsPerConnection: number
  readonly format: LoadFormat
  readonly readings: number
  readonly source: string
  /** Begins every device's name. */
  readonly devicePrefix?: string
  /** Of all series of `json` and `pack`, `v` when absent. */
  readonly property?: string
  readonly startAt: number
  readonly stepMs: number
  /** Closed loop: messages of a connection that may be unacknowledged. */
  readonly window: number
  /** Every packet is written by itself, so that it travels in a segment of its own. */
  readonly onePerSegment: boolean
  /** Stop after this many seconds; what is open is then awaited. */
  readonly seconds: number
  /** Closed loop: stop after this many messages, if that is sooner. */
  readonly messages?: number
  /** Open loop: messages per second, all connections together. */
  readonly rate?: number
  /** Anonymous when absent. */
  readonly login?: Login
  /** Through TLS, with the authority that is believed (PEM). */
  readonly tls?: { readonly ca: string }
}

export interface LoadResult {
  readonly messages: number
  readonly readings: number
  /** Sum of all values that were acknowledged. */
  readonly checksum: number
  readonly seconds: number
  readonly cpuSeconds: number
  /** Open loop: how late the latest message left, ms. */
  readonly lateMs: number
}

const TICK_MS = 5

interface Line {
  readonly socket: Socket
  readonly streams: readonly MessageStream[]
  next: number
  packetId: number
  open: number
}

if (process.send) process.once('message', (job) => void run(job as LoadJob).then((result) => process.send?.(result)))

export async function run(job: LoadJob): Promise<LoadResult> {
  const totals = { messages: 0, acknowledged: 0, readings: 0, checksum: 0, lateMs: 0 }
  const most = job.messages ?? Number.POSITIVE_INFINITY
  let sending = true
  let onAllSent = () => {}
  const send = (line: Line, count: number) => {
    for (let left = Math.min(count, most - totals.messages); left > 0; ) {
      const part = Math.min(left, job.onePerSegment ? 1 : 256)
      let bytes = 0
      for (let i = 0; i < part; i++) bytes += stream(line, i).packetBytes
      const out = Buffer.allocUnsafe(bytes)
      let at = 0
      for (let i = 0; i < part; i++) {
        const s = stream(line, 0)
        totals.checksum += s.write(out, at, line.packetId)
        totals.readings += s.readingsPerMessage
        at += s.packetBytes
        line.next++
        line.packetId = line.packetId === 65_535 ? 1 : line.packetId + 1
      }
      totals.messages += part
      line.open += part
      left -= part
      line.socket.write(out)
    }
    if (totals.messages >= most) onAllSent()
  }
  const lines = await Promise.all(
    Array.from({ length: job.connections }, (_, c) =>
      openLine(job, c, (line, acknowledged) => {
        totals.acknowledged += acknowledged
        line.open -= acknowledged
        if (sending && job.rate === undefined) send(line, job.window - line.open)
      }),
    ),
  )
  process.send?.('connected')
  const startedAt = performance.now()
  const cpu = process.cpuUsage()
  if (job.rate === undefined) {
    const allSent = new Promise<void>((resolve) => {
      onAllSent = resolve
    })
    for (const line of lines) send(line, job.window)
    await Promise.race([allSent, sleep(job.seconds * 1_000)])
  } else await openLoop(job, job.rate, lines, send, totals)
  sending = false
  const seconds = (performance.now() - startedAt) / 1_000
  while (totals.acknowledged < totals.messages) await sleep(5)
  const used = process.cpuUsage(cpu)
  for (const line of lines) line.socket.end(DISCONNECT)
  return {
    messages: totals.messages,
    readings: totals.readings,
    checksum: totals.checksum,
    seconds,
    cpuSeconds: (used.user + used.system) / 1e6,
    lateMs: totals.lateMs,
  }
}

const stream = (line: Line, ahead: number): MessageStream =>
  line.streams[(line.next + ahead) % line.streams.length] as MessageStream

async function openLoop(
  job: LoadJob,
  rate: number,
  lines: readonly Line[],
  send: (line: Line, count: number) => void,
  totals: { lateMs: number },
): Promise<void> {
  const startedAt = performance.now()
  let sent = 0
  let turn = 0
  for (;;) {
    const elapsed = performance.now() - startedAt
    if (elapsed >= job.seconds * 1_000) return
    const due = Math.floor((elapsed / 1_000) * rate)
    if (due > sent) totals.lateMs = Math.max(totals.lateMs, elapsed - (sent / rate) * 1_000)
    for (; sent < due; sent++) send(lines[turn++ % lines.length] as Line, 1)
    await sleep(TICK_MS)
  }
}

function openLine(job: LoadJob, c: number, onAcknowledged: (line: Line, count: number) => void): Promise<Line> {
  return new Promise((resolve, reject) => {
    const socket = job.tls
      ? connectSecurely({ port: job.port, host: '127.0.0.1', ca: job.tls.ca })
      : connect(job.port, '127.0.0.1')
    socket.setNoDelay(true)
    const streams = Array.from({ length: job.streamsPerConnection }, (_, s) =>
      createStream({ ...job, device: `${job.devicePrefix ?? ''}c${c}-${s}`, seed: c * 1_000 + s * 31 }),
    )
    const line: Line = { socket, streams, next: 0, packetId: 1, open: 0 }
    let acknowledged = 0
    const open = () => {
      for (const packet of streams.flatMap((s) => s.opening ?? [])) socket.write(packet)
      resolve(line)
    }
    const read = packetReader((type) => {
      if (type === 2) open()
      else if (type === 4) acknowledged++
    })
    socket.on('error', reject)
    const { login } = job
    socket.on(job.tls ? 'secureConnect' : 'connect', () =>
      socket.write(connectPacket(`load-${process.pid}-${c}`, { login })),
    )
    socket.on('data', (chunk) => {
      acknowledged = 0
      read(chunk)
      if (acknowledged > 0) onAcknowledged(line, acknowledged)
    })
  })
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
