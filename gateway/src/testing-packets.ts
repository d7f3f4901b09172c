/** MQTT 3.1.1 packets as bytes, for tests that talk to a bare socket. */
export interface ConnectOptions {
  readonly clean?: boolean
  readonly keepaliveS?: number
  readonly username?: string
  readonly password?: string
  readonly will?: { readonly topic: string; readonly payload: string; readonly qos?: number; readonly retain?: boolean }
  readonly level?: number
  readonly name?: string
}

const text = (s: string | Buffer): Buffer => {
  const b = Buffer.from(s)
  return Buffer.concat([Buffer.from([b.length >> 8, b.length & 255]), b])
}

export function packet(first: number, body: Buffer): Buffer {
  const length: number[] = []
  let rest = body.length
  do {
    length.push((rest & 127) | (rest > 127 ? 128 : 0))
    rest >>= 7
  } while (rest > 0)
  return Buffer.concat([Buffer.from([first, ...length]), body])
}

export function connect(clientId: string, o: ConnectOptions = {}): Buffer {
  const { will } = o
  const flags =
    (o.clean === false ? 0 : 2) |
    (will ? 4 | ((will.qos ?? 0) << 3) | (will.retain ? 32 : 0) : 0) |
    (o.password === undefined ? 0 : 64) |
    (o.username === undefined ? 0 : 128)
  const keepalive = o.keepaliveS ?? 0
  return packet(
    0x10,
    Buffer.concat([
      text(o.name ?? 'MQTT'),
      Buffer.from([o.level ?? 4, flags, keepalive >> 8, keepalive & 255]),
      text(clientId),
      ...(will ? [text(will.topic), text(will.payload)] : []),
      ...(o.username === undefined ? [] : [text(o.username)]),
      ...(o.password === undefined ? [] : [text(o.password)]),
    ]),
  )
}

/** QoS 1 when an id is given, unless `qos` says otherwise. */
export function publish(
  mqttTopic: string,
  payload: string | Buffer,
  o: { id?: number; qos?: number; retain?: boolean; dup?: boolean } = {},
): Buffer {
  const qos = o.qos ?? (o.id === undefined ? 0 : 1)
  const id = o.id === undefined ? Buffer.alloc(0) : Buffer.from([o.id >> 8, o.id & 255])
  const first = 0x30 | (qos << 1) | (o.retain ? 1 : 0) | (o.dup ? 8 : 0)
  return packet(first, Buffer.concat([text(mqttTopic), id, Buffer.from(payload)]))
}

export const subscribe = (id: number, ...filters: readonly (readonly [string, number])[]): Buffer =>
  packet(
    0x82,
    Buffer.concat([Buffer.from([id >> 8, id & 255]), ...filters.flatMap(([f, qos]) => [text(f), Buffer.from([qos])])]),
  )

export const PING = Buffer.from([0xc0, 0])
export const DISCONNECT_PACKET = Buffer.from([0xe0, 0])
export const pubrel = (id: number): Buffer => Buffer.from([0x62, 2, id >> 8, id & 255])
