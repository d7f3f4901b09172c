import { utf8 } from '../bytes.ts'
import { fail } from '../fault.ts'
import { MAX_DEPTH, MAX_STRING_BYTES } from '../limits.ts'
import { scanNumber } from './number.ts'

/** Marks of a scanned string; {@link stringMarks} holds those of the last one. */
export const ESCAPED = 1
export const NON_ASCII = 2
/** Holds `/`, `+` or `#`, which no property may. */
export const UNFIT = 4
const STOP = 8

/** What each byte means inside a string: 0 nothing special, STOP for quote, backslash and control characters. */
export const STRING_BYTES = Uint8Array.from({ length: 256 }, (_, c) => {
  if (c < 0x20 || c === 0x22 || c === 0x5c) return STOP
  if (c >= 0x80) return NON_ASCII
  return c === 0x2f || c === 0x2b || c === 0x23 || c === 0x7f ? UNFIT : 0
})

/** The marks of the string that {@link scanString} read last. */
export let stringMarks = 0

/** Set when a string holds a byte ≥ 0x80; who sets it back must then check that the payload is UTF-8. */
export const seen = { nonAscii: false }

/** Reads the string whose opening quote is `b[i]`. Returns the index after the closing quote, or -1. */
export function scanString(b: Uint8Array, i: number, to: number): number {
  const start = i++
  let marks = 0
  for (;;) {
    while (i < to) {
      const mark = STRING_BYTES[b[i] as number] as number
      if (mark === STOP) break
      marks |= mark
      i++
    }
    if (i >= to) return fail('json-syntax', 'a string does not end', start)
    const c = b[i] as number
    if (c === 0x22) break
    if (c !== 0x5c) return fail('json-syntax', 'a control character stands in a string', i)
    marks |= ESCAPED
    const next = escapeEnd(b, i, to)
    if (next < 0) return fail('json-syntax', 'a string has a broken escape', i)
    i = next
  }
  stringMarks = marks
  if (marks & NON_ASCII) seen.nonAscii = true
  if (i - start > MAX_STRING_BYTES)
    return fail('json-limit', `a string is longer than ${MAX_STRING_BYTES} bytes`, start)
  return i + 1
}

function escapeEnd(b: Uint8Array, i: number, to: number): number {
  const c = i + 1 < to ? (b[i + 1] as number) : 0
  if (c === 0x75) {
    for (let k = i + 2; k < i + 6; k++) if (k >= to || !isHex(b[k] as number)) return -1
    return i + 6
  }
  return SIMPLE_ESCAPES.includes(c) ? i + 2 : -1
}

const SIMPLE_ESCAPES = [...'"\\/bfnrt'].map((c) => c.charCodeAt(0))
const isHex = (c: number): boolean => (c >= 0x30 && c <= 0x39) || ((c | 0x20) >= 0x61 && (c | 0x20) <= 0x66)

/** The text of a scanned string, given the bytes between its quotes. */
export function stringText(b: Uint8Array, from: number, to: number, marks: number): string {
  const raw = utf8(b, from, to)
  return marks & ESCAPED ? (JSON.parse(`"${raw}"`) as string).toWellFormed() : raw
}

/** The first index from `i` on that holds no JSON white space. */
export function skipSpace(b: Uint8Array, i: number, to: number): number {
  while (i < to) {
    const c = b[i] as number
    if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) break
    i++
  }
  return i
}

/** The index after the literal `word` if it stands at `b[i]`, else -1. */
export function scanWord(b: Uint8Array, i: number, to: number, word: string): number {
  if (to - i < word.length) return fail('json-syntax', 'this is not a JSON value', i)
  for (let k = 0; k < word.length; k++)
    if (b[i + k] !== word.charCodeAt(k)) return fail('json-syntax', 'this is not a JSON value', i)
  return i + word.length
}

/** Whether the string between `from` and `to` is `__proto__`, which no honest sender uses as a key. */
export function isProto(b: Uint8Array, from: number, to: number, marks: number): boolean {
  if (marks & ESCAPED) return stringText(b, from, to, marks) === '__proto__'
  return to - from === 9 && b[from] === 0x5f && utf8(b, from, to) === '__proto__'
}

const noValue = new Float64Array(1)
const noKind = new Uint8Array(1)

/** Checks and passes over any JSON value at `b[i]`; `depth` counts the arrays and objects around it. Returns the index after it, or -1. */
export function skipValue(b: Uint8Array, i: number, to: number, depth: number): number {
  const c = i < to ? (b[i] as number) : 0
  if (c === 0x22) return scanString(b, i, to)
  if (c === 0x7b) return skipItems(b, i, to, depth + 1, 0x7d)
  if (c === 0x5b) return skipItems(b, i, to, depth + 1, 0x5d)
  if (c === 0x74) return scanWord(b, i, to, 'true')
  if (c === 0x66) return scanWord(b, i, to, 'false')
  if (c === 0x6e) return scanWord(b, i, to, 'null')
  if (i >= to) return fail('json-syntax', 'a value is missing', i)
  return scanNumber(b, i, to, noValue, noKind, 0)
}

function skipItems(b: Uint8Array, i: number, to: number, depth: number, close: number): number {
  if (depth > MAX_DEPTH) return fail('json-limit', `arrays and objects nest deeper than ${MAX_DEPTH}`, i)
  const start = i
  i = skipSpace(b, i + 1, to)
  if (i < to && b[i] === close) return i + 1
  for (;;) {
    if (close === 0x7d) {
      i = skipKey(b, i, to)
      if (i < 0) return -1
    }
    i = skipValue(b, i, to, depth)
    if (i < 0) return -1
    i = skipSpace(b, i, to)
    if (i >= to) return fail('json-syntax', 'an array or object does not end', start)
    if (b[i] === close) return i + 1
    if (b[i] !== 0x2c) return fail('json-syntax', 'a comma is missing', i)
    i = skipSpace(b, i + 1, to)
  }
}

/** Passes over a key and its colon. Returns the index of the value, or -1. */
function skipKey(b: Uint8Array, i: number, to: number): number {
  if (i >= to || b[i] !== 0x22) return fail('json-syntax', 'a key is missing', i)
  const end = scanString(b, i, to)
  if (end < 0) return -1
  if (isProto(b, i + 1, end - 1, stringMarks)) return fail('json-proto', 'the key __proto__ is not allowed', i)
  return scanColon(b, end, to)
}

/** Passes over white space, a colon and white space. Returns the index of the value, or -1. */
export function scanColon(b: Uint8Array, i: number, to: number): number {
  i = skipSpace(b, i, to)
  if (i >= to || b[i] !== 0x3a) return fail('json-syntax', 'a colon is missing', i)
  return skipSpace(b, i + 1, to)
}
