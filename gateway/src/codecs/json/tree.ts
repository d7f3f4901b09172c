import { latin1 } from '../bytes.ts'
import { fail } from '../fault.ts'
import { MAX_DEPTH } from '../limits.ts'
import { BIG_INTEGER, scanNumber } from './number.ts'
import { tokensOf } from './options.ts'
import { scanColon, scanString, scanWord, skipSpace, stringMarks, stringText } from './text.ts'

/** A whole number beyond 2^53 − 1, kept as it was written. */
export class BigInteger {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}
/** A JSON value; objects are maps, so that no key can touch a prototype. Numbers too large for a double are ±Infinity. */
export type Node = null | boolean | number | string | BigInteger | Node[] | Map<string, Node>

/** Reads all of `b[from, to)` as one JSON value; `undefined` with the fault noted when it is none, or nests too deep, or repeats a key. */
export function readTree(b: Uint8Array, from: number, to: number): Node | undefined {
  const reader = new Reader(b, skipSpace(b, from, to), to)
  const root = reader.value(0)
  if (root === undefined) return undefined
  const rest = skipSpace(b, reader.i, to)
  if (rest < to) fail('json-syntax', 'something follows the JSON value', rest)
  return rest < to ? undefined : root
}

/** The node at a JSON Pointer, or `undefined`. */
export function at(node: Node, pointer: string): Node | undefined {
  let here: Node | undefined = node
  for (const token of tokensOf(pointer)) {
    if (here instanceof Map) here = here.get(token)
    else if (Array.isArray(here)) here = /^(0|[1-9]\d{0,4})$/.test(token) ? here[Number(token)] : undefined
    else return undefined
  }
  return here
}

/** A node that names something: a text, or a number as it is counted by. */
export const nameOf = (node: Node | undefined): string | undefined =>
  typeof node === 'string' ? node : typeof node === 'number' ? String(node) : undefined

const numbers = new Float64Array(1)
const kinds = new Uint8Array(1)

class Reader {
  readonly b: Uint8Array
  readonly to: number
  i: number

  constructor(b: Uint8Array, i: number, to: number) {
    this.b = b
    this.i = i
    this.to = to
  }

  value(depth: number): Node | undefined {
    const c = this.i < this.to ? this.b[this.i] : 0
    if (c === 0x7b) return this.#object(depth + 1)
    if (c === 0x5b) return this.#array(depth + 1)
    if (c === 0x22) return this.#string()
    if (c === 0x74) return this.#word('true') ? true : undefined
    if (c === 0x66) return this.#word('false') ? false : undefined
    if (c === 0x6e) return this.#word('null') ? null : undefined
    if (this.i >= this.to) return this.#fail('json-syntax', 'a value is missing')
    return this.#number()
  }

  #object(depth: number): Node | undefined {
    const object = new Map<string, Node>()
    const member = (): boolean => {
      if (this.b[this.i] !== 0x22) return this.#fail('json-syntax', 'a key is missing') ?? false
      const keyAt = this.i
      const key = this.#string()
      if (key === undefined) return false
      if (key === '__proto__') return fail('json-proto', 'the key __proto__ is not allowed', keyAt) > 0
      if (object.has(key)) return fail('json-duplicate', `the key "${key.slice(0, 80)}" stands twice`, keyAt) > 0
      this.i = scanColon(this.b, this.i, this.to)
      const value = this.i < 0 ? undefined : this.value(depth)
      if (value !== undefined) object.set(key, value)
      return value !== undefined
    }
    return this.#items(depth, 0x7d, member) ? object : undefined
  }

  #array(depth: number): Node | undefined {
    const array: Node[] = []
    const item = (): boolean => {
      const value = this.value(depth)
      if (value !== undefined) array.push(value)
      return value !== undefined
    }
    return this.#items(depth, 0x5d, item) ? array : undefined
  }

  #items(depth: number, close: number, item: () => boolean): boolean {
    if (depth > MAX_DEPTH) return this.#fail('json-limit', `arrays and objects nest deeper than ${MAX_DEPTH}`) ?? false
    const { b, to } = this
    this.i = skipSpace(b, this.i + 1, to)
    if (this.i < to && b[this.i] === close) {
      this.i++
      return true
    }
    for (;;) {
      if (this.i >= to) return this.#fail('json-syntax', 'an array or object does not end') ?? false
      if (!item()) return false
      this.i = skipSpace(b, this.i, to)
      const c = this.i < to ? b[this.i++] : 0
      if (c === close) return true
      if (c !== 0x2c) return this.#fail('json-syntax', 'a comma is missing') ?? false
      this.i = skipSpace(b, this.i, to)
    }
  }

  #string(): string | undefined {
    const end = scanString(this.b, this.i, this.to)
    if (end < 0) return undefined
    const text = stringText(this.b, this.i + 1, end - 1, stringMarks)
    this.i = end
    return text
  }

  #number(): Node | undefined {
    const end = scanNumber(this.b, this.i, this.to, numbers, kinds, 0)
    if (end < 0) return undefined
    const node = kinds[0] === BIG_INTEGER ? new BigInteger(latin1(this.b, this.i, end)) : (numbers[0] as number)
    this.i = end
    return node
  }

  #word(word: string): boolean {
    const end = scanWord(this.b, this.i, this.to, word)
    if (end >= 0) this.i = end
    return end >= 0
  }

  #fail(reason: string, detail: string): undefined {
    fail(reason, detail, this.i)
    return undefined
  }
}
