import { isUtf8 } from 'node:buffer'
import { REMOVAL_KINDS } from '@quartier/contracts/privacy'
import { viewOf } from '../bytes.ts'
import { fail } from '../fault.ts'
import { MAX_DEPTH } from '../limits.ts'
import type { Picked } from './picked.ts'
import { hashOf, PASS, type Shape } from './shape.ts'
import { endBefore, isEmpty, passValue } from './spans.ts'
import { ESCAPED, isProto, NON_ASCII, scanColon, scanString, seen, skipSpace, stringMarks, stringText } from './text.ts'
import { NESTED, NULL, scanValue } from './values.ts'

const OTHER = REMOVAL_KINDS.indexOf('other')
let picked: Picked
let view: DataView
/** The end of a span may be found by what comes behind it; and it was. */
let mayJump = true
let hasJumped = false

/** Reads the JSON object `b[from, to)` in one pass into `p`. Returns 0, or -1 with the fault noted. */
export function pick(b: Uint8Array, from: number, to: number, shape: Shape, p: Picked): number {
  mayJump = true
  hasJumped = false
  const done = pickAll(b, from, to, shape, p)
  if (done === 0 || !hasJumped) return done
  // Perhaps a span holds a member of the name that we have jumped to.
  mayJump = false
  return pickAll(b, from, to, shape, p)
}

function pickAll(b: Uint8Array, from: number, to: number, shape: Shape, p: Picked): number {
  p.clear(b)
  picked = p
  view = viewOf(b)
  seen.nonAscii = false
  let i = skipSpace(b, from, to)
  if (i >= to || b[i] !== 0x7b) return fail('json-shape', 'the payload is not an object', -1)
  i = pickObject(b, i, to, shape, 1)
  if (i < 0) return -1
  i = skipSpace(b, i, to)
  if (i < to) return fail('json-syntax', 'something follows the JSON value', i)
  if (seen.nonAscii && !isUtf8(b.subarray(from, to))) return fail('json-utf8', 'the payload is not UTF-8', -1)
  return 0
}

function pickObject(b: Uint8Array, start: number, to: number, shape: Shape, depth: number): number {
  if (depth > MAX_DEPTH) return fail('json-limit', `arrays and objects nest deeper than ${MAX_DEPTH}`, start)
  let i = skipSpace(b, start + 1, to)
  if (i < to && b[i] === 0x7d) return i + 1
  shape.begin()
  for (;;) {
    i = pickMember(b, i, to, shape, depth)
    if (i < 0) return -1
    let c = i < to ? (b[i] as number) : 0
    if (c !== 0x2c && c !== 0x7d) {
      i = skipSpace(b, i, to)
      if (i >= to) return fail('json-syntax', 'an object does not end', start)
      c = b[i] as number
    }
    if (c === 0x7d) return i + 1
    if (c !== 0x2c) return fail('json-syntax', 'a comma is missing', i)
    i = skipSpace(b, i + 1, to)
  }
}

function pickMember(b: Uint8Array, i: number, to: number, shape: Shape, depth: number): number {
  if (i >= to || b[i] !== 0x22) return fail('json-syntax', 'a key is missing', i)
  // Messages of one kind have the same keys in the same order.
  let row = shape.expected(b, view, i + 1, to)
  let k = i + 2
  if (row >= 0) k += shape.lengthOf(row)
  else {
    k = scanKey(b, i, to, shape)
    if (k < 0) return -1
    row = keyRow
    if (row >= 0) shape.met(row)
  }
  const at = k + 1 < to && b[k] === 0x3a && (b[k + 1] as number) > 0x20 ? k + 1 : scanColon(b, k, to)
  if (at < 0) return -1
  if (row < 0) return leaveOut(b, at, to, OTHER, depth)
  const action = shape.action(row)
  const inner = shape.inner(row)
  if (inner !== undefined && at < to) {
    if (b[at] === 0x7b) return pickObject(b, at, to, inner, depth + 1)
    if (b[at] === 0x5b) return pickArray(b, at, to, inner, depth + 1)
  }
  if (action >= 0 && shape.isSpan(row)) return pickSpan(b, at, to, action, depth, shape.follower(row))
  if (action >= 0) return pickValue(b, at, to, action, depth)
  return action === PASS ? passValue(b, at, to, depth) : leaveOut(b, at, to, -2 - action, depth)
}

/** The row of the key that {@link scanKey} read last; -1 when nobody asked for it. */
let keyRow = -1

/** Reads the key at `b[i]`. Returns the index after its closing quote, or -1. */
function scanKey(b: Uint8Array, i: number, to: number, shape: Shape): number {
  const keyFrom = i + 1
  let hash = 0
  let k = keyFrom
  while (k < to) {
    const c = b[k] as number
    if (c === 0x22 || c === 0x5c || c < 0x20 || c >= 0x80) break
    hash = (Math.imul(hash, 31) + c) | 0
    k++
  }
  if (k < to && b[k] === 0x22) {
    keyRow = shape.find(b, keyFrom, k, hash)
    if (keyRow < 0 && b[keyFrom] === 0x5f && isProto(b, keyFrom, k, 0)) return failProto(i)
    return k + 1
  }
  k = scanString(b, i, to)
  if (k < 0) return -1
  if (isProto(b, keyFrom, k - 1, stringMarks)) return failProto(i)
  // Nobody writes the keys we know with escapes but to hide them.
  keyRow = stringMarks & ESCAPED ? findEscaped(b, keyFrom, k - 1, shape) : -1
  return k
}

const failProto = (i: number): -1 => fail('json-proto', 'the key __proto__ is not allowed', i)

function findEscaped(b: Uint8Array, from: number, to: number, shape: Shape): number {
  const bytes = Buffer.from(stringText(b, from, to, ESCAPED | NON_ASCII))
  return shape.find(bytes, 0, bytes.length, hashOf(bytes))
}

function pickArray(b: Uint8Array, start: number, to: number, shape: Shape, depth: number): number {
  if (depth > MAX_DEPTH) return fail('json-limit', `arrays and objects nest deeper than ${MAX_DEPTH}`, start)
  let i = skipSpace(b, start + 1, to)
  if (i < to && b[i] === 0x5d) return i + 1
  for (let n = 0; ; n++) {
    const isFirst = n === 0 && i < to && b[i] === 0x7b
    i = isFirst ? pickObject(b, i, to, shape, depth + 1) : leaveOut(b, i, to, OTHER, depth)
    if (i < 0) return -1
    i = skipSpace(b, i, to)
    if (i >= to) return fail('json-syntax', 'an array does not end', start)
    if (b[i] === 0x5d) return i + 1
    if (b[i] !== 0x2c) return fail('json-syntax', 'a comma is missing', i)
    i = skipSpace(b, i + 1, to)
  }
}

function pickValue(b: Uint8Array, i: number, to: number, slot: number, depth: number): number {
  const { values } = picked
  if (values.kind[slot] !== 0) return fail('json-duplicate', 'a key stands twice', i)
  return scanValue(b, i, to, values, slot, depth)
}

function pickSpan(
  b: Uint8Array,
  i: number,
  to: number,
  slot: number,
  depth: number,
  follower: Uint8Array | undefined,
): number {
  const p = picked
  if (p.kind[slot] !== 0) return fail('json-duplicate', 'a key stands twice', i)
  let end = follower === undefined || !mayJump ? -1 : endBefore(b, i, to, follower)
  if (end >= 0) hasJumped = true
  else end = passValue(b, i, to, depth)
  p.kind[slot] = b[i] === 0x7b || b[i] === 0x5b ? NESTED : NULL
  p.from[slot] = i
  p.to[slot] = end
  return end
}

/** Passes over a value and counts it as removed unless there is nothing in it. */
function leaveOut(b: Uint8Array, i: number, to: number, kind: number, depth: number): number {
  const end = passValue(b, i, to, depth)
  if (end > 0 && !isEmpty(b, i, end)) picked.removeAt(kind)
  return end
}
