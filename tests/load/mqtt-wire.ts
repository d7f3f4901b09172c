/** The few MQTT 3.1.1 packets that a load generator or a fault test sends by itself, as bytes. */

export interface Login {
  readonly username: string
  readonly password: string
}

export function connectPacket(
  clientId: string,
  options: { keepaliveS?: number; clean?: boolean; login?: Login } = {},
): Buffer {
  const { login } = options
  const flags = (options.clean === false ? 0 : 2) | (login ? 0xc0 : 0)
  const body = Buffer.concat([
    Buffer.from([0, 4, 0x4d, 0x51, 0x54, 0x54, 4, flags]),
    u16(options.keepaliveS ?? 0),
    ...[clientId, ...(login ? [login.username, login.password] : [])].map(text),
  ])
  return Buffer.concat([Buffer.from([0x10]), remainingLength(body.length), body])
}

/** QoS 1 when a packet id is given, else QoS 0. */
export function publishPacket(mqttTopic: string, payload: Uint8Array, packetId?: number, duplicate = false): Buffer {
  const topic = Buffer.from(mqttTopic)
  const parts = [u16(topic.length), topic, ...(packetId === undefined ? [] : [u16(packetId)]), payload]
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const flags = (packetId === undefined ? 0 : 2) | (duplicate ? 8 : 0)
  return Buffer.concat([Buffer.from([0x30 | flags]), remainingLength(length), ...parts])
}

export function subscribePacket(packetId: number, filter: string, qos = 0): Buffer {
  const topic = Buffer.from(filter)
  const body = Buffer.concat([u16(packetId), u16(topic.length), topic, Buffer.from([qos])])
  return Buffer.concat([Buffer.from([0x82]), remainingLength(body.length), body])
}

export const PINGREQ = Buffer.from([0xc0, 0])
export const DISCONNECT = Buffer.from([0xe0, 0])

export function remainingLength(length: number): Buffer {
  const bytes: number[] = []
  let rest = length
  do {
    const low = rest % 128
    rest = Math.floor(rest / 128)
    bytes.push(rest > 0 ? low | 0x80 : low)
  } while (rest > 0)
  return Buffer.from(bytes)
}

function text(s: string): Buffer {
  const bytes = Buffer.from(s)
  return Buffer.concat([u16(bytes.length), bytes])
}

const u16 = (n: number): Buffer => Buffer.from([n >> 8, n & 0xff])

/** Calls `onPacket(type, body)` for every whole packet; keeps what is incomplete until more arrives. */
export function packetReader(onPacket: (type: number, body: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    for (;;) {
      const header = readHeader(rest, at)
      if (!header || header.end > rest.length) break
      onPacket((rest[at] as number) >> 4, rest.subarray(header.body, header.end))
      at = header.end
    }
    rest = rest.subarray(at)
  }
}

function readHeader(bytes: Buffer, at: number): { body: number; end: number } | undefined {
  let length = 0
  for (let i = 1; i <= 4; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) return undefined
    length += (byte & 0x7f) * 128 ** (i - 1)
    if (byte < 128) return { body: at + i + 1, end: at + i + 1 + length }
  }
  return undefined
}
