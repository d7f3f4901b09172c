import { hashBytes, hashed, partitionOfSlot, READINGS, topic } from '@quartier/contracts'
import type { Conversions } from './conversions.ts'

/** Nobody has announced the series on `series.v1` yet. */
export const UNDEFINED = 1
/** Its definition was read from `series.v1`. */
export const ANNOUNCED = 2
/** Its values are converted as they come in: {@link SeriesTable.conversions} says how. */
export const CONVERTED = 4
/** From here on: flags of series that take no readings. */
export const QUARANTINED = 8
export const RETIRED = 16

const SLASH = 47

/** What {@link SeriesTable.find} answers besides a handle. */
export const UNKNOWN = -1
export const COLLISION = -2

/**
 * All series this process has met: key bytes → handle, a small number that indexes the columns below. Open addressing
 * on typed arrays, so 650,000 of them cost about 60 MB and no garbage.
 */
export class SeriesTable {
  count = 0
  lo = new Uint32Array(1024)
  hi = new Uint32Array(1024)
  partition = new Uint8Array(1024)
  flags = new Uint8Array(1024)
  /** Of the few series that have {@link CONVERTED}. */
  readonly conversions = new Map<number, Conversions>()
  readonly partitions = topic(READINGS).partitions
  #keyAt = new Uint32Array(1025)
  #keys = new Uint8Array(65_536)
  #index = new Int32Array(4096)
  #mask = 4095

  /** The handle of the series with the key `b[from, to)`, {@link UNKNOWN}, or {@link COLLISION}. */
  find(b: Uint8Array, from: number, to: number): number {
    hashBytes(b, from, to)
    return this.#probe(hashed.lo, hashed.hi, b, from, to)
  }

  /** Whether the series is that of the device and property, when it is known to be of a source of `sourceBytes` bytes. */
  isNamed(
    h: number,
    sourceBytes: number,
    d: Uint8Array,
    dFrom: number,
    dTo: number,
    p: Uint8Array,
    from: number,
    to: number,
  ): boolean {
    let at = (this.#keyAt[h] as number) + sourceBytes + 1
    const keys = this.#keys
    if ((this.#keyAt[h + 1] as number) - at !== dTo - dFrom + to - from + 1) return false
    for (let i = dFrom; i < dTo; i++) if (keys[at++] !== d[i]) return false
    if (keys[at++] !== SLASH) return false
    for (let i = from; i < to; i++) if (keys[at++] !== p[i]) return false
    return true
  }

  /** The handle of the series with this id, or {@link UNKNOWN}. */
  findId(lo: number, hi: number): number {
    for (let i = lo & this.#mask; ; i = (i + 1) & this.#mask) {
      const h = (this.#index[i] as number) - 1
      if (h < 0 || (this.lo[h] === lo && this.hi[h] === hi)) return h
    }
  }

  /** Adds an unknown series and returns its handle. */
  insert(b: Uint8Array, from: number, to: number, flags: number): number {
    hashBytes(b, from, to)
    const { lo, hi } = hashed
    const h = this.count++
    if (this.count >= this.lo.length) this.#growRows()
    if (this.count * 2 > this.#index.length) this.#growIndex()
    this.lo[h] = lo
    this.hi[h] = hi
    this.flags[h] = flags
    this.partition[h] = this.#partitionOf(b, from, to)
    this.#keepKey(h, b, from, to)
    this.#place(h)
    return h
  }

  /** How values of the series are to be converted, or that they are not. */
  convert(handle: number, conversions: Conversions | undefined): void {
    const flags = this.flags[handle] as number
    this.flags[handle] = conversions ? flags | CONVERTED : flags & ~CONVERTED
    if (conversions) this.conversions.set(handle, conversions)
    else if (this.conversions.size > 0) this.conversions.delete(handle)
  }

  /** The words of the key. */
  keyOf(handle: number): string {
    return this.keyBytes(handle).toString()
  }

  keyBytes(handle: number): Buffer {
    const from = this.#keyAt[handle] as number
    return Buffer.from(this.#keys.buffer, from, (this.#keyAt[handle + 1] as number) - from)
  }

  #probe(lo: number, hi: number, b: Uint8Array, from: number, to: number): number {
    for (let i = lo & this.#mask; ; i = (i + 1) & this.#mask) {
      const h = (this.#index[i] as number) - 1
      if (h < 0) return UNKNOWN
      if (this.lo[h] === lo && this.hi[h] === hi) return this.#isKey(h, b, from, to) ? h : COLLISION
    }
  }

  #isKey(h: number, b: Uint8Array, from: number, to: number): boolean {
    const at = this.#keyAt[h] as number
    const length = to - from
    if ((this.#keyAt[h + 1] as number) - at !== length) return false
    const keys = this.#keys
    for (let i = 0; i < length; i++) if (keys[at + i] !== b[from + i]) return false
    return true
  }

  /** A device belongs to one slot, so all its series share a partition and keep their order. */
  #partitionOf(b: Uint8Array, from: number, to: number): number {
    let end = to - 1
    while (end > from && b[end] !== SLASH) end--
    hashBytes(b, from, end)
    return partitionOfSlot(hashed.lo & 0xff, this.partitions)
  }

  #keepKey(h: number, b: Uint8Array, from: number, to: number): void {
    const at = this.#keyAt[h] as number
    const end = at + to - from
    if (end > this.#keys.length) {
      const bigger = new Uint8Array(Math.max(end, this.#keys.length * 2))
      bigger.set(this.#keys)
      this.#keys = bigger
    }
    const keys = this.#keys
    for (let i = from; i < to; i++) keys[at + i - from] = b[i] as number
    this.#keyAt[h + 1] = end
  }

  #place(h: number): void {
    let i = (this.lo[h] as number) & this.#mask
    while (this.#index[i] !== 0) i = (i + 1) & this.#mask
    this.#index[i] = h + 1
  }

  #growRows(): void {
    const n = this.lo.length * 2
    const grown = <A extends Uint32Array | Uint8Array>(bigger: A, old: A): A => {
      bigger.set(old)
      return bigger
    }
    this.lo = grown(new Uint32Array(n), this.lo)
    this.hi = grown(new Uint32Array(n), this.hi)
    this.partition = grown(new Uint8Array(n), this.partition)
    this.flags = grown(new Uint8Array(n), this.flags)
    this.#keyAt = grown(new Uint32Array(n + 1), this.#keyAt)
  }

  #growIndex(): void {
    this.#index = new Int32Array(this.#index.length * 2)
    this.#mask = this.#index.length - 1
    for (let h = 0; h < this.count - 1; h++) this.#place(h)
  }
}
