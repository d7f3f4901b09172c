import { isUtf8 } from 'node:buffer'
import { fail } from '../fault.ts'
import { MAX_RECORDS } from '../limits.ts'
import { BIG_INTEGER, NUMBER, OUT_OF_RANGE, scanNumber } from './number.ts'
import {
  ESCAPED,
  isProto,
  NON_ASCII,
  STRING_BYTES,
  scanColon,
  scanString,
  scanWord,
  seen,
  skipSpace,
  skipValue,
  stringMarks,
} from './text.ts'

export { BIG_INTEGER, NUMBER, OUT_OF_RANGE }
/** `value` is 1 or 0. */
export const BOOLEAN = 4
export const NULL = 5
/** `valueFrom..valueTo` are the bytes between the quotes. */
export const TEXT = 6
/** An array or an object; `valueFrom..valueTo` is all of it. */
export const NESTED = 7

/**
 * The members of one flat object, as places in the payload: nothing is copied and no string is made. Member `i` has
 * its key at `keyFrom[i]..keyTo[i]` (without quotes) and its value at `valueFrom[i]..valueTo[i]`.
 * A bare value that is no object stands in row 0 with `isObject` false.
 */
export class Members {
  count = 0
  isObject = false
  keyFrom = new Int32Array(32)
  keyTo = new Int32Array(32)
  keyMarks = new Uint8Array(32)
  keyHash = new Int32Array(32)
  kind = new Uint8Array(32)
  value = new Float64Array(32)
  valueFrom = new Int32Array(32)
  valueTo = new Int32Array(32)
  valueMarks = new Uint8Array(32)

  grow(): void {
    const room = this.kind.length * 2
    this.keyFrom = longer(this.keyFrom, new Int32Array(room))
    this.keyTo = longer(this.keyTo, new Int32Array(room))
    this.keyMarks = longer(this.keyMarks, new Uint8Array(room))
    this.keyHash = longer(this.keyHash, new Int32Array(room))
    this.kind = longer(this.kind, new Uint8Array(room))
    this.value = longer(this.value, new Float64Array(room))
    this.valueFrom = longer(this.valueFrom, new Int32Array(room))
    this.valueTo = longer(this.valueTo, new Int32Array(room))
    this.valueMarks = longer(this.valueMarks, new Uint8Array(room))
  }
}

function longer<T extends Int32Array | Uint8Array | Float64Array>(old: T, fresh: T): T {
  fresh.set(old)
  return fresh
}

/** Reads all of `b[from, to)` as one JSON value into `m`. Returns 0, or -1 with the fault noted. */
export function scanMembers(b: Uint8Array, from: number, to: number, m: Members): number {
  m.count = 0
  seen.nonAscii = false
  let i = skipSpace(b, from, to)
  if (i >= to) return fail('json-syntax', 'the payload is empty', -1)
  m.isObject = b[i] === 0x7b
  i = m.isObject ? scanObject(b, i, to, m) : scanValue(b, i, to, m, 0, 0)
  if (i < 0) return -1
  i = skipSpace(b, i, to)
  if (i < to) return fail('json-syntax', 'something follows the JSON value', i)
  if (seen.nonAscii && !isUtf8(b.subarray(from, to))) return fail('json-utf8', 'the payload is not UTF-8', -1)
  return 0
}

function scanObject(b: Uint8Array, start: number, to: number, m: Members): number {
  let i = skipSpace(b, start + 1, to)
  if (i < to && b[i] === 0x7d) return i + 1
  for (let n = 0; ; n++) {
    if (n === m.kind.length) m.grow()
    if (n > MAX_RECORDS) return fail('json-limit', `an object has more than ${MAX_RECORDS} members and a time`, i)
    i = scanKey(b, i, to, m, n)
    if (i < 0) return -1
    i = scanValue(b, i, to, m, n, 1)
    if (i < 0) return -1
    m.count = n + 1
    let c = i < to ? (b[i] as number) : 0
    if (c !== 0x2c && c !== 0x7d) {
      i = skipSpace(b, i, to)
      c = i < to ? (b[i] as number) : 0
      if (i >= to) return fail('json-syntax', 'an object does not end', start)
    }
    if (c === 0x7d) return i + 1
    if (c !== 0x2c) return fail('json-syntax', 'a comma is missing', i)
    i = skipSpace(b, i + 1, to)
  }
}

/**
 * Reads the array `b[from, to)` into the values of `m`: row by row, without keys. Returns 0, or -1 with the fault noted.
 */
export function scanItems(b: Uint8Array, from: number, to: number, m: Members): number {
  m.count = 0
  m.isObject = false
  let i = skipSpace(b, from + 1, to)
  if (i < to && b[i] === 0x5d) return 0
  for (let n = 0; ; n++) {
    if (n === m.kind.length) m.grow()
    if (n > MAX_RECORDS) return fail('json-limit', `an array has more than ${MAX_RECORDS} items`, i)
    i = scanValue(b, i, to, m, n, 1)
    if (i < 0) return -1
    m.count = n + 1
    i = skipSpace(b, i, to)
    if (i >= to) return fail('json-syntax', 'an array does not end', from)
    if (b[i] !== 0x2c) return b[i] === 0x5d ? 0 : fail('json-syntax', 'a comma is missing', i)
    i = skipSpace(b, i + 1, to)
  }
}

function scanKey(b: Uint8Array, i: number, to: number, m: Members, n: number): number {
  if (i >= to || b[i] !== 0x22) return fail('json-syntax', 'a key is missing', i)
  const keyFrom = i + 1
  let marks = 0
  let hash = 0
  let k = keyFrom
  while (k < to) {
    const c = b[k] as number
    const mark = STRING_BYTES[c] as number
    if (mark > 7) break
    marks |= mark
    hash = (Math.imul(hash, 31) + c) | 0
    k++
  }
  if (k < to && b[k] === 0x22 && (marks & NON_ASCII) === 0 && k - keyFrom < 1024) {
    k++
  } else {
    k = scanString(b, i, to)
    if (k < 0) return -1
    marks = stringMarks
    if (marks & ESCAPED) hash = 0
  }
  if (b[keyFrom] === 0x5f || marks & ESCAPED)
    if (isProto(b, keyFrom, k - 1, marks)) return fail('json-proto', 'the key __proto__ is not allowed', i)
  m.keyFrom[n] = keyFrom
  m.keyTo[n] = k - 1
  m.keyMarks[n] = marks
  m.keyHash[n] = hash
  if (k + 1 < to && b[k] === 0x3a && (b[k + 1] as number) > 0x20) return k + 1
  return scanColon(b, k, to)
}

function scanValue(b: Uint8Array, i: number, to: number, m: Members, n: number, depth: number): number {
  const c = i < to ? (b[i] as number) : 0
  let end: number
  m.valueFrom[n] = i
  if (c === 0x22) {
    end = scanString(b, i, to)
    m.kind[n] = TEXT
    m.valueFrom[n] = i + 1
    m.valueTo[n] = end - 1
    m.valueMarks[n] = stringMarks
    return end
  }
  if (c === 0x74 || c === 0x66) {
    end = scanWord(b, i, to, c === 0x74 ? 'true' : 'false')
    m.kind[n] = BOOLEAN
    m.value[n] = c === 0x74 ? 1 : 0
  } else if (c === 0x6e) {
    end = scanWord(b, i, to, 'null')
    m.kind[n] = NULL
  } else if (c === 0x7b || c === 0x5b) {
    end = skipValue(b, i, to, depth)
    m.kind[n] = NESTED
  } else if (i >= to) return fail('json-syntax', 'a value is missing', i)
  else end = scanNumber(b, i, to, m.value, m.kind, n)
  m.valueTo[n] = end
  return end
}
