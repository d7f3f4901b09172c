/** Sparkplug payloads as bytes, for tests: written from the protobuf schema and apart from the reader. */
export interface TestMetric {
  readonly name?: string
  readonly alias?: number
  readonly timestamp?: number
  readonly datatype?: number
  readonly isHistorical?: boolean
  readonly isNull?: boolean
  readonly unit?: string
  readonly quality?: number
  readonly int?: number | bigint
  readonly long?: number | bigint
  readonly float?: number
  readonly double?: number
  readonly boolean?: boolean
  readonly string?: string
  /** Field 16 to 18: bytes, data set, template. */
  readonly opaque?: { readonly field: number; readonly bytes: Uint8Array }
}

export interface TestPayload {
  readonly timestamp?: number
  readonly seq?: number
  readonly metrics?: readonly TestMetric[]
}

export function encodePayload(p: TestPayload): Buffer {
  const parts: Buffer[] = []
  if (p.timestamp !== undefined) parts.push(field(1, 0, varint(p.timestamp)))
  for (const m of p.metrics ?? []) parts.push(delimited(2, encodeMetric(m)))
  if (p.seq !== undefined) parts.push(field(3, 0, varint(p.seq)))
  return Buffer.concat(parts)
}

function encodeMetric(m: TestMetric): Buffer {
  const parts: Buffer[] = []
  if (m.name !== undefined) parts.push(delimited(1, Buffer.from(m.name)))
  if (m.alias !== undefined) parts.push(field(2, 0, varint(m.alias)))
  if (m.timestamp !== undefined) parts.push(field(3, 0, varint(m.timestamp)))
  if (m.datatype !== undefined) parts.push(field(4, 0, varint(m.datatype)))
  if (m.isHistorical) parts.push(field(5, 0, varint(1)))
  if (m.isNull) parts.push(field(7, 0, varint(1)))
  if (m.unit !== undefined || m.quality !== undefined) parts.push(delimited(9, propertySet(m)))
  if (m.int !== undefined) parts.push(field(10, 0, varint(m.int)))
  if (m.long !== undefined) parts.push(field(11, 0, varint(m.long)))
  if (m.float !== undefined) {
    const b = Buffer.alloc(4)
    b.writeFloatLE(m.float)
    parts.push(field(12, 5, b))
  }
  if (m.double !== undefined) {
    const b = Buffer.alloc(8)
    b.writeDoubleLE(m.double)
    parts.push(field(13, 1, b))
  }
  if (m.boolean !== undefined) parts.push(field(14, 0, varint(m.boolean ? 1 : 0)))
  if (m.string !== undefined) parts.push(delimited(15, Buffer.from(m.string)))
  if (m.opaque) parts.push(delimited(m.opaque.field, Buffer.from(m.opaque.bytes)))
  return Buffer.concat(parts)
}

function propertySet(m: TestMetric): Buffer {
  const keys: Buffer[] = []
  const values: Buffer[] = []
  if (m.unit !== undefined) {
    keys.push(delimited(1, Buffer.from('engUnit')))
    values.push(delimited(2, Buffer.concat([field(1, 0, varint(12)), delimited(8, Buffer.from(m.unit))])))
  }
  if (m.quality !== undefined) {
    keys.push(delimited(1, Buffer.from('Quality')))
    values.push(delimited(2, Buffer.concat([field(1, 0, varint(3)), field(3, 0, varint(m.quality))])))
  }
  return Buffer.concat([...keys, ...values])
}

const field = (number: number, wire: number, body: Buffer): Buffer =>
  Buffer.concat([varint((number << 3) | wire), body])
const delimited = (number: number, body: Buffer): Buffer => field(number, 2, Buffer.concat([varint(body.length), body]))

function varint(value: number | bigint): Buffer {
  let n = BigInt.asUintN(64, BigInt(value))
  const bytes: number[] = []
  for (; n >= 128n; n >>= 7n) bytes.push(Number(n & 127n) | 128)
  return Buffer.from([...bytes, Number(n)])
}
