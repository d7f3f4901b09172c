import { encodePack, type PackTable, packTable } from '@quartier/contracts/pack'
import { frigateStream, onvifStream } from './load-cameras.ts'
import { chirpstackStream, sparkplugStream, ttnStream } from './load-codecs.ts'
import { eventStream } from './load-events.ts'
import { publishPacket } from './mqtt-wire.ts'
import { decimal, digits, offsetsOf, walk } from './stream-parts.ts'

export type LoadFormat =
  | 'event'
  | 'json'
  | 'json-pack'
  | 'senml-cbor'
  | 'pack'
  | 'chirpstack'
  | 'ttn'
  | 'sparkplug'
  | 'onvif'
  | 'frigate'

/**
 * One stream of messages that a connection repeats: the same MQTT topic and series, the next instant and the next
 * values each time. Packets are prepared once and patched, so that the generator costs far less than the server.
 */
export interface MessageStream {
  readonly readingsPerMessage: number
  /** Bytes of one packet; the same for all of this stream. */
  readonly packetBytes: number
  /** What must be said once before the first message; it holds no readings. */
  readonly opening?: readonly Buffer[]
  /** Writes the next packet into `out` at `at`; returns the sum of the values in it. */
  write(out: Buffer, at: number, packetId: number): number
}

export interface StreamOptions {
  readonly format: LoadFormat
  readonly source: string
  readonly device: string
  /** Of all series of `json` and `pack`, `v` when absent. */
  readonly property?: string
  /** Readings of a pack; 1 for `json`. */
  readonly readings: number
  /** Instant of the first message, epoch ms, 13 digits; each next one is `stepMs` later. */
  readonly startAt: number
  readonly stepMs: number
  readonly seed: number
}

export function createStream(options: StreamOptions): MessageStream {
  switch (options.format) {
    case 'event':
      return eventStream(options)
    case 'json':
      return jsonStream(options)
    case 'json-pack':
      return jsonPackStream(options)
    case 'senml-cbor':
      return senmlStream(options)
    case 'pack':
      return packStream(options)
    case 'chirpstack':
      return chirpstackStream(options)
    case 'ttn':
      return ttnStream(options)
    case 'sparkplug':
      return sparkplugStream(options)
    case 'onvif':
      return onvifStream(options)
    case 'frigate':
      return frigateStream(options)
  }
}

function jsonStream(o: StreamOptions): MessageStream {
  const next = walk(o.seed)
  const packet = publishPacket(
    `t/${o.source}/d/${o.device}/${o.property ?? 'v'}`,
    Buffer.from(`{"ts":${o.startAt},"value":100.0}`),
    1,
  )
  const idAt = packet.indexOf('{') - 2
  const timeAt = packet.indexOf('"ts":') + 5
  const valueAt = packet.indexOf('"value":') + 8
  let at = o.startAt
  return {
    readingsPerMessage: 1,
    packetBytes: packet.length,
    write(out, to, packetId) {
      const tenths = next()
      packet.writeUInt16BE(packetId, idAt)
      digits(packet, timeAt, 13, at)
      decimal(packet, valueAt, tenths)
      at += o.stepMs
      out.set(packet, to)
      return tenths / 10
    },
  }
}

function jsonPackStream(o: StreamOptions): MessageStream {
  const walks = Array.from({ length: o.readings }, (_, i) => walk(o.seed + i))
  const record = (i: number) => `{"n":"${o.device}-${i}/v","t":${(o.startAt / 1_000).toFixed(3)},"v":100.0}`
  const payload = Buffer.from(`[${walks.map((_, i) => record(i)).join(',')}]`)
  const packet = publishPacket(`senml/${o.source}/${o.device}`, payload, 1)
  const body = packet.length - payload.length
  const timesAt = offsetsOf(packet, '"t":', body).map((p) => p + 4)
  const valuesAt = offsetsOf(packet, '"v":', body).map((p) => p + 4)
  let at = o.startAt
  return {
    readingsPerMessage: o.readings,
    packetBytes: packet.length,
    write(out, to, packetId) {
      packet.writeUInt16BE(packetId, body - 2)
      let sum = 0
      for (let i = 0; i < walks.length; i++) {
        const tenths = (walks[i] as () => number)()
        const timeAt = timesAt[i] as number
        digits(packet, timeAt, 10, Math.floor(at / 1_000))
        digits(packet, timeAt + 11, 3, at % 1_000)
        decimal(packet, valuesAt[i] as number, tenths)
        sum += tenths / 10
      }
      at += o.stepMs
      out.set(packet, to)
      return sum
    },
  }
}

function senmlStream(o: StreamOptions): MessageStream {
  const walks = Array.from({ length: o.readings }, (_, i) => walk(o.seed + i))
  const parts: Buffer[] = [cborHead(4, o.readings)]
  for (let i = 0; i < o.readings; i++) {
    const base = i === 0
    // Labels of RFC 8428: bn -2, bt -3, n 0, v 2.
    parts.push(cborHead(5, base ? 4 : 2))
    if (base) parts.push(Buffer.from([0x21]), cborText(`${o.device}-`), Buffer.from([0x22, 0xfb]), Buffer.alloc(8))
    parts.push(Buffer.from([0x00]), cborText(`${i}/v`), Buffer.from([0x02, 0xfb]), Buffer.alloc(8))
  }
  const payload = Buffer.concat(parts)
  const packet = publishPacket(`senml/${o.source}/${o.device}`, payload, 1)
  const body = packet.length - payload.length
  const timeAt = packet.indexOf(Buffer.from([0x22, 0xfb]), body) + 2
  const valuesAt = offsetsOf(packet, Buffer.from([0x2f, 0x76, 0x02, 0xfb]), body).map((p) => p + 4)
  let at = o.startAt
  return {
    readingsPerMessage: o.readings,
    packetBytes: packet.length,
    write(out, to, packetId) {
      packet.writeUInt16BE(packetId, body - 2)
      packet.writeDoubleBE(at / 1_000, timeAt)
      let sum = 0
      for (let i = 0; i < walks.length; i++) {
        const value = (walks[i] as () => number)() / 10
        packet.writeDoubleBE(value, valuesAt[i] as number)
        sum += value
      }
      at += o.stepMs
      out.set(packet, to)
      return sum
    },
  }
}

function packStream(o: StreamOptions): MessageStream {
  const walks = Array.from({ length: o.readings }, (_, i) => walk(o.seed + i))
  const series: PackTable = packTable(
    walks.map((_, i) => ({ device: `${o.device}-${i}`, property: o.property ?? 'v' })),
  )
  const value = new Float64Array(o.readings)
  const encode = (at: number) => encodePack({ series, measuredAt: at, value, values: { decimals: 1 } })
  const mqttTopic = `pack/${o.source}/${o.device}`
  const packet = publishPacket(mqttTopic, encode(o.startAt), 1)
  const body = packet.length - encode(o.startAt).length
  let at = o.startAt
  return {
    readingsPerMessage: o.readings,
    packetBytes: packet.length,
    write(out, to, packetId) {
      let sum = 0
      for (let i = 0; i < walks.length; i++) {
        value[i] = (walks[i] as () => number)() / 10
        sum += value[i] as number
      }
      packet.writeUInt16BE(packetId, body - 2)
      packet.set(encode(at), body)
      at += o.stepMs
      out.set(packet, to)
      return sum
    },
  }
}

const cborText = (text: string): Buffer => Buffer.concat([cborHead(3, Buffer.byteLength(text)), Buffer.from(text)])

function cborHead(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value])
  if (value < 256) return Buffer.from([(major << 5) | 24, value])
  return Buffer.from([(major << 5) | 25, value >> 8, value & 0xff])
}
