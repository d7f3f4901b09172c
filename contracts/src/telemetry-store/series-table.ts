import { QuartierError } from '../errors.ts'
import { type SeriesId, seriesIdText } from '../series/id.ts'
import { ByteSink, readVarint } from './parquet/bytes.ts'
import type { SeriesMeta } from './port.ts'

const decoder = new TextDecoder()
const encoder = new TextEncoder()

/** What {@link SeriesTable.find} returns for an id that is not in the table. */
export const UNKNOWN = 0xffffffff

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
  readonly sources: string[] = []

  #slots = new Uint32Array(4 * 2048)
  #intervalMs = new Float64Array(1024)
  #unit = new Uint16Array(1024)
  #units: string[] = []
  #keyAt = new Uint32Array(1024)
  #keyLength = new Uint32Array(1024)
  #keys = new ByteSink(1 << 15)
  #changed = new Set<number>()
  #moved: number[] = []
  #placeOf = { source: new Map<string, number>(), unit: new Map<string, number>() }

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
  resolve(lo: Uint32Array, hi: Uint32Array, n: number, out: Uint32Array): void {
    let slots = this.#slots
    let mask = slots.length - 1
    for (let i = 0; i < n; i++) {
      const a = lo[i] as number
      const b = hi[i] as number
      let s = (a << 2) & mask
      for (;;) {
        const found = slots[s + 2] as number
        if (found === 0) {
          out[i] = this.#add(a, b)
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
    const key = known === UNKNOWN ? '' : this.key(ordinal)
    if (key !== '' && key !== meta.key)
      throw new QuartierError('SERIES_COLLISION', `define ${meta.key}: its id ${seriesIdText(meta)} is that of ${key}`)
    if (key !== '' && this.#same(ordinal, meta)) return
    if (key === '') this.#setKey(ordinal, meta.key)
    if (known === UNKNOWN) this.tierIntervalMs[ordinal] = meta.intervalMs
    this.source[ordinal] = place(this.sources, this.#placeOf.source, meta.source)
    this.#moved.push(ordinal)
    this.#unit[ordinal] = place(this.#units, this.#placeOf.unit, meta.unit)
    this.#intervalMs[ordinal] = meta.intervalMs
    this.#changed.add(ordinal)
  }

  id(ordinal: number): SeriesId {
    return { lo: this.lo[ordinal] as number, hi: this.hi[ordinal] as number }
  }

  key(ordinal: number): string {
    const at = this.#keyAt[ordinal] as number
    return decoder.decode(this.#keys.bytes.subarray(at, at + (this.#keyLength[ordinal] as number)))
  }

  meta(ordinal: number): SeriesMeta {
    return {
      ...this.id(ordinal),
      key: this.key(ordinal),
      source: this.sources[this.source[ordinal] as number] ?? '',
      unit: this.#units[this.#unit[ordinal] as number] ?? '',
      intervalMs: this.#intervalMs[ordinal] as number,
    }
  }

  /** Is there a definition, or only readings that came before it? */
  isDefined(ordinal: number): boolean {
    return (this.#keyLength[ordinal] as number) > 0
  }

  /** The series added or changed since the last call, encoded for {@link restore}; `undefined` when there are none. */
  takeChanges(): Uint8Array | undefined {
    if (this.#changed.size === 0) return undefined
    const ordinals = Uint32Array.from(this.#changed)
    this.#changed.clear()
    const out = new ByteSink(ordinals.length * 64)
    out.varint(ordinals.length)
    for (const ordinal of ordinals) {
      const meta = this.meta(ordinal)
      out.varint(ordinal)
      out.varint(meta.lo)
      out.varint(meta.hi)
      out.varint(Math.max(0, Math.round(meta.intervalMs)))
      out.varint(Math.max(0, Math.round(this.tierIntervalMs[ordinal] as number)))
      for (const text of [meta.key, meta.source, meta.unit]) {
        const bytes = encoder.encode(text)
        out.varint(bytes.length)
        out.put(bytes)
      }
    }
    return out.written().slice()
  }

  /** Takes back what {@link takeChanges} gave, so that it comes again next time. */
  restore(changes: Uint8Array): void {
    for (const s of decodeSeriesBlock(changes)) {
      const known = this.find(s.lo, s.hi)
      const ordinal = known === UNKNOWN ? this.#add(s.lo, s.hi) : known
      if (s.key !== '') this.define(s)
      this.tierIntervalMs[ordinal] = s.tierIntervalMs
    }
    this.#changed.clear()
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
      this.#units[this.#unit[ordinal] as number] === meta.unit
    )
  }

  #setKey(ordinal: number, key: string): void {
    const bytes = encoder.encode(key)
    this.#keyAt[ordinal] = this.#keys.length
    this.#keyLength[ordinal] = bytes.length
    this.#keys.put(bytes)
  }

  #add(lo: number, hi: number): number {
    if (this.size === this.lo.length) this.#grow()
    if (this.size * 1.6 > this.#slots.length / 4) this.#rehash()
    const ordinal = this.size++
    this.lo[ordinal] = lo
    this.hi[ordinal] = hi
    this.source[ordinal] = place(this.sources, this.#placeOf.source, '')
    this.#moved.push(ordinal)
    this.#unit[ordinal] = place(this.#units, this.#placeOf.unit, '')
    this.#insert(ordinal)
    this.#changed.add(ordinal)
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

  #rehash(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2)
    for (let i = 0; i < this.size; i++) this.#insert(i)
  }

  #grow(): void {
    this.lo = doubled(this.lo)
    this.hi = doubled(this.hi)
    this.source = doubled(this.source)
    this.tierIntervalMs = doubled(this.tierIntervalMs)
    this.#intervalMs = doubled(this.#intervalMs)
    this.#unit = doubled(this.#unit)
    this.#keyAt = doubled(this.#keyAt)
    this.#keyLength = doubled(this.#keyLength)
  }
}

export interface StoredSeries extends SeriesMeta {
  readonly ordinal: number
  readonly tierIntervalMs: number
}

/** The series of one block of the manifest. */
export function* decodeSeriesBlock(bytes: Uint8Array): Generator<StoredSeries> {
  const c = { bytes, at: 0 }
  const text = () => {
    const length = readVarint(c)
    c.at += length
    return decoder.decode(bytes.subarray(c.at - length, c.at))
  }
  for (let n = readVarint(c); n > 0; n--) {
    const ordinal = readVarint(c)
    const lo = readVarint(c)
    const hi = readVarint(c)
    const intervalMs = readVarint(c)
    const tierIntervalMs = readVarint(c)
    yield { ordinal, lo, hi, intervalMs, tierIntervalMs, key: text(), source: text(), unit: text() }
  }
}

type Numbers = Uint32Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Float64Array<ArrayBuffer> | Uint8Array<ArrayBuffer>

/** A copy with twice the room. */
export function doubled<T extends Numbers>(array: T): T {
  const out = new (array.constructor as new (n: number) => T)(array.length * 2)
  out.set(array)
  return out
}

function place(list: string[], places: Map<string, number>, text: string): number {
  const known = places.get(text)
  if (known !== undefined) return known
  list.push(text)
  places.set(text, list.length - 1)
  return list.length - 1
}
