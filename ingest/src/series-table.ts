import type { SeriesId } from '@quartier/contracts'

/** What the check must know about a series. */
export interface SeriesRule extends SeriesId {
  readonly source: string
  /** Readings outside `[validMin, validMax]` are marked; infinite when there is no bound. */
  readonly validMin: number
  readonly validMax: number
  readonly historical: boolean
  readonly personal: boolean
}

export const HISTORICAL = 1
export const PERSONAL = 2

/**
 * Series by id, as columns: a series is a dense number, found by probing an open table. Grows as needed; nothing is
 * ever removed.
 */
export class SeriesTable {
  count = 0
  lo: Uint32Array
  hi: Uint32Array
  validMin: Float64Array
  validMax: Float64Array
  flags: Uint8Array
  /** 1 when a reading has come since somebody cleared it. */
  touched: Uint8Array
  /** Place of the source in {@link sources}. */
  sourceOf: Uint32Array
  readonly sources: string[] = []
  readonly #sourceNumbers = new Map<string, number>()
  /** Number of the series plus one, 0 when free; a power of two long and at most half full. */
  #slots: Int32Array
  #mask: number

  constructor(capacity = 1024) {
    const rounded = 2 ** Math.ceil(Math.log2(Math.max(16, capacity)))
    this.lo = new Uint32Array(rounded)
    this.hi = new Uint32Array(rounded)
    this.validMin = new Float64Array(rounded)
    this.validMax = new Float64Array(rounded)
    this.flags = new Uint8Array(rounded)
    this.touched = new Uint8Array(rounded)
    this.sourceOf = new Uint32Array(rounded)
    this.#slots = new Int32Array(rounded * 2)
    this.#mask = rounded * 2 - 1
  }

  /** The number of a series; -1 when it is not known. */
  find(lo: number, hi: number): number {
    const slots = this.#slots
    const mask = this.#mask
    for (let i = lo & mask; ; i = (i + 1) & mask) {
      const number = (slots[i] as number) - 1
      if (number < 0) return -1
      if (this.lo[number] === lo && this.hi[number] === hi) return number
    }
  }

  /** Adds a series or replaces what is known about it; returns its number. */
  put(rule: SeriesRule): number {
    let number = this.find(rule.lo, rule.hi)
    if (number < 0) number = this.#add(rule.lo, rule.hi)
    this.validMin[number] = rule.validMin
    this.validMax[number] = rule.validMax
    this.flags[number] = (rule.historical ? HISTORICAL : 0) | (rule.personal ? PERSONAL : 0)
    this.sourceOf[number] = this.#sourceNumber(rule.source)
    return number
  }

  source(number: number): string {
    return this.sources[this.sourceOf[number] as number] as string
  }

  #add(lo: number, hi: number): number {
    if (this.count === this.lo.length) this.#grow()
    const number = this.count++
    this.lo[number] = lo
    this.hi[number] = hi
    this.#link(number)
    return number
  }

  #link(number: number): void {
    let i = (this.lo[number] as number) & this.#mask
    while (this.#slots[i] !== 0) i = (i + 1) & this.#mask
    this.#slots[i] = number + 1
  }

  #grow(): void {
    const size = this.lo.length * 2
    this.lo = grown(this.lo, new Uint32Array(size))
    this.hi = grown(this.hi, new Uint32Array(size))
    this.validMin = grown(this.validMin, new Float64Array(size))
    this.validMax = grown(this.validMax, new Float64Array(size))
    this.flags = grown(this.flags, new Uint8Array(size))
    this.touched = grown(this.touched, new Uint8Array(size))
    this.sourceOf = grown(this.sourceOf, new Uint32Array(size))
    this.#slots = new Int32Array(size * 2)
    this.#mask = size * 2 - 1
    for (let number = 0; number < this.count; number++) this.#link(number)
  }

  #sourceNumber(source: string): number {
    let number = this.#sourceNumbers.get(source)
    if (number === undefined) {
      number = this.sources.push(source) - 1
      this.#sourceNumbers.set(source, number)
    }
    return number
  }
}

function grown<T extends Uint32Array | Float64Array | Uint8Array>(old: T, larger: T): T {
  larger.set(old)
  return larger
}
