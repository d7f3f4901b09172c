/** The protobuf of Sparkplug B, as far as an edge node writes it. */

export const DATATYPES = { int64: 4, uint64: 8, double: 10, boolean: 11, string: 12, dateTime: 13 } as const
export type Datatype = (typeof DATATYPES)[keyof typeof DATATYPES]

export interface Metric {
  readonly name?: string
  readonly alias?: number
  /** Epoch ms. */
  readonly at: number
  readonly datatype: Datatype
  readonly unit?: string
  /** OPC's: 192 good, 500 stale, 0 bad. */
  readonly quality?: number
  readonly isHistorical?: boolean
  readonly value: number | bigint | boolean | string | null
}

/** `seq` is left out of death certificates. */
export function encodePayload(at: number, metrics: readonly Metric[], seq?: number): Buffer {
  const parts = [varintField(1, at), ...metrics.map((m) => bytesField(2, metricBytes(m)))]
  if (seq !== undefined) parts.push(varintField(3, seq))
  return Buffer.concat(parts)
}

function metricBytes(m: Metric): Buffer {
  const parts: Buffer[] = []
  if (m.name !== undefined) parts.push(bytesField(1, Buffer.from(m.name)))
  if (m.alias !== undefined) parts.push(varintField(2, m.alias))
  parts.push(varintField(3, m.at), varintField(4, m.datatype))
  if (m.isHistorical) parts.push(varintField(5, 1))
  if (m.value === null) parts.push(varintField(7, 1))
  const properties = propertySet(m)
  if (properties.length > 0) parts.push(bytesField(9, properties))
  if (m.value !== null) parts.push(valueField(m.datatype, m.value))
  return Buffer.concat(parts)
}

function valueField(datatype: Datatype, value: number | bigint | boolean | string): Buffer {
  if (datatype === DATATYPES.boolean) return varintField(14, value ? 1 : 0)
  if (datatype === DATATYPES.string) return bytesField(15, Buffer.from(String(value)))
  if (datatype !== DATATYPES.double) return varintField(11, BigInt(value))
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(Number(value))
  return Buffer.concat([varint((13 << 3) | 1), bytes])
}

function propertySet({ unit, quality }: Metric): Buffer {
  const keys: Buffer[] = []
  const values: Buffer[] = []
  const put = (key: string, type: number, value: Buffer) => {
    keys.push(bytesField(1, Buffer.from(key)))
    values.push(bytesField(2, Buffer.concat([varintField(1, type), value])))
  }
  if (unit) put('engUnit', 12, bytesField(8, Buffer.from(unit)))
  if (quality !== undefined && quality !== 192) put('Quality', 3, varintField(3, quality))
  return Buffer.concat([...keys, ...values])
}

const varintField = (field: number, value: number | bigint): Buffer =>
  Buffer.concat([varint(field << 3), varint(value)])
const bytesField = (field: number, bytes: Buffer): Buffer =>
  Buffer.concat([varint((field << 3) | 2), varint(bytes.length), bytes])

function varint(value: number | bigint): Buffer {
  let n = BigInt.asUintN(64, BigInt(value))
  const bytes: number[] = []
  for (; n >= 128n; n >>= 7n) bytes.push(Number(n & 127n) | 128)
  return Buffer.from([...bytes, Number(n)])
}
