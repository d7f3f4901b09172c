import { QuartierError } from '../errors.ts'
import { type SeriesId, seriesIdText } from '../series/id.ts'
import type { SeriesMeta } from './port.ts'
import { decodeSeriesBlock, encodeSeriesBlock } from './series-block.ts'
import { doubled, Texts, Words } from './tables.ts'

export { doubled } from './tables.ts'

/** What {@link SeriesTable.find} returns for an id that is not in the table. */
export const UNKNOWN = -1

/**
 * The series of the store by dense ordinal, in the order of their definition. The way from an id to its ordinal is an
 * open-addressing table of [lo, hi, ordinal + 1, 0]: no strings and no objects where readings pass.
 */
export class SeriesTable {
  size = 0
  lo = new Uint32Array(1024)
  hi = new Uint32Array(1024)
  /** Place of the series' source in `sources`. */
  source = new Uint16Array(1024)
  /** The interval by which the rollup tiers were chosen: that of the first definition, for good. */
  tierIntervalMs = new Float64Array(1024)
  readonly #sources = new Words()
  readonly #units = new Words()
  readonly #keys = new Texts()
  #intervalMs = new Float64Array(1024)
  #unit = new Uint16Array(1024)
  #slots = new Uint32Array(4 * 2048)
  /** Series to be kept with the next flush, and a mark for each of them. */
  #changed: number[] = []
  #marked = new Uint8Array(1024)
  #moved: number[] = []

  get sources(): readonly string[] {
    return this.#sources.words
  }

  find(lo: number, hi: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    let s = (lo << 2) & mask
    for (;;) {
      const found = slots[s + 2] as number
      if (found === 0) return UNKNOWN
      if (slots[s] === lo && slots[s + 1] === hi) return found - 1
      s = (s + 4) & mask
    }
  }

  /** Writes the ordinals of `n` ids into `out`; ids not seen before get one, without a definition yet. */
  resolve(lo: Uint32Array, hi: Uint32Array, n: number, out: Int32Array): void {
    let slots = this.#slots
    let mask = slots.length - 1
    for (let i = 0; i < n; i++) {
      const a = lo[i] as number
      const b = hi[i] as number
      let s = (a << 2) & mask
      for (;;) {
        const found = slots[s + 2] as number
        if (found === 0) {
          out[i] = this.#addFirstSeen(a, b)
          slots = this.#slots
          mask = slots.length - 1
          break
        }
        if (slots[s] === a && slots[s + 1] === b) {
          out[i] = found - 1
          break
        }
        s = (s + 4) & mask
      }
    }
  }

  /**
   * Adds or changes a definition.
   * @throws QuartierError SERIES_COLLISION when another key has this id
   */
  define(meta: SeriesMeta): void {
    const known = this.find(meta.lo, meta.hi)
    const ordinal = known === UNKNOWN ? this.#add(meta.lo, meta.hi) : known
    if (!this.isDefined(ordinal)) this.#keys.set(ordinal, meta.key)
    else {
      const key = this.key(ordinal)
      if (key !== meta.key)
        throw new QuartierError(
          'SERIES_COLLISION',
          `define ${meta.key}: its id ${seriesIdText(meta)} is that of ${key}`,
        )
      if (this.#same(ordinal, meta)) return
    }
    if (known === UNKNOWN) this.tierIntervalMs[ordinal] = meta.intervalMs
    this.#describe(ordinal, meta.source, meta.unit, meta.intervalMs)
    this.#mark(ordinal)
  }

  id(ordinal: number): SeriesId {
    return { lo: this.lo[ordinal] as number, hi: this.hi[ordinal] as number }
  }

  key(ordinal: number): string {
    return this.#keys.get(ordinal)
  }

  meta(ordinal: number): SeriesMeta {
    return {
      ...this.id(ordinal),
      key: this.key(ordinal),
      source: this.sources[this.source[ordinal] as number] ?? '',
      unit: this.#units.words[this.#unit[ordinal] as number] ?? '',
      intervalMs: this.#intervalMs[ordinal] as number,
    }
  }

  /** Is there a definition, or only readings that came before it? */
  isDefined(ordinal: number): boolean {
    return this.#keys.has(ordinal)
  }

  /** The series added or changed since the last call, encoded for {@link restore}; `undefined` when there are none. */
  takeChanges(): Uint8Array | undefined {
    if (this.#changed.length === 0) return undefined
    const ordinals = Uint32Array.from(this.#changed)
    this.#changed = []
    this.#marked.fill(0)
    const pick = <T extends Uint32Array | Uint16Array | Float64Array>(column: T) =>
      ordinals.map((o) => column[o] as number)
    return encodeSeriesBlock({
      count: ordinals.length,
      lo: pick(this.lo),
      hi: pick(this.hi),
      source: pick(this.source),
      unit: pick(this.#unit),
      intervalMs: Float64Array.from(ordinals, (o) => this.#intervalMs[o] as number),
      tierIntervalMs: Float64Array.from(ordinals, (o) => this.tierIntervalMs[o] as number),
      sources: this.sources,
      units: this.#units.words,
      keys: this.#keys.pick(ordinals),
    })
  }

  /** Takes over what {@link takeChanges} of the same table, or of its copy in another thread, once gave. */
  restore(changes: Uint8Array): void {
    const block = decodeSeriesBlock(changes)
    this.#reserve(this.size + block.count)
    const sources = block.sources.map((word) => this.#sources.place(word))
    const units = block.units.map((word) => this.#units.place(word))
    let at = this.#keys.append(block.keys)
    for (let i = 0; i < block.count; i++) {
      const lo = block.lo[i] as number
      const hi = block.hi[i] as number
      const known = this.find(lo, hi)
      const ordinal = known === UNKNOWN ? this.#add(lo, hi) : known
      const length = block.keys.lengths[i] as number
      if (length > 0) this.#keys.setFrom(ordinal, at, length)
      at += length
      this.tierIntervalMs[ordinal] = block.tierIntervalMs[i] as number
      this.source[ordinal] = sources[block.source[i] as number] as number
      this.#unit[ordinal] = units[block.unit[i] as number] as number
      this.#intervalMs[ordinal] = block.intervalMs[i] as number
      this.#moved.push(ordinal)
    }
  }

  /** The series whose entry in `source` was set since the last call. */
  takeMoved(): readonly number[] {
    if (this.#moved.length === 0) return this.#moved
    const out = this.#moved
    this.#moved = []
    return out
  }

  #same(ordinal: number, meta: SeriesMeta): boolean {
    return (
      this.#intervalMs[ordinal] === meta.intervalMs &&
      this.sources[this.source[ordinal] as number] === meta.source &&
      this.#units.words[this.#unit[ordinal] as number] === meta.unit
    )
  }

  #describe(ordinal: number, source: string, unit: string, intervalMs: number): void {
    this.source[ordinal] = this.#sources.place(source)
    this.#unit[ordinal] = this.#units.place(unit)
    this.#intervalMs[ordinal] = intervalMs
    this.#moved.push(ordinal)
  }

  #mark(ordinal: number): void {
    if (this.#marked[ordinal] === 1) return
    this.#marked[ordinal] = 1
    this.#changed.push(ordinal)
  }

  #addFirstSeen(lo: number, hi: number): number {
    const ordinal = this.#add(lo, hi)
    this.#describe(ordinal, '', '', 0)
    this.#mark(ordinal)
    return ordinal
  }

  #add(lo: number, hi: number): number {
    this.#reserve(this.size + 1)
    const ordinal = this.size++
    this.lo[ordinal] = lo
    this.hi[ordinal] = hi
    this.#insert(ordinal)
    return ordinal
  }

  #insert(ordinal: number): void {
    const slots = this.#slots
    const mask = slots.length - 1
    const lo = this.lo[ordinal] as number
    let s = (lo << 2) & mask
    while (slots[s + 2] !== 0) s = (s + 4) & mask
    slots[s] = lo
    slots[s + 1] = this.hi[ordinal] as number
    slots[s + 2] = ordinal + 1
  }

  /** Makes room for `size` series; the table of slots stays at most five eighths full. */
  #reserve(size: number): void {
    while (size > this.lo.length) this.#grow()
    let slots = this.#slots.length
    while (size * 1.6 > slots / 4) slots *= 2
    if (slots === this.#slots.length) return
    this.#slots = new Uint32Array(slots)
    for (let i = 0; i < this.size; i++) this.#insert(i)
  }

  #grow(): void {
    this.lo = doubled(this.lo)
    this.hi = doubled(this.hi)
    this.source = doubled(this.source)
    this.tierIntervalMs = doubled(this.tierIntervalMs)
    this.#intervalMs = doubled(this.#intervalMs)
    this.#unit = doubled(this.#unit)
    this.#marked = doubled(this.#marked)
  }
}
