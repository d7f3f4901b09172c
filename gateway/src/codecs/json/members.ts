import { isUtf8 } from 'node:buffer'
import { fail } from '../fault.ts'
import { MAX_RECORDS } from '../limits.ts'
import {
  ESCAPED,
  isProto,
  NON_ASCII,
  STRING_BYTES,
  scanColon,
  scanString,
  seen,
  skipSpace,
  stringMarks,
} from './text.ts'
import { longer, scanValue, Values } from './values.ts'

/**
 * The members of one flat object, as places in the payload: nothing is copied and no string is made. Member `i` has
 * its key at `keyFrom[i]..keyTo[i]` (without quotes) and its value at place `i` of `values`.
 * A bare value that is no object stands in row 0 with `isObject` false.
 */
export class Members {
  count = 0
  isObject = false
  keyFrom = new Int32Array(32)
  keyTo = new Int32Array(32)
  keyMarks = new Uint8Array(32)
  keyHash = new Int32Array(32)
  readonly values = new Values(32)

  grow(): void {
    const room = this.keyFrom.length * 2
    this.keyFrom = longer(this.keyFrom, new Int32Array(room))
    this.keyTo = longer(this.keyTo, new Int32Array(room))
    this.keyMarks = longer(this.keyMarks, new Uint8Array(room))
    this.keyHash = longer(this.keyHash, new Int32Array(room))
    this.values.grow(room)
  }
}

/** Reads all of `b[from, to)` as one JSON value into `m`. Returns 0, or -1 with the fault noted. */
export function scanMembers(b: Uint8Array, from: number, to: number, m: Members): number {
  m.count = 0
  seen.nonAscii = false
  let i = skipSpace(b, from, to)
  if (i >= to) return fail('json-syntax', 'the payload is empty', -1)
  m.isObject = b[i] === 0x7b
  i = m.isObject ? scanObject(b, i, to, m) : scanValue(b, i, to, m.values, 0, 0)
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
    if (n === m.keyFrom.length) m.grow()
    if (n > MAX_RECORDS) return fail('json-limit', `an object has more than ${MAX_RECORDS} members and a time`, i)
    i = scanKey(b, i, to, m, n)
    if (i < 0) return -1
    i = scanValue(b, i, to, m.values, n, 1)
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
    if (n === m.keyFrom.length) m.grow()
    if (n > MAX_RECORDS) return fail('json-limit', `an array has more than ${MAX_RECORDS} items`, i)
    i = scanValue(b, i, to, m.values, n, 1)
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
