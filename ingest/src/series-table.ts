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

/** Words of 8 and 4 bytes and single bytes of one series; half a cache line, so that one fetch brings it all. */
export const F64S = 4
export const U32S = 8
export const U8S = 32
/** Where things stand among the f64 and the u8 of a series. */
export const MIN_F64 = 1
export const MAX_F64 = 2
export const FLAGS_U8 = 28
export const TOUCHED_U8 = 29
const LO_U32 = 0
const HI_U32 = 1
const SOURCE_U32 = 6

const wrong = new Int32Array(512)

/**
 * Series by id: a series is a dense number, found by probing an open table. Its facts lie together in one buffer, of
 * which `f64`, `u32` and `u8` are views (see the places above): the hot path reads them without calls. Grows as
 * needed; nothing is ever removed.
 */
export class SeriesTable {
  count = 0
  f64 = new Float64Array()
  u32 = new Uint32Array()
  u8 = new Uint8Array()
  readonly #sources: string[] = []
  readonly #sourceNumbers = new Map<string, number>()
  /** Number of the series plus one, 0 when free; a power of two long and at most a quarter full. */
  #slots = new Int32Array()
  #capacity: number

  constructor(capacity = 1024) {
    this.#capacity = 2 ** Math.ceil(Math.log2(Math.max(16, capacity)))
    this.#allocate()
  }

  /** The number of a series; -1 when it is not known. */
  find(lo: number, hi: number): number {
    const slots = this.#slots
    const u32 = this.u32
    const mask = slots.length - 1
    for (let i = lo & mask; ; i = (i + 1) & mask) {
      const number = (slots[i] as number) - 1
      if (number < 0) return -1
      if (u32[number * U32S] === lo && u32[number * U32S + HI_U32] === hi) return number
    }
  }

  /**
   * The numbers of rows `[from, to)`, -1 for unknown ones, into `out` from its start; at most 512 rows. Guesses the
   * first slot of every row and then checks the guesses: with no branch between them, the processor fetches for many
   * rows at once.
   */
  findAll(lo: Uint32Array, hi: Uint32Array, from: number, to: number, out: Int32Array): void {
    const slots = this.#slots
    const u32 = this.u32
    const mask = slots.length - 1
    const rows = to - from
    for (let i = 0; i < rows; i++) out[i] = (slots[(lo[from + i] as number) & mask] as number) - 1
    for (let i = 0; i < rows; i++) {
      const number = out[i] as number
      const at = (number & ~(number >> 31)) * U32S
      const other =
        ((u32[at] as number) ^ (lo[from + i] as number)) | ((u32[at + HI_U32] as number) ^ (hi[from + i] as number))
      wrong[i] = other | (number >> 31)
    }
    for (let i = 0; i < rows; i++)
      if (wrong[i] !== 0) out[i] = this.find(lo[from + i] as number, hi[from + i] as number)
  }

  /** Adds a series or replaces what is known about it; returns its number. */
  put(rule: SeriesRule): number {
    let number = this.find(rule.lo, rule.hi)
    if (number < 0) number = this.#add(rule.lo, rule.hi)
    this.f64[number * F64S + MIN_F64] = rule.validMin
    this.f64[number * F64S + MAX_F64] = rule.validMax
    this.u32[number * U32S + SOURCE_U32] = this.#sourceNumber(rule.source)
    this.u8[number * U8S + FLAGS_U8] = (rule.historical ? HISTORICAL : 0) | (rule.personal ? PERSONAL : 0)
    return number
  }

  id(number: number): SeriesId {
    return { lo: this.u32[number * U32S + LO_U32] as number, hi: this.u32[number * U32S + HI_U32] as number }
  }

  source(number: number): string {
    return this.#sources[this.u32[number * U32S + SOURCE_U32] as number] as string
  }

  isPersonal(number: number): boolean {
    return ((this.u8[number * U8S + FLAGS_U8] as number) & PERSONAL) !== 0
  }

  /** Whether a reading has come since {@link clearTouched}. */
  isTouched(number: number): boolean {
    return this.u8[number * U8S + TOUCHED_U8] === 1
  }

  clearTouched(number: number): void {
    this.u8[number * U8S + TOUCHED_U8] = 0
  }

  touch(number: number): void {
    this.u8[number * U8S + TOUCHED_U8] = 1
  }

  #add(lo: number, hi: number): number {
    if (this.count === this.#capacity) {
      this.#capacity *= 2
      this.#allocate()
    }
    const number = this.count++
    this.u32[number * U32S + LO_U32] = lo
    this.u32[number * U32S + HI_U32] = hi
    this.#link(number)
    return number
  }

  #link(number: number): void {
    const mask = this.#slots.length - 1
    let i = (this.u32[number * U32S] as number) & mask
    while (this.#slots[i] !== 0) i = (i + 1) & mask
    this.#slots[i] = number + 1
  }

  /** Makes room for `#capacity` series and moves those that are there. */
  #allocate(): void {
    const old = this.u8
    const buffer = new ArrayBuffer(this.#capacity * U8S)
    this.f64 = new Float64Array(buffer)
    this.u32 = new Uint32Array(buffer)
    this.u8 = new Uint8Array(buffer)
    this.u8.set(old)
    this.#slots = new Int32Array(this.#capacity * 4)
    for (let number = 0; number < this.count; number++) this.#link(number)
  }

  #sourceNumber(source: string): number {
    let number = this.#sourceNumbers.get(source)
    if (number === undefined) {
      number = this.#sources.push(source) - 1
      this.#sourceNumbers.set(source, number)
    }
    return number
  }
}
