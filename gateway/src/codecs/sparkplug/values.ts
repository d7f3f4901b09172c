import { latin1 } from '../bytes.ts'
import { BOOLEAN, DOUBLE, FLOAT, INT, LONG, metric, STRING } from './wire.ts'

/** What a metric's value is, by its datatype [Sparkplug 3.0 §6.4.16]. */
export const NUMBER = 1
export const TEXT = 2
/** A whole number beyond 2^53: its digits are in {@link bigDigits}. */
export const BIG = 3
/** The value does not fit its datatype, or is not finite. */
export const UNFIT = 4
/** Bytes, files, arrays, data sets, templates. */
export const UNSUPPORTED = 5

export const INT8 = 1
export const INT64 = 4
export const UINT64 = 8
export const FLOAT_TYPE = 9
export const DOUBLE_TYPE = 10
export const BOOLEAN_TYPE = 11
export const STRING_TYPE = 12
const DATE_TIME = 13
const TEXT_TYPE = 14
const UUID = 15

/** The number that {@link readValue} found. */
export let number = 0
export let bigDigits = ''

const TWO32 = 4_294_967_296

/** What the scanned metric holds when it is of `datatype`. */
export function readValue(datatype: number): number {
  const m = metric
  switch (datatype) {
    case FLOAT_TYPE:
    case DOUBLE_TYPE:
      if (m.field !== FLOAT && m.field !== DOUBLE) return UNFIT
      number = m.float + 0
      return Number.isFinite(number) ? NUMBER : UNFIT
    case BOOLEAN_TYPE:
      number = m.lo === 0 && m.hi === 0 ? 0 : 1
      return m.field === BOOLEAN || m.field === INT || m.field === LONG ? NUMBER : UNFIT
    case STRING_TYPE:
    case TEXT_TYPE:
    case UUID:
      return m.field === STRING ? TEXT : UNFIT
    case INT64:
      return m.field === INT ? small(m.lo | 0) : signed64()
    case UINT64:
    case DATE_TIME:
      return m.field === INT ? small(m.lo) : unsigned64()
  }
  if (datatype >= INT8 && datatype <= 7) return wholeOf(datatype)
  return UNSUPPORTED
}

/**
 * The datatype of a metric that no birth has given one: what it says itself, or what the field of its value tells; 0 when
 * neither does. A field of whole numbers does not tell whether they have a sign.
 */
export function saidDatatype(): number {
  if (metric.datatype > 0) return Math.min(metric.datatype, 255)
  if (metric.isNull) return DOUBLE_TYPE
  return OF_FIELD[metric.field] ?? 0
}

const OF_FIELD: Readonly<Record<number, number>> = {
  [FLOAT]: FLOAT_TYPE,
  [DOUBLE]: DOUBLE_TYPE,
  [BOOLEAN]: BOOLEAN_TYPE,
  [STRING]: STRING_TYPE,
}

function small(n: number): number {
  number = n
  return metric.field === INT ? NUMBER : UNFIT
}

/** 8, 16 and 32 bits travel in an unsigned field as two's complement; some senders extend the sign to 64 bits, or use the long field. */
function wholeOf(datatype: number): number {
  const { field, lo, hi } = metric
  if (field !== INT && field !== LONG) return UNFIT
  const bits = datatype === 1 || datatype === 5 ? 8 : datatype === 2 || datatype === 6 ? 16 : 32
  if (datatype > INT64) {
    number = lo
    return hi === 0 && (bits === 32 || lo < 2 ** bits) ? NUMBER : UNFIT
  }
  const shift = 32 - bits
  number = (lo << shift) >> shift
  const isExtended = (hi === 0xffffffff || hi === 0) && (number | 0) === (lo | 0)
  return isExtended || (hi === 0 && (bits === 32 || lo < 2 ** bits)) ? NUMBER : UNFIT
}

function signed64(): number {
  if (metric.field !== LONG) return UNFIT
  number = (metric.hi | 0) * TWO32 + metric.lo
  if (Number.isSafeInteger(number)) return NUMBER
  bigDigits = ((BigInt(metric.hi | 0) << 32n) + BigInt(metric.lo)).toString()
  return BIG
}

function unsigned64(): number {
  if (metric.field !== LONG) return UNFIT
  number = metric.hi * TWO32 + metric.lo
  if (Number.isSafeInteger(number)) return NUMBER
  bigDigits = ((BigInt(metric.hi) << 32n) + BigInt(metric.lo)).toString()
  return BIG
}

/** Whether the name `b[from, to)` is that of a command or of the protocol itself, not of something measured. */
export function isControl(b: Uint8Array, from: number, to: number): boolean {
  const text = latin1(b, from, Math.min(to, from + 15))
  return text === 'bdSeq' || text.startsWith('Node Control/') || text.startsWith('Device Control/')
}
