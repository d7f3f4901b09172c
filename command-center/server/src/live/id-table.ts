/** Finds the place of a 64-bit series id by open addressing: two typed columns, no object and no string per series. */
export class IdTable {
  length = 0
  lo = new Uint32Array(1024)
  hi = new Uint32Array(1024)
  /** Place + 1 by bucket; 0 is free. At most half full, so that a search ends soon. */
  #buckets = new Uint32Array(4096)

  /** The place of the id, -1 when it is unknown. */
  find(lo: number, hi: number): number {
    const mask = this.#buckets.length - 1
    for (let b = lo & mask; ; b = (b + 1) & mask) {
      const place = (this.#buckets[b] as number) - 1
      if (place < 0 || (this.lo[place] === lo && this.hi[place] === hi)) return place
    }
  }

  /** The place of the id; a new one gets the next, `length`. */
  add(lo: number, hi: number): number {
    const known = this.find(lo, hi)
    if (known >= 0) return known
    if (this.length === this.lo.length) this.#grow()
    const place = this.length++
    this.lo[place] = lo
    this.hi[place] = hi
    this.#occupy(place)
    return place
  }

  #occupy(place: number): void {
    const mask = this.#buckets.length - 1
    let b = (this.lo[place] as number) & mask
    while (this.#buckets[b] !== 0) b = (b + 1) & mask
    this.#buckets[b] = place + 1
  }

  #grow(): void {
    this.lo = widened(this.lo, this.lo.length * 2)
    this.hi = widened(this.hi, this.hi.length * 2)
    this.#buckets = new Uint32Array(this.lo.length * 4)
    for (let place = 0; place < this.length; place++) this.#occupy(place)
  }
}

/** A longer copy, zeros at the end. */
export function widened<T extends Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array>(
  column: T,
  length: number,
): T {
  const wide = new (column.constructor as new (n: number) => T)(length)
  wide.set(column)
  return wide
}
