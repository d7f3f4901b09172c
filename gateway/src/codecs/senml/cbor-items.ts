import { viewOf } from '../bytes.ts'
import { fail } from '../fault.ts'
import { MAX_DEPTH } from '../limits.ts'

export const MAJOR_BYTES = 2
export const MAJOR_TEXT = 3
const MAJOR_ARRAY = 4
export const MAJOR_MAP = 5
const MAJOR_TAG = 6
export const BREAK = 0xff
/** What is wrong when bytes are missing. */
export const CUT = 'the payload ends in the middle'

/** Passes over any data item; `depth` counts what stands around it. Returns the index after it, or -1. */
export function skip(b: Uint8Array, i: number, to: number, depth: number): number {
  if (depth > MAX_DEPTH) return fail('senml-limit', `arrays, maps and tags nest deeper than ${MAX_DEPTH}`, i)
  const major = i < to ? (b[i] as number) >> 5 : 0
  const start = i
  i = head(b, i, to)
  if (i < 0) return -1
  const isOpen = argument === INDEFINITE
  if (major === MAJOR_BYTES || major === MAJOR_TEXT) {
    if (!isOpen) return argument > to - i ? fail('cbor-syntax', CUT, i) : i + argument
  } else if ((major !== MAJOR_ARRAY && major !== MAJOR_MAP && major !== MAJOR_TAG) || (isOpen && major === MAJOR_TAG))
    return isOpen ? fail('cbor-syntax', 'a break or a length stands where a value should', start) : i
  let left = major === MAJOR_TAG ? 1 : major === MAJOR_MAP ? argument * 2 : argument
  for (; left > 0; left--) {
    if (isOpen && i < to && b[i] === BREAK) return i + 1
    i = skip(b, i, to, depth + 1)
    if (i < 0) return -1
  }
  return i
}

export const INDEFINITE = Number.POSITIVE_INFINITY
/** The argument of the last {@link head}: a count, a length, a number, or {@link INDEFINITE}. */
export let argument = 0

/** Reads the head of a data item (RFC 8949 §3). Returns the index after it, or -1. */
export function head(b: Uint8Array, i: number, to: number): number {
  if (i >= to) return fail('cbor-syntax', CUT, i)
  const info = (b[i] as number) & 31
  if (info < 24) {
    argument = info
    return i + 1
  }
  if (info === 31) {
    argument = INDEFINITE
    return i + 1
  }
  if (info > 27) return fail('cbor-syntax', 'a reserved length is used', i)
  const next = i + 1 + (1 << (info - 24))
  if (next > to) return fail('cbor-syntax', CUT, i)
  const view = viewOf(b)
  const at = b.byteOffset + i + 1
  if (info === 24) argument = view.getUint8(at)
  else if (info === 25) argument = view.getUint16(at)
  else if (info === 26) argument = view.getUint32(at)
  else argument = view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4)
  return next
}

/** IEEE 754 half precision. */
export function half(bits: number): number {
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  const sign = bits & 0x8000 ? -1 : 1
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}
