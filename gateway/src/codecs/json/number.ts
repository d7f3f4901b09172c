import { latin1 } from '../bytes.ts'
import { fail } from '../fault.ts'
import { MAX_NUMBER_BYTES } from '../limits.ts'

/** What the last scanned number is. */
export const NUMBER = 1
/** A whole number beyond 2^53 − 1, written without point and exponent: as a double it would be another number. */
export const BIG_INTEGER = 2
/** Too large for a double. */
export const OUT_OF_RANGE = 3

const POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`))
const EXPONENT_CAP = 100_000

/**
 * Reads the JSON number that begins at `b[i]` into `values[slot]`, and what it is into `kinds[slot]`. Exactly rounded:
 * a mantissa below 2^53 times or by a power of ten up to 10^22 takes one rounding (Clinger 1990); the rest is left to
 * the engine. −0 becomes 0.
 * @returns the index after the number, or -1 with the fault noted
 */
export function scanNumber(
  b: Uint8Array,
  i: number,
  to: number,
  values: Float64Array,
  kinds: Uint8Array,
  slot: number,
): number {
  const start = i
  let c = b[i] as number
  const negative = c === 0x2d
  if (negative) c = ++i < to ? (b[i] as number) : 0
  let mantissa = 0
  let exponent = 0
  let whole = true
  if (c === 0x30) {
    c = ++i < to ? (b[i] as number) : 0
    if (c >= 0x30 && c <= 0x39) return fail('json-syntax', 'a number begins with a needless zero', start)
  } else if (c >= 0x31 && c <= 0x39) {
    do {
      mantissa = mantissa * 10 + (c - 0x30)
      c = ++i < to ? (b[i] as number) : 0
    } while (c >= 0x30 && c <= 0x39)
  } else return fail('json-syntax', 'a digit is missing', i)
  if (c === 0x2e) {
    whole = false
    const point = i
    c = ++i < to ? (b[i] as number) : 0
    while (c >= 0x30 && c <= 0x39) {
      mantissa = mantissa * 10 + (c - 0x30)
      c = ++i < to ? (b[i] as number) : 0
    }
    exponent = point + 1 - i
    if (exponent === 0) return fail('json-syntax', 'a digit is missing', i)
  }
  if (c === 0x65 || c === 0x45) {
    whole = false
    c = ++i < to ? (b[i] as number) : 0
    const down = c === 0x2d
    if (down || c === 0x2b) c = ++i < to ? (b[i] as number) : 0
    if (c < 0x30 || c > 0x39) return fail('json-syntax', 'a digit is missing', i)
    let e = 0
    do {
      if (e < EXPONENT_CAP) e = e * 10 + (c - 0x30)
      c = ++i < to ? (b[i] as number) : 0
    } while (c >= 0x30 && c <= 0x39)
    exponent += down ? -e : e
  }
  let value: number
  let kind = NUMBER
  if (mantissa <= Number.MAX_SAFE_INTEGER && exponent >= -22 && exponent <= 22) {
    value = exponent < 0 ? mantissa / (POWERS[-exponent] as number) : mantissa * (POWERS[exponent] as number)
    if (negative) value = 0 - value
  } else {
    if (i - start > MAX_NUMBER_BYTES)
      return fail('json-limit', `a number is longer than ${MAX_NUMBER_BYTES} bytes`, start)
    value = Number(latin1(b, start, i)) + 0
    if (value - value !== 0) kind = OUT_OF_RANGE
    if (whole) kind = BIG_INTEGER
  }
  values[slot] = value
  kinds[slot] = kind
  return i
}
