import { type SeriesId, seriesIdText } from '@quartier/contracts'

/** Finds the place of a 64-bit series id by open addressing: two typed columns, no object and no string per series. */
export class IdTable {
  length = 0
  /** Low half at 2·place, high half behind it: one look at memory for both. */
  #ids = new Uint32Array(2048)
  /** Place + 1 by bucket; 0 is free. At most half full, so that a search ends soon. */
  #buckets = new Uint32Array(2048)

  /** The place of the id, -1 when it is unknown. */
  find(lo: number, hi: number): number {
    const mask = this.#buckets.length - 1
    for (let b = lo & mask; ; b = (b + 1) & mask) {
      const place = (this.#buckets[b] as number) - 1
      if (place < 0 || (this.#ids[2 * place] === lo && this.#ids[2 * place + 1] === hi)) return place
    }
  }

  /**
   * Finds the places of the first `rows` ids at once, -1 for unknown ones. A loop of its own, because a look into the
   * table waits for memory, and only in a short loop can many of them wait at the same time.
   */
  findAll(lo: Uint32Array, hi: Uint32Array, rows: number, places: Int32Array): void {
    const ids = this.#ids
    const buckets = this.#buckets
    const mask = buckets.length - 1
    // First guess, without a branch that could be mispredicted: the bucket where most ids are.
    for (let i = 0; i < rows; i++) places[i] = (buckets[(lo[i] as number) & mask] as number) - 1
    for (let i = 0; i < rows; i++) {
      const place = places[i] as number
      if (place < 0 || (ids[2 * place] === lo[i] && ids[2 * place + 1] === hi[i])) continue
      places[i] = this.find(lo[i] as number, hi[i] as number)
    }
  }

  /** The place of the id; a new one gets the next, `length`. */
  add(lo: number, hi: number): number {
    const known = this.find(lo, hi)
    if (known >= 0) return known
    if (2 * this.length === this.#ids.length) this.#grow(this.#ids.length * 2)
    const place = this.length++
    this.#ids[2 * place] = lo
    this.#ids[2 * place + 1] = hi
    this.#occupy(place)
    return place
  }

  /** Makes room for so many ids at once. */
  reserve(ids: number): void {
    const length = 2 ** Math.ceil(Math.log2(2 * ids))
    if (length > this.#ids.length) this.#grow(length)
  }

  id(place: number): SeriesId {
    return { lo: this.#ids[2 * place] as number, hi: this.#ids[2 * place + 1] as number }
  }

  /** 16 hexadecimal digits, high half first. */
  text(place: number): string {
    return seriesIdText(this.id(place))
  }

  #occupy(place: number): void {
    const mask = this.#buckets.length - 1
    let b = (this.#ids[2 * place] as number) & mask
    while (this.#buckets[b] !== 0) b = (b + 1) & mask
    this.#buckets[b] = place + 1
  }

  #grow(length: number): void {
    this.#ids = widened(this.#ids, length)
    this.#buckets = new Uint32Array(this.#ids.length)
    for (let place = 0; place < this.length; place++) this.#occupy(place)
  }
}

/** A longer copy, zeros at the end. */
export function widened<T extends Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array | Float64Array>(
  column: T,
  length: number,
): T {
  const wide = new (column.constructor as new (n: number) => T)(length)
  wide.set(column)
  return wide
}
