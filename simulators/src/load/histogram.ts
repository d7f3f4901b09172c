/** Counts durations in ms in buckets 2 % wide, from 10 µs to a day; exact minimum, maximum and count. */
export class Histogram {
  count = 0
  max = 0
  readonly #buckets = new Uint32Array(BUCKETS)

  add(ms: number): void {
    this.#buckets[bucketOf(ms)]!++
    this.count++
    if (ms > this.max) this.max = ms
  }

  /** The value that a share of all does not exceed, to 2 %; NaN when there is none. */
  quantile(share: number): number {
    if (this.count === 0) return Number.NaN
    let left = Math.max(1, Math.ceil(share * this.count))
    for (let b = 0; b < BUCKETS; b++) {
      left -= this.#buckets[b]!
      if (left <= 0) return Math.min(this.max, upperEdge(b))
    }
    return this.max
  }

  merge(other: Histogram): void {
    for (let b = 0; b < BUCKETS; b++) this.#buckets[b]! += other.#buckets[b]!
    this.count += other.count
    this.max = Math.max(this.max, other.max)
  }

  clear(): void {
    this.#buckets.fill(0)
    this.count = 0
    this.max = 0
  }
}

const LEAST_MS = 0.01
const WIDTH = Math.log(1.02)
const BUCKETS = Math.ceil(Math.log(86_400_000 / LEAST_MS) / WIDTH) + 2

const bucketOf = (ms: number): number =>
  ms <= LEAST_MS ? 0 : Math.min(BUCKETS - 1, 1 + Math.floor(Math.log(ms / LEAST_MS) / WIDTH))
const upperEdge = (bucket: number): number => (bucket === 0 ? LEAST_MS : LEAST_MS * Math.exp(bucket * WIDTH))

/** Half, the slowest in twenty, in a hundred and in a thousand, and the slowest of all, ms. */
export interface Latency {
  readonly count: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

export const latencyOf = (h: Histogram): Latency => ({
  count: h.count,
  p50: h.quantile(0.5),
  p95: h.quantile(0.95),
  p99: h.quantile(0.99),
  p999: h.quantile(0.999),
  max: h.count === 0 ? Number.NaN : h.max,
})
