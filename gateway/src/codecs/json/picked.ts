import { REMOVAL_KINDS, type RemovalKind } from '@quartier/contracts/privacy'
import { latin1, sameBytes } from '../bytes.ts'
import type { Shape } from './shape.ts'
import { ESCAPED, stringText } from './text.ts'
import { BIG_INTEGER, BOOLEAN, NESTED, NULL, NUMBER, TEXT, Values } from './values.ts'

/** What a {@link Shape} found in one message, by slot. Used again for the next message. */
export class Picked {
  bytes: Uint8Array = new Uint8Array(0)
  /** By slot. The columns stand here too, since they never grow. */
  readonly values: Values
  readonly kind: Uint8Array
  readonly value: Float64Array
  readonly from: Int32Array
  readonly to: Int32Array
  readonly marks: Uint8Array
  /** How much was left out, by place in REMOVAL_KINDS. */
  readonly removed = new Uint32Array(REMOVAL_KINDS.length)
  removals = 0

  constructor(shape: Shape) {
    this.values = new Values(shape.slots.length)
    this.kind = this.values.kind
    this.value = this.values.value
    this.from = this.values.from
    this.to = this.values.to
    this.marks = this.values.marks
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
    const [from, to] = [this.from[slot] as number, this.to[slot] as number]
    const whole = digitsAt(this.bytes, from, to)
    if (whole >= 0) return whole
    const text = latin1(this.bytes, from, to)
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

/** The number that nothing but a few digits say, such as a count; -1 for anything else. */
function digitsAt(b: Uint8Array, from: number, to: number): number {
  if (from >= to || to - from > 9) return -1
  let value = 0
  for (let i = from; i < to; i++) {
    const digit = (b[i] as number) - 0x30
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
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
