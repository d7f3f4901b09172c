const FIRST = 4096

/** Words of a slot: both halves of an id and its owner. They lie side by side, since each look goes to memory. */
const WORDS = 3
const [HI, OWNER] = [1, 2]

/** Ids of one generation: open addressing; a slot with owner 0 is free. */
class Generation {
  count = 0
  /** The newest `receivedAt` among them. */
  newest = Number.NEGATIVE_INFINITY
  #slots = FIRST
  #words = new Uint32Array(FIRST * WORDS)

  has(lo: number, hi: number, owner: number): boolean {
    const words = this.#words
    const mask = this.#slots - 1
    for (let i = lo & mask; ; i = (i + 1) & mask) {
      const at = i * WORDS
      const there = words[at + OWNER]
      if (there === 0) return false
      if (there === owner && words[at] === lo && words[at + HI] === hi) return true
    }
  }

  add(lo: number, hi: number, owner: number): void {
    if (++this.count * 2 > this.#slots) this.#grow()
    this.#place(lo, hi, owner)
  }

  #place(lo: number, hi: number, owner: number): void {
    const words = this.#words
    const mask = this.#slots - 1
    let i = lo & mask
    while (words[i * WORDS + OWNER] !== 0) i = (i + 1) & mask
    words[i * WORDS] = lo
    words[i * WORDS + HI] = hi
    words[i * WORDS + OWNER] = owner
  }

  #grow(): void {
    const old = this.#words
    this.#slots *= 2
    this.#words = new Uint32Array(this.#slots * WORDS)
    for (let at = 0; at < old.length; at += WORDS)
      if (old[at + OWNER] !== 0) this.#place(old[at] as number, old[at + HI] as number, old[at + OWNER] as number)
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
