/** The MQTT 3.1.1 packets that a device sends and receives, as bytes. */

export interface Credentials {
  readonly name: string
  readonly secret: string
}

export interface Will {
  readonly mqttTopic: string
  readonly payload: Uint8Array
  readonly qos: 0 | 1
  readonly retain: boolean
}

export const CONNACK = 2
export const PUBLISH = 3
export const PUBACK = 4
export const SUBACK = 9

export const PINGREQ = Buffer.from([0xc0, 0])
export const DISCONNECT = Buffer.from([0xe0, 0])

export function connectPacket(clientId: string, keepaliveS: number, credentials?: Credentials, will?: Will): Buffer {
  const flags = 2 | (will ? 4 | (will.qos << 3) | (will.retain ? 32 : 0) : 0) | (credentials ? 0xc0 : 0)
  const parts = [
    Buffer.from([0, 4, 0x4d, 0x51, 0x54, 0x54, 4, flags, keepaliveS >> 8, keepaliveS & 0xff]),
    text(clientId),
  ]
  if (will) parts.push(text(will.mqttTopic), sized(will.payload))
  if (credentials) parts.push(text(credentials.name), text(credentials.secret))
  return packet(0x10, parts)
}

export const subscribePacket = (packetId: number, filter: string, qos: 0 | 1): Buffer =>
  packet(0x82, [u16(packetId), text(filter), Buffer.from([qos])])

export const pubackPacket = (packetId: number): Buffer => Buffer.from([0x40, 2, packetId >> 8, packetId & 0xff])

/** Bytes of a PUBLISH of this topic and payload. */
export function publishBytes(topicBytes: number, payloadBytes: number, qos: 0 | 1): number {
  const rest = 2 + topicBytes + (qos ? 2 : 0) + payloadBytes
  return 1 + lengthBytes(rest) + rest
}

/** Writes a PUBLISH into `out` at `at`; returns where it ends. */
export function writePublish(
  out: Buffer,
  at: number,
  mqttTopic: string,
  topicBytes: number,
  payload: string | Uint8Array,
  payloadBytes: number,
  flags: { readonly qos: 0 | 1; readonly retain: boolean },
  packetId: number,
): number {
  out[at++] = 0x30 | (flags.qos << 1) | (flags.retain ? 1 : 0)
  let rest = 2 + topicBytes + (flags.qos ? 2 : 0) + payloadBytes
  do {
    const low = rest & 0x7f
    rest >>>= 7
    out[at++] = rest > 0 ? low | 0x80 : low
  } while (rest > 0)
  out[at++] = topicBytes >> 8
  out[at++] = topicBytes & 0xff
  at += out.write(mqttTopic, at, topicBytes === mqttTopic.length ? 'latin1' : 'utf8')
  if (flags.qos) {
    out[at++] = packetId >> 8
    out[at++] = packetId & 0xff
  }
  if (typeof payload === 'string') at += out.write(payload, at, payloadBytes === payload.length ? 'latin1' : 'utf8')
  else {
    out.set(payload, at)
    at += payloadBytes
  }
  return at
}

/** A PUBLISH as it arrived. */
export interface Arrived {
  readonly mqttTopic: string
  readonly payload: Buffer
  readonly qos: number
  readonly packetId: number
}

export function parsePublish(flags: number, body: Buffer): Arrived {
  const end = 2 + body.readUInt16BE(0)
  const qos = (flags >> 1) & 3
  const mqttTopic = body.toString('utf8', 2, end)
  const packetId = qos > 0 ? body.readUInt16BE(end) : 0
  return { mqttTopic, payload: body.subarray(qos > 0 ? end + 2 : end), qos, packetId }
}

/** Calls `onPacket` with type, flags and body of every whole packet; keeps what is incomplete until more arrives. */
export function packetReader(onPacket: (type: number, flags: number, body: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer | undefined
  return (chunk) => {
    const bytes = rest ? Buffer.concat([rest, chunk]) : chunk
    let at = 0
    for (;;) {
      let length = 0
      let size = 1
      let whole = false
      for (; size <= 4 && at + size < bytes.length && !whole; size++) {
        const byte = bytes[at + size]!
        length += (byte & 0x7f) * 128 ** (size - 1)
        whole = byte < 128
      }
      if (!whole || at + size + length > bytes.length) break
      const head = bytes[at]!
      onPacket(head >> 4, head & 15, bytes.subarray(at + size, at + size + length))
      at += size + length
    }
    rest = at < bytes.length ? Buffer.from(bytes.subarray(at)) : undefined
  }
}

const lengthBytes = (n: number): number => (n < 128 ? 1 : n < 16_384 ? 2 : n < 2_097_152 ? 3 : 4)

function packet(head: number, parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  const length: number[] = []
  let rest = body.length
  do {
    const low = rest & 0x7f
    rest >>>= 7
    length.push(rest > 0 ? low | 0x80 : low)
  } while (rest > 0)
  return Buffer.concat([Buffer.from([head, ...length]), body])
}

const u16 = (n: number): Buffer => Buffer.from([n >> 8, n & 0xff])
const text = (s: string): Buffer => sized(Buffer.from(s))
const sized = (bytes: Uint8Array): Buffer => Buffer.concat([u16(bytes.length), bytes])
