import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { createRandom } from '../random.ts'
import {
  CONNACK,
  type Credentials,
  connectPacket,
  DISCONNECT,
  PINGREQ,
  PUBACK,
  PUBLISH,
  packetReader,
  parsePublish,
  pubackPacket,
  publishBytes,
  subscribePacket,
  type Will,
  writePublish,
} from './packets.ts'

export type { Credentials, Will }

export interface LinkOptions {
  /** Such as `mqtt://127.0.0.1:1883`, or `mqtts:` for TLS. */
  readonly url: string
  readonly clientId: string
  /** Absent for a gateway that allows anonymous access. */
  readonly credentials?: Credentials
  /** For TLS: authorities that are trusted, and the own certificate with its key, PEM. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string }
  /** Of every connection anew. */
  readonly will?: () => Will
  /** Most messages under way, sent and not acknowledged. */
  readonly window: number
  /** Seed of the back-off's jitter. */
  readonly seed: number
  /** There is room for another message: after connecting, and whenever acknowledgements made some. */
  onRoom(): void
  /** The connection stands; what was not acknowledged before has been sent again. */
  onConnected?(): void
  onMessage?(mqttTopic: string, payload: Buffer): void
  onTrouble?(error: Error): void
}

export interface SendOptions {
  /** 1 when absent; at 0 the message counts as acknowledged once it is written. */
  readonly qos?: 0 | 1
  readonly retain?: boolean
}

/**
 * One MQTT 3.1.1 connection that sends inside a window. It connects again by itself, with growing, jittered pauses;
 * what was not acknowledged is sent again then, before anything new. Messages of one turn of the event loop travel
 * together.
 */
export interface Link {
  readonly connected: boolean
  /** Messages sent and not acknowledged. */
  readonly underWay: number
  /** Whether the connection stands and the window is open. */
  hasRoom(): boolean
  /** Sends one message; call it only while there is room. `onAcknowledged` is called once. */
  send(mqttTopic: string, payload: string | Uint8Array, onAcknowledged: () => void, options?: SendOptions): void
  /** Subscribes, again after every reconnect. */
  subscribe(filter: string, qos: 0 | 1): void
  /** Cuts the connection as a failing network does; it comes back by itself, after `pauseMs` at the earliest. */
  cut(pauseMs?: number): void
  /** Resolves when nothing is under way, or after `graceMs`; then disconnects. */
  close(graceMs: number): Promise<void>
}

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 30_000
const KEEPALIVE_S = 60
/** Of a piece of memory that messages are written into: small where few come at a time. */
const FIRST_CHUNK_BYTES = 2_048
const LARGEST_CHUNK_BYTES = 65_536

interface Open {
  readonly bytes: Buffer
  readonly onAcknowledged: () => void
}

export function openLink(options: LinkOptions): Link {
  const random = createRandom(options.seed)
  const open = new Map<number, Open>()
  const filters = new Map<string, 0 | 1>()
  let failures = 0
  let connected = false
  let closed = false
  let socket: Socket | undefined
  let timer: NodeJS.Timeout | undefined
  let quietSince = 0
  let packetId = 0
  let onIdle: (() => void) | undefined
  let chunk = Buffer.allocUnsafe(0)
  let chunkBytes = FIRST_CHUNK_BYTES
  let filled = 0
  let flushed = 0
  let flushing = false
  let earliestAt = 0

  const flush = () => {
    flushing = false
    if (filled === flushed) return
    if (connected) socket?.write(chunk.subarray(flushed, filled))
    flushed = filled
  }
  /** Room for so many bytes at `filled` of `chunk`. */
  const reserve = (bytes: number) => {
    if (filled + bytes <= chunk.length) return
    // Filled in one turn: the next is larger.
    if (flushing && flushed === 0) chunkBytes = Math.min(LARGEST_CHUNK_BYTES, chunkBytes * 2)
    if (connected && filled > flushed) socket?.write(chunk.subarray(flushed, filled))
    chunk = Buffer.allocUnsafe(Math.max(chunkBytes, bytes))
    filled = flushed = 0
  }
  const soon = () => {
    if (flushing) return
    flushing = true
    queueMicrotask(flush)
  }
  const nextId = () => {
    do packetId = packetId === 65_535 ? 1 : packetId + 1
    while (open.has(packetId))
    return packetId
  }
  /** Half to the whole of a pause that doubles with every failure in a row. */
  const pause = () =>
    Math.round(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10)) * random.between(0.5, 1))
  const onPacket = (type: number, flags: number, body: Buffer) => {
    if (type === PUBACK) {
      const id = body.readUInt16BE(0)
      const entry = open.get(id)
      if (!entry) return
      open.delete(id)
      entry.onAcknowledged()
      if (open.size === 0) onIdle?.()
    } else if (type === PUBLISH) {
      const { mqttTopic, payload, qos, packetId: id } = parsePublish(flags, body)
      if (qos === 1) socket?.write(pubackPacket(id))
      options.onMessage?.(mqttTopic, payload)
    } else if (type === CONNACK) {
      const code = body[1]!
      if (code !== 0) {
        options.onTrouble?.(refusal(code))
        socket?.destroy()
        return
      }
      connected = true
      failures = 0
      for (const [filter, qos] of filters) socket?.write(subscribePacket(nextId(), filter, qos))
      for (const { bytes } of open.values()) {
        bytes[0] = bytes[0]! | 8 // sent before
        socket?.write(bytes)
      }
      options.onConnected?.()
    }
  }
  const dial = () => {
    if (closed) return
    const url = new URL(options.url)
    const secure = url.protocol === 'mqtts:'
    const to = { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || (secure ? 8883 : 1883)) }
    const current = secure ? connectTls({ ...to, ...options.tls, servername: 'localhost' }) : connectTcp(to)
    socket = current
    current.setNoDelay(true)
    const read = packetReader(onPacket)
    current.once(secure ? 'secureConnect' : 'connect', () => {
      quietSince = Date.now()
      current.write(connectPacket(options.clientId, KEEPALIVE_S, options.credentials, options.will?.()))
    })
    current.on('data', (bytes: Buffer) => {
      const before = open.size
      const was = connected
      read(bytes)
      if (connected && (open.size < before || !was)) options.onRoom()
    })
    current.on('error', (error) => options.onTrouble?.(error))
    current.on('close', () => {
      connected = false
      flushed = filled // what was not written stands in `open` and is sent again from there
      if (closed) return
      const wait = Math.max(pause(), earliestAt - Date.now())
      failures++
      timer = setTimeout(dial, wait)
    })
  }
  const pinging = setInterval(
    () => {
      if (!connected || Date.now() - quietSince < (KEEPALIVE_S * 1_000) / 2) return
      quietSince = Date.now()
      socket?.write(PINGREQ)
    },
    (KEEPALIVE_S * 1_000) / 4,
  )
  pinging.unref()
  dial()
  return {
    get connected() {
      return connected
    },
    get underWay() {
      return open.size
    },
    hasRoom: () => connected && open.size < options.window,
    send: (mqttTopic, payload, onAcknowledged, { qos = 1, retain = false } = {}) => {
      const topicBytes = Buffer.byteLength(mqttTopic)
      const payloadBytes = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length
      reserve(publishBytes(topicBytes, payloadBytes, qos))
      const id = qos === 1 ? nextId() : 0
      const from = filled
      filled = writePublish(chunk, from, mqttTopic, topicBytes, payload, payloadBytes, { qos, retain }, id)
      if (qos === 1) open.set(id, { bytes: chunk.subarray(from, filled), onAcknowledged })
      soon()
      if (qos === 0) onAcknowledged()
    },
    subscribe: (filter, qos) => {
      filters.set(filter, qos)
      if (connected) socket?.write(subscribePacket(nextId(), filter, qos))
    },
    cut: (pauseMs = 0) => {
      earliestAt = Date.now() + pauseMs
      socket?.destroy()
    },
    close: async (graceMs) => {
      if (open.size > 0 && connected) {
        const { promise, resolve } = Promise.withResolvers<void>()
        onIdle = resolve
        const patience = setTimeout(resolve, graceMs)
        await promise
        clearTimeout(patience)
      }
      closed = true
      clearTimeout(timer)
      clearInterval(pinging)
      if (!socket || socket.destroyed) return
      const gone = new Promise((resolve) => socket!.once('close', resolve))
      if (connected) socket.end(DISCONNECT)
      const force = setTimeout(() => socket?.destroy(), 500)
      socket.resume()
      await gone
      clearTimeout(force)
    },
  }
}

const REFUSALS = [
  '',
  'Unacceptable protocol version',
  'Identifier rejected',
  'Server unavailable',
  'Bad username or password',
  'Not authorized',
]

/** Why a connection was refused, with MQTT's return code as `code`. */
const refusal = (code: number): Error =>
  Object.assign(new Error(`Connection refused: ${REFUSALS[code] ?? `code ${code}`}`), { code })
