import type { WindowsView } from '@quartier/contracts/api'

/** A day in windows, ready to draw: instants in s, values, and the stretches where nothing arrived. */
export interface Trend {
  readonly at: readonly number[]
  readonly mean: readonly (number | null)[]
  readonly min: readonly (number | null)[]
  readonly max: readonly (number | null)[]
  /** Stretches without any reading between two that have some, and from the last one to now, s. */
  readonly gaps: readonly (readonly [from: number, to: number])[]
  readonly lowest: number
  readonly highest: number
}

export const DAY_MS = 86_400_000
export const HOUR_MS = 3_600_000

/** Steps that read well on a clock, ms. */
const STEPS_MS = [60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000]

/** Windows wide enough to hold a reading each, and no more of them than a chart has room for. */
export function trendStep(intervalMs: number, spanMs = DAY_MS): number {
  const least = Math.max(spanMs / 288, 2 * intervalMs, STEPS_MS[0]!)
  return STEPS_MS.find((step) => step >= least) ?? 3_600_000
}

/** Whether all readings are younger than an hour: a day would show them as one stroke at its edge. */
export function isYoung(view: WindowsView, now: number): boolean {
  const first = view.series[0]?.count.findIndex((count) => count > 0) ?? -1
  return first >= 0 && view.from + first * view.stepMs > now - HOUR_MS
}

/** `undefined` when no window holds a reading. @param now platform time, epoch ms */
export function trendOf(view: WindowsView, now: number): Trend | undefined {
  const start = (i: number) => view.from + i * view.stepMs
  const since = sinceSameUnit(view)
  const whole = view.series[0]
  // What was measured in another unit has no place on this axis.
  const cells = (column: readonly (number | null)[]) => column.map((x, i) => (start(i) < since ? null : x))
  const one = whole && {
    ...{ mean: cells(whole.mean), min: cells(whole.min), max: cells(whole.max) },
    count: whole.count.map((n, i) => (start(i) < since ? 0 : n)),
  }
  if (!one?.count.some((count) => count > 0)) return undefined
  const middle = (i: number) => Math.min(start(i) + view.stepMs / 2, now) / 1000
  const gaps: [number, number][] = []
  let heard = -1
  for (const [i, count] of one.count.entries()) {
    if (count === 0) continue
    if (heard >= 0 && i - heard > 1) gaps.push([middle(heard), middle(i)])
    heard = i
  }
  if (now - start(heard + 1) > view.stepMs) gaps.push([middle(heard), now / 1000])
  const values = [...one.min, ...one.max].filter((value) => value !== null)
  return {
    at: one.count.map((_, i) => middle(i)),
    mean: one.mean,
    min: one.min,
    max: one.max,
    gaps,
    lowest: Math.min(...values),
    highest: Math.max(...values),
  }
}

/** Since when the series has the unit that it has at the end, epoch ms. */
export function sinceSameUnit(view: WindowsView): number {
  const stretches = view.series[0]?.stretches ?? []
  const other = stretches.findLastIndex(({ unit }) => unit !== stretches.at(-1)?.unit)
  return other < 0 ? view.from : stretches[other]!.to
}

/** The y range: the values with some air, and a limit when it is near enough to matter. */
export function trendRange(trend: Trend, limits: readonly (number | null)[]): [number, number] {
  const span = trend.highest - trend.lowest || Math.abs(trend.highest) * 0.1 || 1
  let low = trend.lowest - span * 0.12
  let high = trend.highest + span * 0.12
  for (const limit of limits) {
    if (limit === null) continue
    if (limit > high && limit - high < span) high = limit + span * 0.08
    if (limit < low && low - limit < span) low = limit - span * 0.08
  }
  return [low, high]
}
