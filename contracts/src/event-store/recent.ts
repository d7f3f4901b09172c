const FIRST = 4096

/** Ids of one generation: open addressing over three words per slot; a slot with owner 0 is free. */
class Generation {
  count = 0
  /** The newest `receivedAt` among them. */
  newest = Number.NEGATIVE_INFINITY
  #lo = new Uint32Array(FIRST)
  #hi = new Uint32Array(FIRST)
  #owner = new Uint32Array(FIRST)

  has(lo: number, hi: number, owner: number): boolean {
    const mask = this.#lo.length - 1
    for (let i = lo & mask; this.#owner[i] !== 0; i = (i + 1) & mask)
      if (this.#lo[i] === lo && this.#hi[i] === hi && this.#owner[i] === owner) return true
    return false
  }

  add(lo: number, hi: number, owner: number): void {
    if (++this.count * 2 > this.#lo.length) this.#grow()
    this.#place(lo, hi, owner)
  }

  #place(lo: number, hi: number, owner: number): void {
    const mask = this.#lo.length - 1
    let i = lo & mask
    while (this.#owner[i] !== 0) i = (i + 1) & mask
    this.#lo[i] = lo
    this.#hi[i] = hi
    this.#owner[i] = owner
  }

  #grow(): void {
    const [lo, hi, owner] = [this.#lo, this.#hi, this.#owner]
    this.#lo = new Uint32Array(lo.length * 2)
    this.#hi = new Uint32Array(lo.length * 2)
    this.#owner = new Uint32Array(lo.length * 2)
    for (let i = 0; i < lo.length; i++)
      if (owner[i] !== 0) this.#place(lo[i] as number, hi[i] as number, owner[i] as number)
  }
}

/**
 * The ids of the events received last, in two generations: a full one pushes the older out. 64 of the 128 bits of an id
 * and the device are compared, which among two million events of one device mistakes one in 10¹³ for another.
 */
export class RecentIds {
  /** All events received after this instant are here, epoch ms. */
  since: number
  #now = new Generation()
  #before = new Generation()
  readonly #most: number

  /** @param most ids of one generation */
  constructor(since: number, most: number) {
    this.since = since
    this.#most = most
  }

  /** Adds an id; false when it was there. `owner` is a number of the device, ≥ 1. */
  add(lo: number, hi: number, owner: number, receivedAt: number): boolean {
    if (this.#now.has(lo, hi, owner) || this.#before.has(lo, hi, owner)) return false
    if (this.#now.count >= this.#most) {
      this.since = Math.max(this.since, this.#before.newest)
      this.#before = this.#now
      this.#now = new Generation()
    }
    this.#now.add(lo, hi, owner)
    if (receivedAt > this.#now.newest) this.#now.newest = receivedAt
    return true
  }
}
