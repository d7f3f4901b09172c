/**
 * How long readings take, in buckets whose width is an eighth of a power of two: at most 12 % off, one addition a
 * reading. Sums over the process's life for Prometheus, and the last minute for the health strip.
 */
export class LatencyHistogram {
  readonly counts = new Float64Array(BUCKETS)
  sumMs = 0
  total = 0
  readonly #slices = Array.from({ length: SLICES }, () => new Uint32Array(BUCKETS))
  #current = 0

  /** Takes a latency in ms; a negative one (the device's clock is ahead) counts as 0. */
  add(ms: number): void {
    const whole = ms > 0 ? (ms < MAX_MS ? ms | 0 : MAX_MS) : 0
    const bucket = bucketOf(whole)
    this.counts[bucket] = (this.counts[bucket] as number) + 1
    const slice = this.#slices[this.#current] as Uint32Array
    slice[bucket] = (slice[bucket] as number) + 1
    this.sumMs += whole
    this.total++
  }

  /** Call every {@link SLICE_MS} of real time: forgets the oldest slice of the window. */
  turn(): void {
    this.#current = (this.#current + 1) % SLICES
    this.#slices[this.#current]?.fill(0)
  }

  /** Quantiles of the window in ms, null when it is empty. */
  quantiles(...shares: number[]): (number | null)[] {
    const { sums, total } = this.#window()
    return shares.map((share) => quantile(sums, total, share))
  }

  /** How many of the window took at most each of these ms and more than the one before; what took longer comes last. */
  bars(bounds: readonly number[]): number[] {
    const { sums } = this.#window()
    const bars = new Array<number>(bounds.length + 1).fill(0)
    for (let b = 0, bar = 0; b < BUCKETS; b++) {
      while (bar < bounds.length && upperOf(b) > (bounds[bar] as number)) bar++
      bars[bar] = (bars[bar] as number) + (sums[b] as number)
    }
    return bars
  }

  #window(): { sums: Float64Array; total: number } {
    const sums = new Float64Array(BUCKETS)
    let total = 0
    for (const slice of this.#slices)
      for (let b = 0; b < BUCKETS; b++) {
        sums[b] = (sums[b] as number) + (slice[b] as number)
        total += slice[b] as number
      }
    return { sums, total }
  }

  /** How many of all were at most `ms`, as exactly as the buckets allow. */
  atMost(ms: number): number {
    const last = bucketOf(ms)
    let sum = 0
    for (let b = 0; b <= last; b++) sum += this.counts[b] as number
    return sum
  }
}

export const SLICE_MS = 5000
const SLICES = 12
const MAX_MS = 0x3fffffff
const BUCKETS = 8 + 28 * 8

function bucketOf(ms: number): number {
  if (ms < 8) return ms
  const power = 31 - Math.clz32(ms)
  return (power - 2) * 8 + ((ms >> (power - 3)) & 7)
}

/** The largest ms that falls into the bucket. */
function upperOf(bucket: number): number {
  if (bucket < 8) return bucket
  const power = (bucket >> 3) + 2
  return (8 + (bucket & 7) + 1) * 2 ** (power - 3) - 1
}

function quantile(sums: Float64Array, total: number, share: number): number | null {
  if (total === 0) return null
  let left = Math.ceil(total * share)
  for (let b = 0; b < sums.length; b++) {
    left -= sums[b] as number
    if (left <= 0) return upperOf(b)
  }
  return upperOf(sums.length - 1)
}
