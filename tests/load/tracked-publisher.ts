import { connect, type Socket } from 'node:net'
import { connectPacket, type Login, packetReader, publishPacket } from './mqtt-wire.ts'

/**
 * A device that remembers: publishes readings with QoS 1 and the sequence number as value, keeps what was not
 * acknowledged and sends it again, in order and marked as a duplicate, whenever it has to connect anew.
 */
export interface TrackedDevice {
  readonly device: string
  /** Sequence numbers below this were acknowledged, all of them. */
  acknowledged(): number
  sent(): number
  /** Published so far, sent or not. */
  wanted(): number
  /** Queues one more reading; sent at once when the window has room. */
  publish(): void
  isConnected(): boolean
  /** How often it was let in. */
  connections(): number
  /** Cuts the connection as a failing network does; the device connects again. */
  cut(): void
  close(): void
}

export interface TrackedOptions {
  readonly port: number
  readonly source: string
  readonly device: string
  /** Time of reading `n`, epoch ms; all different. */
  readonly timeOf: (sequence: number) => number
  readonly window?: number
  /** Anonymous when absent. */
  readonly login?: Login
  readonly onConnected?: () => void
  readonly onAcknowledged?: (sequence: number) => void
}

const RECONNECT_MS = 50

export function trackedDevice(options: TrackedOptions): TrackedDevice {
  const window = options.window ?? 100
  const mqttTopic = `t/${options.source}/d/${options.device}/n`
  let wanted = 0
  let sent = 0
  let acknowledged = 0
  const early = new Set<number>()
  let socket: Socket | undefined
  let connected = false
  let connections = 0
  let closed = false
  let timer: NodeJS.Timeout | undefined

  const packetId = (sequence: number) => (sequence % 65_535) + 1
  const packet = (sequence: number, again: boolean) =>
    publishPacket(
      mqttTopic,
      Buffer.from(`{"ts":${options.timeOf(sequence)},"value":${sequence}}`),
      packetId(sequence),
      again,
    )

  const pump = () => {
    if (!connected) return
    const packets: Buffer[] = []
    while (sent < wanted && sent - acknowledged < window) packets.push(packet(sent++, false))
    if (packets.length > 0) socket?.write(Buffer.concat(packets))
  }
  const acknowledge = (id: number) => {
    // The window is far smaller than the range of packet ids, so an id names one open sequence number.
    for (let s = acknowledged; s < sent; s++)
      if (packetId(s) === id) {
        early.add(s)
        options.onAcknowledged?.(s)
        break
      }
    while (early.delete(acknowledged)) acknowledged++
    pump()
  }
  const open = () => {
    if (closed) return
    const current = connect(options.port, '127.0.0.1')
    socket = current
    current.setNoDelay(true)
    const hello = connectPacket(`${options.source}-${options.device}`, { login: options.login })
    current.on('connect', () => current.write(hello))
    current.on(
      'data',
      packetReader((type, body) => {
        if (type === 2 && body[1] === 0) {
          connected = true
          connections++
          options.onConnected?.()
          const again: Buffer[] = []
          for (let s = acknowledged; s < sent; s++) if (!early.has(s)) again.push(packet(s, true))
          if (again.length > 0) current.write(Buffer.concat(again))
          pump()
        } else if (type === 4) acknowledge(body.readUInt16BE(0))
      }),
    )
    current.on('error', () => {})
    current.on('close', () => {
      connected = false
      if (!closed) timer = setTimeout(open, RECONNECT_MS * (0.5 + Math.random()))
    })
  }
  open()
  return {
    device: options.device,
    acknowledged: () => acknowledged,
    sent: () => sent,
    wanted: () => wanted,
    publish() {
      wanted++
      pump()
    },
    isConnected: () => connected,
    connections: () => connections,
    cut() {
      connected = false
      socket?.resetAndDestroy()
    },
    close() {
      closed = true
      clearTimeout(timer)
      socket?.destroy()
    },
  }
}
