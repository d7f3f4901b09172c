import { REMOVAL_KINDS, type RemovalKind } from '@quartier/contracts/privacy'
import { sameBytes } from '../bytes.ts'

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
  /** The member that comes behind it, where senders keep to an order: its end is found by that, without a walk through it. */
  readonly before?: string | undefined
}
export const span = (name: string, before?: string): Span => ({ span: name, before })
const isSpan = (w: Span | Drop | Wanted): w is Span => 'span' in w && typeof w.span === 'string'
export const drop = (kind: RemovalKind): Drop => ({ drop: kind })
const isDrop = (w: Span | Drop | Wanted): w is Drop => 'drop' in w && typeof w.drop === 'string'

export const PASS = -1
const HASH_SLOTS = 4
const WORD = 4

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
  readonly #followers: (Uint8Array | undefined)[] = []
  readonly #table: Int16Array
  /** By row + 1: the row of the key that came next the last time, which may be wrong; the first stands for the beginning. */
  readonly #next: Int16Array
  /** All keys, one behind the other, and where each begins. */
  readonly #letters: Uint8Array
  readonly #starts: Int32Array
  readonly #words: DataView
  #last = -1

  constructor(wanted: Wanted, slots: string[] = []) {
    this.slots = slots
    for (const [key, what] of Object.entries(wanted)) this.#add(key, what)
    this.#letters = Uint8Array.from(Buffer.concat(this.#keys))
    this.#words = new DataView(this.#letters.buffer)
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

  /**
   * The row of the key at `b[from]` if it is the one that followed the last one the last time, else -1.
   * @param view of the buffer in which `b` lies
   */
  expected(b: Uint8Array, view: DataView, from: number, to: number): number {
    const row = this.#next[this.#last + 1] as number
    if (row < 0) return -1
    const start = this.#starts[row] as number
    const length = (this.#starts[row + 1] as number) - start
    const end = from + length
    if (end >= to || b[end] !== 0x22) return -1
    // Four letters at a time; the last four may overlap those before.
    if (length >= WORD) {
      const words = this.#words
      const at = b.byteOffset + from
      let k = 0
      for (; k < length - WORD; k += WORD) if (view.getInt32(at + k) !== words.getInt32(start + k)) return -1
      k = length - WORD
      if (view.getInt32(at + k) !== words.getInt32(start + k)) return -1
    } else for (let k = 0; k < length; k++) if (this.#letters[start + k] !== b[from + k]) return -1
    this.#last = row
    return row
  }

  /** The key of the row was met otherwise. */
  met(row: number): void {
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

  /** The key, in its quotes, of the member that comes behind a span. */
  follower(row: number): Uint8Array | undefined {
    return this.#followers[row]
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
    const isUnread = typeof what === 'object' && isSpan(what)
    this.#spans.push(isUnread)
    this.#followers.push(isUnread && what.before !== undefined ? Buffer.from(`"${what.before}"`) : undefined)
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

export function hashOf(bytes: Uint8Array): number {
  let hash = 0
  for (const c of bytes) hash = (Math.imul(hash, 31) + c) | 0
  return hash
}
