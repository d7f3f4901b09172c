/** Gaps that must have been seen before an interval is believed. */
const GAPS_LEAST = 8
/** Share of the gaps that must be close to it; the others are readings that were lost, late or sent on demand. */
const REGULAR_SHARE = 0.6
const CLOSE = 0.25
/** An interval that is this close to a usual one is that one: devices' timers drift. */
const NICE_SHARE = 0.05
const S = 1000
const M = 60 * S
const H = 60 * M
const USUAL_MS = [S, 2 * S, 5 * S, 10 * S, 15 * S, 20 * S, 30 * S, M, 2 * M, 5 * M, 10 * M, 15 * M, 20 * M, 30 * M, H, 2 * H, 3 * H, 6 * H, 12 * H, 24 * H] // biome-ignore format: a list
const LEAST_MS = 100

/**
 * The interval that a series keeps, ms; `undefined` when it has shown too little or keeps none, as what sends only when
 * something changes. The median of the gaps bears readings that are lost, doubled or late.
 * @param measuredAt instants of its newest readings, oldest first, epoch ms
 */
export function intervalOf(measuredAt: ArrayLike<number>): number | undefined {
  const gaps: number[] = []
  for (let i = 1; i < measuredAt.length; i++) {
    const gap = (measuredAt[i] as number) - (measuredAt[i - 1] as number)
    if (gap > 0) gaps.push(gap)
  }
  if (gaps.length < GAPS_LEAST) return undefined
  gaps.sort((a, b) => a - b)
  const median = gaps[gaps.length >> 1] as number
  const close = gaps.filter((gap) => Math.abs(gap - median) <= CLOSE * median)
  if (close.length < REGULAR_SHARE * gaps.length) return undefined
  return Math.max(LEAST_MS, rounded(median))
}

/** Whether an interval that was learnt no longer fits what is seen now. */
export const hasChanged = (learntMs: number, seenMs: number): boolean =>
  Math.abs(learntMs - seenMs) > CLOSE * Math.max(learntMs, seenMs)

function rounded(ms: number): number {
  const usual = USUAL_MS.find((nice) => Math.abs(nice - ms) <= NICE_SHARE * nice)
  return usual ?? Math.round(Number(ms.toPrecision(2)))
}
