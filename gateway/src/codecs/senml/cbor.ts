import { isUtf8 } from 'node:buffer'
import { bytesOf, utf8, viewOf } from '../bytes.ts'
import { fail } from '../fault.ts'
import { BIG_INTEGER, NUMBER, OUT_OF_RANGE } from '../json/number.ts'
import { MAX_RECORDS, MAX_STRING_BYTES } from '../limits.ts'
import { argument, BREAK, CUT, half, head, INDEFINITE, MAJOR_BYTES, MAJOR_MAP, MAJOR_TEXT, skip } from './cbor-items.ts'
import { mustUnderstand } from './json.ts'
import { IS_BOOLEAN, IS_NUMBER, LABEL_NAMES, LABEL_TYPES, labelNamed, UNKNOWN, VD } from './labels.ts'
import type { Records } from './records.ts'

/** Reads a CBOR pack (RFC 8949, RFC 8428 §6) into `r`, record by record. Returns 0, or -1 with the fault noted. */
export function readCbor(b: Uint8Array, from: number, to: number, r: Records): number {
  let i = head(b, from, to)
  if (i < 0) return -1
  const count = argument
  if (count > MAX_RECORDS && count !== INDEFINITE)
    return fail('senml-limit', `the pack has more than ${MAX_RECORDS} records`, from)
  for (let n = 0; n < count; n++) {
    if (count === INDEFINITE && i < to && b[i] === BREAK) {
      i++
      break
    }
    i = readRecord(b, i, to, r)
    if (i < 0 || r.finish() < 0) return -1
  }
  return i < to ? fail('cbor-syntax', 'something follows the pack', i) : 0
}

function readRecord(b: Uint8Array, i: number, to: number, r: Records): number {
  const first = i < to ? (b[i] as number) : 0
  if (first >> 5 !== MAJOR_MAP) return fail('senml-format', i < to ? 'a record is not a map' : CUT, i)
  let count = first & 31
  if (count < 24) i++
  else {
    i = head(b, i, to)
    if (i < 0) return -1
    count = argument
  }
  for (let n = 0; n < count; n++) {
    if (count === INDEFINITE && i < to && b[i] === BREAK) return i + 1
    i = readField(b, i, to, r)
    if (i < 0) return -1
  }
  return i
}

function readField(b: Uint8Array, i: number, to: number, r: Records): number {
  const start = i
  const key = i < to ? (b[i] as number) : 0
  let label = UNKNOWN
  if (key <= VD) {
    if (i >= to) return fail('cbor-syntax', CUT, i)
    label = key
    i++
  } else if (key >= 0x20 && key <= 0x25) {
    label = 9 + key - 0x20
    i++
  } else {
    i = readTextKey(b, i, to)
    if (i < 0) return -1
    label = textKey
  }
  if (label === UNKNOWN) return skip(b, i, to, 2)
  if (r.seen & (1 << label))
    return fail('senml-duplicate', `the field "${LABEL_NAMES[label]}" stands twice in a record`, start)
  r.seen |= 1 << label
  const type = LABEL_TYPES[label] as number
  if (type === IS_NUMBER) return readNumber(b, i, to, r, label)
  if (type === IS_BOOLEAN) {
    const c = i < to ? b[i] : 0
    if (c !== 0xf4 && c !== 0xf5) return fail('senml-type', '"vb" is not a boolean', i)
    r.values[label] = c - 0xf4
    return i + 1
  }
  return readString(b, i, to, r, label)
}

let textKey = UNKNOWN

/** A key that is not one of the small integers: a name such as "n", or one that we may pass over. */
function readTextKey(b: Uint8Array, i: number, to: number): number {
  const start = i
  textKey = UNKNOWN
  const major = i < to ? (b[i] as number) >> 5 : 7
  if (major < 2) return head(b, i, to)
  if (major !== MAJOR_TEXT) return fail('senml-format', i < to ? 'a key is neither a number nor a text' : CUT, i)
  i = head(b, i, to)
  if (i < 0) return -1
  if (argument === INDEFINITE) return fail('cbor-syntax', 'a key has no definite length', start)
  const end = i + argument
  if (end > to) return fail('cbor-syntax', CUT, i)
  if (argument > MAX_STRING_BYTES) return fail('senml-limit', `a text is longer than ${MAX_STRING_BYTES} bytes`, start)
  if (!isUtf8(b.subarray(i, end))) return fail('senml-utf8', 'a key is not UTF-8', start)
  const name = utf8(b, i, end)
  textKey = labelNamed(name)
  if (name === '__proto__') return fail('json-proto', 'the key __proto__ is not allowed', start)
  return textKey === UNKNOWN && name.endsWith('_') ? mustUnderstand(name, start) : end
}

/** Text for text fields, bytes for data (kept as base64url). */
function readString(b: Uint8Array, i: number, to: number, r: Records, label: number): number {
  const start = i
  const first = i < to ? (b[i] as number) : 0
  const wanted = label === VD ? MAJOR_BYTES : MAJOR_TEXT
  if (first >> 5 !== wanted)
    return fail('senml-type', `"${LABEL_NAMES[label]}" is not a ${wanted === MAJOR_TEXT ? 'text' : 'byte string'}`, i)
  let length = first & 31
  if (length < 24) i++
  else {
    i = head(b, i, to)
    if (i < 0) return -1
    length = argument
  }
  if (length === INDEFINITE) return readChunks(b, i, to, r, label, wanted)
  if (length > to - i) return fail('cbor-syntax', CUT, i)
  if (length > MAX_STRING_BYTES) return fail('senml-limit', `a text is longer than ${MAX_STRING_BYTES} bytes`, start)
  keep(r, label, b, i, i + length)
  return i + length
}

function keep(r: Records, label: number, b: Uint8Array, from: number, to: number): void {
  const isData = label === VD
  const kept = isData ? bytesOf(Buffer.from(b.buffer, b.byteOffset + from, to - from).toString('base64url')) : b
  r.bytes[label] = kept
  r.from[label] = isData ? 0 : from
  r.to[label] = isData ? kept.length : to
}

/** A string in pieces, each of definite length, up to a break. */
function readChunks(b: Uint8Array, i: number, to: number, r: Records, label: number, wanted: number): number {
  const whole = new Uint8Array(MAX_STRING_BYTES)
  let length = 0
  while (i < to && b[i] !== BREAK) {
    const start = i
    if ((b[i] as number) >> 5 !== wanted) return fail('cbor-syntax', 'a piece of a string is of another kind', i)
    i = head(b, i, to)
    if (i < 0) return -1
    if (argument === INDEFINITE) return fail('cbor-syntax', 'a piece of a string has no definite length', start)
    if (argument > to - i) return fail('cbor-syntax', CUT, i)
    if (length + argument > MAX_STRING_BYTES)
      return fail('senml-limit', `a text is longer than ${MAX_STRING_BYTES} bytes`, start)
    whole.set(b.subarray(i, i + argument), length)
    length += argument
    i += argument
  }
  if (i >= to) return fail('cbor-syntax', CUT, i)
  keep(r, label, whole, 0, length)
  return i + 1
}

/** From here on JSON writes a whole number with an exponent, and so as a number that need not be exact (ECMA-262 §6.1.6.1.20). */
const DIGITS_BELOW = 1e21

function readNumber(b: Uint8Array, i: number, to: number, r: Records, label: number): number {
  const c = i < to ? (b[i] as number) : 0xff
  let value: number
  let next: number
  r.kinds[label] = NUMBER
  if (c <= 0x17) {
    value = c
    next = i + 1
  } else if (c === 0xfb || c === 0xfa || c === 0xf9) {
    next = i + (c === 0xfb ? 9 : c === 0xfa ? 5 : 3)
    if (next > to) return fail('cbor-syntax', CUT, i)
    const view = viewOf(b)
    const at = b.byteOffset + i + 1
    value = c === 0xfb ? view.getFloat64(at) : c === 0xfa ? view.getFloat32(at) : half(view.getUint16(at))
    if (value - value !== 0) r.kinds[label] = OUT_OF_RANGE
    else if (Math.abs(value) > Number.MAX_SAFE_INTEGER && Math.abs(value) < DIGITS_BELOW)
      keepDigits(r, label, String(value))
  } else if (c < 0x40) {
    next = head(b, i, to)
    if (next < 0) return -1
    if (argument === INDEFINITE) return fail('cbor-syntax', 'a number has no length', i)
    value = c < 0x20 ? argument : -1 - argument
    if (!Number.isSafeInteger(value)) keepDigits(r, label, bigDigits(b, i, c < 0x20))
  } else if (c === 0xc4) {
    next = readDecimal(b, i + 1, to)
    if (next < 0) return -1
    value = decimal
  } else return fail('senml-type', i < to ? `"${LABEL_NAMES[label]}" is not a number` : CUT, i)
  r.values[label] = value
  return next
}

/** Keeps the digits of a whole number that a double cannot be trusted to hold. */
function keepDigits(r: Records, label: number, text: string): void {
  const digits = bytesOf(text)
  r.kinds[label] = BIG_INTEGER
  r.bytes[label] = digits
  r.from[label] = 0
  r.to[label] = digits.length
}

/** The digits of a 64-bit integer whose head is `b[i]`. */
function bigDigits(b: Uint8Array, i: number, isPositive: boolean): string {
  const bits = viewOf(b).getBigUint64(b.byteOffset + i + 1)
  return String(isPositive ? bits : -1n - bits)
}

let decimal = 0
const POWERS = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`))

/** A decimal fraction (RFC 8949 §3.4.4): exponent and mantissa, both integers. */
function readDecimal(b: Uint8Array, i: number, to: number): number {
  if (i >= to || b[i] !== 0x82) return fail('cbor-syntax', 'a decimal fraction is not an array of two', i)
  i = readInteger(b, i + 1, to)
  if (i < 0) return -1
  const exponent = integer
  i = readInteger(b, i, to)
  if (i < 0) return -1
  const isExact = Number.isSafeInteger(integer) && Math.abs(exponent) <= 22
  if (!isExact) decimal = Number(`${integer}e${exponent}`)
  else decimal = exponent < 0 ? integer / (POWERS[-exponent] as number) : integer * (POWERS[exponent] as number)
  return i
}

let integer = 0

function readInteger(b: Uint8Array, i: number, to: number): number {
  const major = i < to ? (b[i] as number) >> 5 : 7
  if (major > 1) return fail('cbor-syntax', i < to ? 'a decimal fraction holds something else than integers' : CUT, i)
  const next = head(b, i, to)
  integer = major === 0 ? argument : -1 - argument
  return next
}
