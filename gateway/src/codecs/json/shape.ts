import { isUtf8 } from 'node:buffer'
import { REMOVAL_KINDS, type RemovalKind } from '@quartier/contracts/privacy'
import { latin1, sameBytes } from '../bytes.ts'
import { fail } from '../fault.ts'
import { MAX_DEPTH } from '../limits.ts'
import type { Words } from '../words.ts'
import { BIG_INTEGER, BOOLEAN, NESTED, NULL, NUMBER, TEXT } from './members.ts'
import { scanNumber } from './number.ts'
import {
  ESCAPED,
  isProto,
  NON_ASCII,
  scanColon,
  scanString,
  scanWord,
  seen,
  skipSpace,
  skipValue,
  stringMarks,
  stringText,
} from './text.ts'

/**
 * Which members of a JSON object are wanted. A text is the name under which the value is picked, an object says the
 * same of an object in its place (or of the first object of an array), `drop` counts what is there as removed, and `IGNORE`
 * passes over what tells nothing about anybody.
 */
export interface Wanted {
  readonly [key: string]: string | typeof IGNORE | Drop | Span | Wanted
}
export const IGNORE = true
export interface Drop {
  readonly drop: RemovalKind
}
/** An array or object that is picked unread: from its first bracket to its last. */
export interface Span {
  readonly span: string
}
export const span = (name: string): Span => ({ span: name })
const isSpan = (w: Span | Drop | Wanted): w is Span => 'span' in w && typeof w.span === 'string'
export const drop = (kind: RemovalKind): Drop => ({ drop: kind })
const isDrop = (w: Span | Drop | Wanted): w is Drop => 'drop' in w && typeof w.drop === 'string'

const PASS = -1
const HASH_SLOTS = 4

/** A compiled {@link Wanted}: finds what to do about a key by its bytes. */
export class Shape {
  /** Names of what can be picked, by slot. Shared by all levels. */
  readonly slots: string[]
  readonly #keys: Uint8Array[] = []
  readonly #hashes: number[] = []
  /** ≥ 0: slot; PASS; below: −2 − kind of removal. */
  readonly #actions: number[] = []
  readonly #inner: (Shape | undefined)[] = []
  readonly #spans: boolean[] = []
  readonly #table: Int16Array
  /** By row + 1: the row of the key that came next the last time, which may be wrong; the first stands for the beginning. */
  readonly #next: Int16Array
  /** All keys, one behind the other, and where each begins. */
  readonly #letters: Uint8Array
  readonly #starts: Int32Array
  #last = -1

  constructor(wanted: Wanted, slots: string[] = []) {
    this.slots = slots
    for (const [key, what] of Object.entries(wanted)) this.#add(key, what)
    this.#letters = Buffer.concat(this.#keys)
    this.#starts = new Int32Array(this.#keys.length + 1)
    this.#keys.forEach((key, row) => {
      this.#starts[row + 1] = (this.#starts[row] as number) + key.length
    })
    this.#next = new Int16Array(this.#keys.length + 1).fill(-1)
    const size = 2 ** Math.ceil(Math.log2(this.#keys.length * HASH_SLOTS + 1))
    this.#table = new Int16Array(size).fill(-1)
    this.#hashes.forEach((hash, row) => {
      let at = hash & (size - 1)
      while ((this.#table[at] as number) >= 0) at = (at + 1) & (size - 1)
      this.#table[at] = row
    })
  }

  /** The slots of names; throws for one that is not picked. */
  slotsOf<const Name extends string>(...names: Name[]): Readonly<Record<Name, number>> {
    const slots = names.map((name) => [name, this.slots.indexOf(name)] as const)
    for (const [name, slot] of slots) if (slot < 0) throw new Error(`nothing is picked as ${name}`)
    return Object.fromEntries(slots) as Record<Name, number>
  }

  /** The row of the key `b[from, to)`, or -1. */
  find(b: Uint8Array, from: number, to: number, hash: number): number {
    const mask = this.#table.length - 1
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const row = this.#table[at] as number
      if (row < 0) return -1
      const key = this.#keys[row] as Uint8Array
      if (this.#hashes[row] === hash && key.length === to - from && sameBytes(b, from, key, 0, key.length)) return row
    }
  }

  /** The row of the key at `b[from]` if it is the one that followed the last one the last time, else -1. */
  expected(b: Uint8Array, from: number, to: number): number {
    const row = this.#next[this.#last + 1] as number
    if (row < 0) return -1
    const letters = this.#letters
    let k = this.#starts[row] as number
    const stop = this.#starts[row + 1] as number
    const end = from + stop - k
    if (end >= to || b[end] !== 0x22) return -1
    for (let i = from; k < stop; k++, i++) if (letters[k] !== b[i]) return -1
    return row
  }

  /** The key of the row was met, or for -1 one that nobody asked for. */
  met(row: number): void {
    if (row < 0) return
    this.#next[this.#last + 1] = row
    this.#last = row
  }

  /** An object of this shape begins. */
  begin(): void {
    this.#last = -1
  }

  lengthOf(row: number): number {
    return (this.#starts[row + 1] as number) - (this.#starts[row] as number)
  }

  action(row: number): number {
    return this.#actions[row] as number
  }

  isSpan(row: number): boolean {
    return this.#spans[row] as boolean
  }

  inner(row: number): Shape | undefined {
    return this.#inner[row]
  }

  #add(key: string, what: Wanted[string]): void {
    const bytes = Buffer.from(key)
    this.#keys.push(bytes)
    this.#hashes.push(hashOf(bytes))
    let action = PASS
    let inner: Shape | undefined
    this.#spans.push(typeof what === 'object' && isSpan(what))
    if (typeof what === 'string') action = this.slots.push(what) - 1
    else if (what !== IGNORE && isSpan(what)) action = this.slots.push(what.span) - 1
    else if (what !== IGNORE && isDrop(what)) action = -2 - REMOVAL_KINDS.indexOf(what.drop)
    else if (what !== IGNORE) {
      inner = new Shape(what, this.slots)
      // A plain value in the place of an object that may have a text of its own, such as {"#text":"x"}.
      const text = what['#text']
      if (typeof text === 'string') action = this.slots.indexOf(text)
    }
    this.#actions.push(action)
    this.#inner.push(inner)
  }
}

function hashOf(bytes: Uint8Array): number {
  let hash = 0
  for (const c of bytes) hash = (Math.imul(hash, 31) + c) | 0
  return hash
}

/** What a {@link Shape} found in one message, by slot. Used again for the next message. */
export class Picked {
  bytes: Uint8Array = new Uint8Array(0)
  readonly kind: Uint8Array
  readonly value: Float64Array
  readonly from: Int32Array
  readonly to: Int32Array
  readonly marks: Uint8Array
  /** How much was left out, by place in REMOVAL_KINDS. */
  readonly removed = new Uint32Array(REMOVAL_KINDS.length)
  removals = 0

  constructor(shape: Shape) {
    const n = shape.slots.length
    this.kind = new Uint8Array(n)
    this.value = new Float64Array(n)
    this.from = new Int32Array(n)
    this.to = new Int32Array(n)
    this.marks = new Uint8Array(n)
  }

  remove(kind: RemovalKind, count = 1): void {
    this.#remove(REMOVAL_KINDS.indexOf(kind), count)
  }

  removeAt(kind: number): void {
    this.#remove(kind, 1)
  }

  /** Whether two slots hold the same bytes. */
  isSame(one: number, other: number): boolean {
    const length = (this.to[one] as number) - (this.from[one] as number)
    if (this.kind[one] !== this.kind[other]) return false
    if (length !== (this.to[other] as number) - (this.from[other] as number)) return false
    return sameBytes(this.bytes, this.from[one] as number, this.bytes, this.from[other] as number, length)
  }

  has(slot: number): boolean {
    const kind = this.kind[slot] as number
    return kind !== 0 && kind !== NULL
  }

  /** A number, also one that is written as a text; NaN for anything else. */
  number(slot: number): number {
    const kind = this.kind[slot] as number
    if (kind === NUMBER || kind === BOOLEAN) return this.value[slot] as number
    if (kind !== TEXT && kind !== BIG_INTEGER) return Number.NaN
    const text = latin1(this.bytes, this.from[slot] as number, this.to[slot] as number)
    return NUMERIC.test(text) ? Number(text) + 0 : Number.NaN
  }

  /** 1 or 0 for true and false, 1 and 0, ON and OFF, also written as texts; NaN for anything else. */
  truth(slot: number): number {
    const kind = this.kind[slot] as number
    if (kind === BOOLEAN || kind === NUMBER) {
      const value = this.value[slot] as number
      return value === 0 || value === 1 ? value : Number.NaN
    }
    return kind === TEXT ? truthOf(this.bytes, this.from[slot] as number, this.to[slot] as number) : Number.NaN
  }

  /** A text or number as text; '' for anything else. */
  text(slot: number): string {
    const kind = this.kind[slot] as number
    const [from, to] = [this.from[slot] as number, this.to[slot] as number]
    if (kind === TEXT) return stringText(this.bytes, from, to, this.marks[slot] as number)
    return kind === NUMBER || kind === BIG_INTEGER ? latin1(this.bytes, from, to) : ''
  }

  /** Whether the slot holds just this text. */
  is(slot: number, text: Uint8Array): boolean {
    const from = this.from[slot] as number
    return (
      this.kind[slot] === TEXT &&
      (this.to[slot] as number) - from === text.length &&
      sameBytes(this.bytes, from, text, 0, text.length)
    )
  }

  /** Whether the slot holds a text without escapes. */
  isPlainText(slot: number): boolean {
    return this.kind[slot] === TEXT && ((this.marks[slot] as number) & ESCAPED) === 0
  }

  isText(slot: number): boolean {
    return this.kind[slot] === TEXT
  }

  isNested(slot: number): boolean {
    return this.kind[slot] === NESTED
  }

  clear(bytes: Uint8Array): void {
    this.bytes = bytes
    this.kind.fill(0)
    if (this.removals > 0) this.removed.fill(0)
    this.removals = 0
  }

  #remove(kind: number, count: number): void {
    this.removed[kind] = (this.removed[kind] as number) + count
    this.removals += count
  }
}

const NUMERIC = /^[+-]?(\d{1,20}(\.\d{0,20})?|\.\d{1,20})([eE][+-]?\d{1,3})?$/

/** 1 or 0 for a text that says yes or no, else NaN. */
export function truthOf(b: Uint8Array, from: number, to: number): number {
  if (to - from > 5) return Number.NaN
  const text = latin1(b, from, to).toLowerCase()
  return text === 'true' || text === '1' || text === 'on'
    ? 1
    : text === 'false' || text === '0' || text === 'off'
      ? 0
      : Number.NaN
}

const OTHER = REMOVAL_KINDS.indexOf('other')
let picked: Picked

/** Reads the JSON object `b[from, to)` in one pass into `p`. Returns 0, or -1 with the fault noted. */
export function pick(b: Uint8Array, from: number, to: number, shape: Shape, p: Picked): number {
  p.clear(b)
  picked = p
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
  let row = shape.expected(b, i + 1, to)
  let k = i + 2
  if (row >= 0) k += shape.lengthOf(row)
  else {
    k = scanKey(b, i, to, shape)
    if (k < 0) return -1
    row = keyRow
  }
  shape.met(row)
  const at = k + 1 < to && b[k] === 0x3a && (b[k + 1] as number) > 0x20 ? k + 1 : scanColon(b, k, to)
  if (at < 0) return -1
  if (row < 0) return leaveOut(b, at, to, OTHER, depth)
  const action = shape.action(row)
  const inner = shape.inner(row)
  if (inner !== undefined && at < to) {
    if (b[at] === 0x7b) return pickObject(b, at, to, inner, depth + 1)
    if (b[at] === 0x5b) return pickArray(b, at, to, inner, depth + 1)
  }
  if (action >= 0) return shape.isSpan(row) ? pickSpan(b, at, to, action, depth) : pickValue(b, at, to, action, depth)
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
  const p = picked
  if (p.kind[slot] !== 0) return fail('json-duplicate', 'a key stands twice', i)
  const c = i < to ? (b[i] as number) : 0
  let end: number
  p.from[slot] = i
  if (c === 0x22) {
    end = scanString(b, i, to)
    p.kind[slot] = TEXT
    p.from[slot] = i + 1
    p.to[slot] = end - 1
    p.marks[slot] = stringMarks
    return end
  }
  if (c === 0x74 || c === 0x66) {
    end = scanWord(b, i, to, c === 0x74 ? 'true' : 'false')
    p.kind[slot] = BOOLEAN
    p.value[slot] = c === 0x74 ? 1 : 0
  } else if (c === 0x6e) {
    end = scanWord(b, i, to, 'null')
    p.kind[slot] = NULL
  } else if (c === 0x7b || c === 0x5b) {
    end = skipValue(b, i, to, depth)
    p.kind[slot] = NESTED
  } else if (i >= to) return fail('json-syntax', 'a value is missing', i)
  else end = scanNumber(b, i, to, p.value, p.kind, slot)
  p.to[slot] = end
  return end
}

function pickSpan(b: Uint8Array, i: number, to: number, slot: number, depth: number): number {
  const p = picked
  if (p.kind[slot] !== 0) return fail('json-duplicate', 'a key stands twice', i)
  const end = passValue(b, i, to, depth)
  p.kind[slot] = b[i] === 0x7b || b[i] === 0x5b ? NESTED : NULL
  p.from[slot] = i
  p.to[slot] = end
  return end
}

/**
 * Where the value of `"key"` begins in the span `b[from, to)`, at whatever depth; -1 when there is none. In a text a quote is
 * always escaped, so nothing but a key looks like one.
 * @param quoted the key with its quotes
 */
export function findKey(b: Uint8Array, from: number, to: number, quoted: Uint8Array): number {
  const bytes = Buffer.from(b.buffer, b.byteOffset, to)
  for (let at = from; ; ) {
    at = bytes.indexOf(quoted, at)
    if (at < 0) return -1
    at = skipSpace(b, at + quoted.length, to)
    if (b[at] === 0x3a) return skipSpace(b, at + 1, to)
  }
}

/** The index after the value at `b[i]`, or -1. */
export const valueEnd = (b: Uint8Array, i: number, to: number): number => passValue(b, i, to, 0)

/** What `words` makes of each text in the array `b[from, to)`, which was picked; what else it holds is left out. */
export function textsIn(b: Uint8Array, from: number, to: number, words: Words, most: number): string[] {
  const texts: string[] = []
  for (let i = from + 1; i < to - 1 && texts.length < most; ) {
    if (b[i] === 0x22) {
      const end = passText(b, i, to)
      if (end < 0) break
      // Nobody hides a name behind escapes for a good reason.
      const hidden = b.indexOf(0x5c, i)
      if (hidden < 0 || hidden >= end) texts.push(words.of(b, i + 1, end - 1))
      i = end
    } else if (b[i] === 0x7b || b[i] === 0x5b) {
      i = passValue(b, i, to, 0)
      if (i < 0) break
    } else i++
  }
  return texts
}

/** Passes over a value and counts it as removed unless there is nothing in it. */
function leaveOut(b: Uint8Array, i: number, to: number, kind: number, depth: number): number {
  const end = passValue(b, i, to, depth)
  if (end > 0 && !isEmpty(b, i, end)) picked.removeAt(kind)
  return end
}

/**
 * Passes over a value of any size by its quotes and brackets alone: nobody reads what is in it, so it need not be good JSON.
 * Returns the index after it, or -1 when it does not end.
 */
function passValue(b: Uint8Array, start: number, to: number, depth: number): number {
  let open = 0
  let i = start
  while (i < to) {
    const c = b[i] as number
    if (c === 0x22) {
      i = passText(b, i, to)
      if (i < 0) return -1
      if (open === 0) return i
      continue
    }
    if (c === 0x7b || c === 0x5b) {
      if (++open + depth > MAX_DEPTH) return fail('json-limit', `arrays and objects nest deeper than ${MAX_DEPTH}`, i)
    } else if (c === 0x7d || c === 0x5d) {
      // The end of what is around a number or a word.
      if (open === 0) break
      if (--open === 0) return i + 1
    } else if (open === 0 && (c === 0x2c || c <= 0x20)) break
    i++
  }
  if (open > 0) return fail('json-syntax', 'an array or object does not end', start)
  return i > start ? i : fail('json-syntax', 'a value is missing', start)
}

const SHORT_TEXT = 64

/** Passes over a text without looking into it. */
function passText(b: Uint8Array, start: number, to: number): number {
  let i = start + 1
  for (const near = Math.min(to, i + SHORT_TEXT); i < near; i++) {
    const c = b[i] as number
    if (c === 0x22) return i + 1
    if (c === 0x5c) i++
  }
  for (; ; i++) {
    i = b.indexOf(0x22, i)
    if (i < 0 || i >= to) return fail('json-syntax', 'a string does not end', start)
    let k = i
    while (k > start + 1 && b[k - 1] === 0x5c) k--
    if (((i - k) & 1) === 0) return i + 1
  }
}

/** `null`, `false`, `""`, `[]`, `{}`. */
function isEmpty(b: Uint8Array, from: number, to: number): boolean {
  const c = b[from]
  if (c === 0x6e || c === 0x66) return true
  if (c === 0x22) return to - from === 2
  return (c === 0x5b || c === 0x7b) && skipSpace(b, from + 1, to) === to - 1
}
