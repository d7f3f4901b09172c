import { fail } from '../fault.ts'
import { MAX_DEPTH } from '../limits.ts'
import { skipSpace } from './text.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN = 0x7b
const CLOSE = 0x7d

/** Where a string may end, or go wrong. */
const STOPS = Uint8Array.from({ length: 256 }, (_, c) => (c < 0x20 || c === QUOTE || c === BACKSLASH ? 1 : 0))

/** What a byte outside of strings does to {@link pass}: quotes, brackets. */
const BRACKETS = Uint8Array.from({ length: 256 }, (_, c) => {
  if (c === QUOTE) return 1
  if (c === OPEN || c === 0x5b) return 2
  return c === CLOSE || c === 0x5d ? 3 : 0
})

/** Reads on from the value at `b[i]`; returns the index after it, or -1 with the fault noted. */
export type Enter = (b: Uint8Array, i: number, to: number) => number

/**
 * A few members of a large object, found in one pass. What is not asked for is passed over by its brackets and quotes
 * alone: whether it is JSON inside is nobody's business.
 */
export class Envelope {
  /** Where the value of each key stands, in the order of the keys; `to` is -1 for one that is absent. */
  readonly from: Int32Array
  readonly to: Int32Array
  readonly #keys: readonly Uint8Array[]
  readonly #enters: readonly (Enter | undefined)[]
  /** Which lengths a key has: most members are none of ours by that alone. */
  readonly #lengths = new Uint8Array(256)

  /** @param keys   what is looked for; with a function, it is called to read the value */
  constructor(keys: Readonly<Record<string, Enter | undefined>>) {
    this.#keys = Object.keys(keys).map((key) => new TextEncoder().encode(key))
    this.#enters = Object.values(keys)
    for (const key of this.#keys) this.#lengths[key.length] = 1
    this.from = new Int32Array(this.#keys.length)
    this.to = new Int32Array(this.#keys.length)
  }

  has(key: number): boolean {
    return (this.to[key] as number) >= 0
  }

  /** Reads the object that begins at `b[i]`. Returns the index after it, or -1 with the fault noted. */
  scan(b: Uint8Array, i: number, to: number): number {
    for (let k = 0; k < this.to.length; k++) this.to[k] = -1
    if (i >= to || b[i] !== OPEN) return fail('json-shape', 'this is not an object', i)
    const start = i
    i = skipSpace(b, i + 1, to)
    if (i < to && b[i] === CLOSE) return i + 1
    while (i < to) {
      if (b[i] !== QUOTE) return fail('json-syntax', 'a key is missing', i)
      const keyFrom = i + 1
      i = passString(b, keyFrom, to)
      if (i < 0) return -1
      const key = this.#find(b, keyFrom, i - 1)
      if (b[i] !== 0x3a) {
        i = skipSpace(b, i, to)
        if (i >= to || b[i] !== 0x3a) return fail('json-syntax', 'a colon is missing', i)
      }
      i++
      if (i < to && (b[i] as number) <= 0x20) i = skipSpace(b, i, to)
      i = key < 0 ? pass(b, i, to) : this.#take(key, b, i, to)
      if (i < 0) return -1
      let c = i < to ? (b[i] as number) : 0
      if (c <= 0x20) {
        i = skipSpace(b, i, to)
        c = i < to ? (b[i] as number) : 0
      }
      if (c === CLOSE) return i + 1
      if (c !== 0x2c) break
      i++
      if (i < to && (b[i] as number) <= 0x20) i = skipSpace(b, i, to)
    }
    return fail('json-syntax', 'an object does not end, or a comma is missing', start)
  }

  #find(b: Uint8Array, from: number, to: number): number {
    if (this.#lengths[to - from] !== 1) return -1
    const keys = this.#keys
    for (let k = 0; k < keys.length; k++) {
      const key = keys[k] as Uint8Array
      if (key.length !== to - from) continue
      let n = 0
      while (n < key.length && key[n] === b[from + n]) n++
      if (n === key.length) return k
    }
    return -1
  }

  #take(key: number, b: Uint8Array, i: number, to: number): number {
    if (this.has(key)) {
      const name = new TextDecoder().decode(this.#keys[key])
      return fail('json-duplicate', `the key "${name}" stands twice`, i)
    }
    this.from[key] = i
    const end = this.#enters[key]?.(b, i, to) ?? pass(b, i, to)
    this.to[key] = end
    return end
  }
}

/** Passes over a string from the byte after its opening quote on. Returns the index after the closing one, or -1. */
export function passString(b: Uint8Array, i: number, to: number): number {
  const start = i
  for (;;) {
    while (i < to && STOPS[b[i] as number] === 0) i++
    if (i >= to) return fail('json-syntax', 'a string does not end', start)
    const c = b[i] as number
    if (c === QUOTE) return i + 1
    if (c !== BACKSLASH) return fail('json-syntax', 'a control character stands in a string', i)
    i += 2
  }
}

/** Passes over any value. Returns the index after it, or -1. */
export function pass(b: Uint8Array, i: number, to: number): number {
  const c = i < to ? (b[i] as number) : 0
  if (c === QUOTE) return passString(b, i + 1, to)
  if (c !== OPEN && c !== 0x5b) return passScalar(b, i, to)
  let depth = 0
  const start = i
  while (i < to) {
    const what = BRACKETS[b[i] as number]
    i++
    if (what === 0) continue
    if (what === 1) {
      // Most strings are short and plain.
      while (i < to && STOPS[b[i] as number] === 0) i++
      if (i < to && b[i] === QUOTE) i++
      else i = passString(b, i, to)
      if (i < 0) return -1
    } else if (what === 2) {
      if (++depth >= MAX_DEPTH) return fail('json-limit', `arrays and objects nest deeper than ${MAX_DEPTH}`, i)
    } else if (--depth === 0) return i
  }
  return fail('json-syntax', 'an array or object does not end', start)
}

/** A number or word: as far as the next comma, bracket or blank. */
function passScalar(b: Uint8Array, i: number, to: number): number {
  const start = i
  while (i < to) {
    const c = b[i] as number
    if (c === 0x2c || c === CLOSE || c === 0x5d || c <= 0x20) break
    if (c === QUOTE || c === 0x3a || c === OPEN || c === 0x5b) return fail('json-syntax', 'this is not a JSON value', i)
    i++
  }
  return i > start ? i : fail('json-syntax', 'a value is missing', start)
}
