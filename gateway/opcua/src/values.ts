import { DataType, type DataValue } from 'node-opcua-client'
import { DATATYPES, type Datatype, type Metric } from './payload.ts'

const WHOLE = [DataType.Int64, DataType.UInt64]
const NUMBERS = [
  DataType.SByte,
  DataType.Byte,
  DataType.Int16,
  DataType.UInt16,
  DataType.Int32,
  DataType.UInt32,
  DataType.Float,
  DataType.Double,
] as readonly number[]

const GOOD = 192
const BAD = 0

export interface Known {
  readonly datatype: Datatype
  readonly value: Metric['value']
  readonly quality: number
  /** Epoch ms, of the source where it says one. */
  readonly at: number
}

/** A value of OPC UA as a metric has it; arrays and structures are none. */
export function toKnown(data: DataValue, now: number): Known | undefined {
  const at = (data.sourceTimestamp ?? data.serverTimestamp)?.getTime() ?? now
  const quality = data.statusCode.isGood() ? GOOD : BAD
  const { dataType, arrayType, value } = data.value
  if (arrayType !== 0) return undefined
  if (value === null || value === undefined || dataType === DataType.Null)
    return { datatype: DATATYPES.double, value: null, quality, at }
  if (dataType === DataType.Boolean) return { datatype: DATATYPES.boolean, value: value === true, quality, at }
  if (dataType === DataType.String) return { datatype: DATATYPES.string, value: String(value), quality, at }
  if (dataType === DataType.DateTime)
    return { datatype: DATATYPES.dateTime, value: (value as Date).getTime(), quality, at }
  if (NUMBERS.includes(dataType)) return { datatype: DATATYPES.double, value: Number(value), quality, at }
  if (!WHOLE.includes(dataType)) return undefined
  // The stack gives 64 bits as two halves, high and low.
  const [high, low] = value as [number, number]
  const bits = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)
  const isSigned = dataType === DataType.Int64
  return {
    datatype: isSigned ? DATATYPES.int64 : DATATYPES.uint64,
    value: isSigned ? BigInt.asIntN(64, bits) : bits,
    quality,
    at,
  }
}
