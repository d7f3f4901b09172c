import { isText, lengthBytes, u16, writeLength } from './packets.ts'

export interface Will {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: number
  readonly retain: boolean
}

/** What a CONNECT packet of MQTT 3.1 or 3.1.1 says. */
export interface Connect {
  readonly level: number
  readonly clientId: string
  readonly clean: boolean
  readonly keepaliveS: number
  readonly will: Will | undefined
  readonly username: string | undefined
  readonly password: Buffer | undefined
}

/** `level` is answered with CONNACK 1 [MQTT-3.1.2-2]; `malformed` with closing the connection. */
export type ConnectResult = Connect | 'malformed' | 'level'

/** Reads the body of a CONNECT, `b[from, to)`, and keeps no view of it. */
export function parseConnect(b: Buffer, from: number, to: number): ConnectResult {
  const r: Reader = { b, at: from, to, bad: false }
  const name = text(r)
  const level = byte(r)
  if (r.bad || (name !== 'MQTT' && name !== 'MQIsdp')) return 'malformed'
  if (level !== (name === 'MQTT' ? 4 : 3)) return 'level'
  const flags = byte(r)
  const keepaliveS = (byte(r) << 8) | byte(r)
  const hasWill = (flags & 4) !== 0
  const qos = (flags >> 3) & 3
  const retain = (flags & 0x20) !== 0
  if (flags & 1 || qos === 3 || (!hasWill && (qos !== 0 || retain)) || (flags & 0xc0) === 0x40) return 'malformed'
  const clientId = text(r)
  const will = hasWill ? { topic: text(r), payload: bytes(r), qos, retain } : undefined
  const username = flags & 0x80 ? text(r) : undefined
  const password = flags & 0x40 ? bytes(r) : undefined
  if (r.bad || r.at !== to || (will && !isTopicName(will.topic))) return 'malformed'
  return { level, clientId, clean: (flags & 2) !== 0, keepaliveS, will, username, password }
}

/** A topic that may be published to: not empty, no wildcards. */
export const isTopicName = (topic: string): boolean => topic.length > 0 && !/[+#]/.test(topic)

/** A CONNECT without keepalive and credentials, which the engine behind the gateway leaves to us. */
export function connectBytes(c: Pick<Connect, 'level' | 'clean' | 'will'>, clientId: string): Buffer {
  const { will } = c
  const parts = [clientId, ...(will ? [will.topic, will.payload] : [])].map((p) => Buffer.from(p as string))
  const name = c.level === 3 ? 'MQIsdp' : 'MQTT'
  const length = 2 + name.length + 4 + parts.reduce((n, p) => n + 2 + p.length, 0)
  const out = Buffer.allocUnsafe(1 + lengthBytes(length) + length)
  out[0] = 0x10
  let at = writeLength(out, 1, length)
  at = out.writeUInt16BE(name.length, at)
  at += out.write(name, at, 'latin1')
  at = out.writeUInt8(c.level, at)
  const willFlags = will ? 4 | (will.qos << 3) | (will.retain ? 0x20 : 0) : 0
  at = out.writeUInt8((c.clean ? 2 : 0) | willFlags, at)
  at = out.writeUInt16BE(0, at)
  for (const part of parts) {
    at = out.writeUInt16BE(part.length, at)
    at += part.copy(out, at)
  }
  return out
}

interface Reader {
  readonly b: Buffer
  at: number
  readonly to: number
  bad: boolean
}

function byte(r: Reader): number {
  if (r.at < r.to) return r.b[r.at++] as number
  r.bad = true
  return 0
}

/** Start and end of the next length-prefixed field; leaves `r` behind it. */
function field(r: Reader): [from: number, to: number] {
  const from = r.at + 2
  const to = from <= r.to ? from + u16(r.b, r.at) : r.to + 1
  if (to > r.to) {
    r.bad = true
    return [0, 0]
  }
  r.at = to
  return [from, to]
}

function text(r: Reader): string {
  const [from, to] = field(r)
  if (isText(r.b, from, to)) return r.b.toString('utf8', from, to)
  r.bad = true
  return ''
}

function bytes(r: Reader): Buffer {
  const [from, to] = field(r)
  return Buffer.from(r.b.subarray(from, to))
}
