/** Delays of the last minute in a histogram: 5 % wide bins from 1 ms to about 17 min. */
export interface DelayMeter {
  /** @param delayMs from measuring to the screen */
  add(delayMs: number): void
  /** The delay that `share` (0..1) of the last minute's values kept below, ms; `undefined` when there were none. */
  quantile(share: number): number | undefined
}

const SPANS = 6
const SPAN_MS = 10_000
const BINS = 284
const BIN_RATIO = Math.log(1.05)

export function createDelayMeter(elapsed: () => number): DelayMeter {
  const counts = Array.from({ length: SPANS }, () => new Uint32Array(BINS))
  const spanOf = new Float64Array(SPANS).fill(-1)

  /** The bins of the span of time that runs now, emptied if they still hold an older one. */
  function current(): Uint32Array {
    const span = Math.floor(elapsed() / SPAN_MS)
    const slot = span % SPANS
    const bins = counts[slot]!
    if (spanOf[slot] !== span) {
      bins.fill(0)
      spanOf[slot] = span
    }
    return bins
  }

  return {
    add(delayMs) {
      const bin = Math.ceil(Math.log(Math.max(1, delayMs)) / BIN_RATIO)
      const bins = current()
      const at = Math.min(BINS - 1, bin)
      bins[at] = bins[at]! + 1
    },
    quantile(share) {
      const oldest = Math.floor(elapsed() / SPAN_MS) - SPANS
      const fresh = counts.filter((_, slot) => spanOf[slot]! > oldest)
      const total = fresh.reduce((sum, bins) => sum + bins.reduce((a, b) => a + b, 0), 0)
      if (total === 0) return undefined
      let left = Math.ceil(total * share)
      for (let bin = 0; bin < BINS; bin++) {
        for (const bins of fresh) left -= bins[bin]!
        if (left <= 0) return Math.exp(bin * BIN_RATIO)
      }
      return Math.exp(BINS * BIN_RATIO)
    },
  }
}
