import type { WindowsView } from '@quartier/contracts/api'
import { staleAfterMs } from '@quartier/contracts/live'
import { type Figures, figuresOf, type OneSeries, unitAt } from './figures.ts'

/** How much a piece of a line is worth; the strip under the chart draws it. */
export const UNASKED = 0
export const GOOD = 1
/** Readings of doubtful quality among them, or fewer than were expected. */
export const DOUBTFUL = 2
export const MISSING = 3

/** What the charts must know of a series beside its windows. */
export interface Chosen {
  readonly key: string
  /** `A` to `L`, by which lines are told apart. */
  readonly letter: string
  /** What it is measured in now, and what is valid in that. */
  readonly unit: string
  readonly intervalMs: number
  readonly validMin: number | null
  readonly validMax: number | null
}

/** The line of one series in one unit, aligned with the instants of its lane. `null` breaks it, `undefined` is passed over. */
export interface Trace {
  /** Place among the chosen series. */
  readonly series: number
  readonly unit: string
  readonly mean: readonly (number | null | undefined)[]
  readonly min: readonly (number | null | undefined)[]
  readonly max: readonly (number | null | undefined)[]
  /** The line of the day or week before, moved to here; empty when nothing is compared. */
  readonly earlier: readonly (number | null | undefined)[]
  readonly worth: Uint8Array
  /** Stretches in which readings were expected and none came, s. */
  readonly gaps: readonly (readonly [from: number, to: number])[]
  /** Of all that is drawn; NaN when there is nothing. */
  readonly lowest: number
  readonly highest: number
}

/** One chart: lines over the same instants, with one axis for each unit. */
export interface Lane {
  readonly id: string
  /** One or two; the first stands at the left. */
  readonly units: readonly string[]
  /** Middles of the windows, s. */
  readonly at: readonly number[]
  readonly traces: readonly Trace[]
}

/** A view and the one that it is compared with. */
export interface Pair {
  readonly view: WindowsView
  readonly earlier: WindowsView | undefined
  /** How much earlier that is, ms. */
  readonly backMs: number
}

/** Two units share the first chart, each further one has its own; with `apart`, each series has. */
export function lanesOf(chosen: readonly Chosen[], pair: Pair, apart: boolean): Lane[] {
  const drafts = chosen.flatMap((one, series) => draftsOf(one, series, pair))
  if (apart) return drafts.map((draft) => laneOf(`${draft.series} ${draft.unit}`, [draft.unit], [draft]))
  const units = [...new Set(drafts.map(({ unit }) => unit))]
  const groups = units.length > 1 ? [units.slice(0, 2), ...units.slice(2).map((unit) => [unit])] : [units]
  return groups
    .filter((group) => group.length > 0)
    .map((group) =>
      laneOf(
        group.join(' '),
        group,
        drafts.filter(({ unit }) => group.includes(unit)),
      ),
    )
}

interface Point extends Figures {
  /** The middle, s. */
  readonly at: number
}

interface Draft {
  readonly series: number
  readonly unit: string
  readonly points: readonly Point[]
  readonly gaps: [number, number][]
  readonly earlier: ReadonlyMap<number, number | null>
}

/** A line for each unit that the series had in the time shown. */
function draftsOf(chosen: Chosen, series: number, { view, earlier, backMs }: Pair): Draft[] {
  const one = view.series.find(({ key }) => key === chosen.key)
  if (!one) return []
  const before = earlier?.series.find(({ key }) => key === chosen.key)
  const patienceMs = patienceOf(chosen.intervalMs, view.stepMs)
  const units = new Set([...(before?.stretches ?? []), ...one.stretches].map(({ unit }) => unit))
  return [...(units.size > 0 ? units : [''])]
    .map((unit) => {
      const points = pointsOf(view, one, unit)
      return {
        ...{ series, unit, points, gaps: gapsOf(points, one, unit, view, patienceMs) },
        earlier: earlier && before ? shifted(pointsOf(earlier, before, unit), patienceMs, backMs) : new Map(),
      }
    })
    .filter(({ points, earlier }) => points.length > 0 || earlier.size > 0)
}

/** So long between two readings is no gap yet. Where nothing is known, three empty windows are. */
const patienceOf = (intervalMs: number, stepMs: number): number =>
  intervalMs > 0 ? Math.max(1.5 * stepMs, stepMs + staleAfterMs(intervalMs)) : 3.5 * stepMs

/** Every window, and every part of one, in which the series had this unit. */
function pointsOf(view: WindowsView, one: OneSeries, unit: string): Point[] {
  const points: Point[] = []
  for (let w = 0; w < view.windows; w++)
    for (const figures of figuresOf(view, one, w)) {
      if (unitAt(one, figures.from) !== unit || figures.from >= view.at) continue
      points.push({ ...figures, at: (figures.from + Math.min(figures.to, view.at)) / 2000 })
    }
  return points
}

function gapsOf(
  points: readonly Point[],
  one: OneSeries,
  unit: string,
  view: WindowsView,
  patienceMs: number,
): [number, number][] {
  const gaps: [number, number][] = []
  const end = Math.min(view.at, view.from + view.windows * view.stepMs)
  const mine = one.stretches.filter((stretch) => stretch.unit === unit && stretch.from < end)
  for (const { from, to } of mine.length > 0 ? mine : [{ from: view.from, to: end }]) {
    let heard = from / 1000
    const note = (until: number) => {
      if ((until - heard) * 1000 > patienceMs) gaps.push([heard, until])
    }
    for (const point of points) {
      if (point.count === 0 || point.from < from || point.from >= to) continue
      note(point.at)
      heard = point.at
    }
    note(Math.min(to, end) / 1000)
  }
  return gaps
}

/** Means of an earlier time by the instants at which they are shown, s; `null` breaks the line. */
function shifted(points: readonly Point[], patienceMs: number, backMs: number): Map<number, number | null> {
  const found = new Map<number, number | null>()
  let heard = Number.NaN
  for (const { at, mean } of points) {
    if (mean === null) continue
    if ((at - heard) * 1000 > patienceMs) found.set((heard + at) / 2 + backMs / 1000, null)
    found.set(at + backMs / 1000, mean)
    heard = at
  }
  return found
}

function laneOf(id: string, units: readonly string[], drafts: readonly Draft[]): Lane {
  const instants = new Set<number>()
  for (const { points, earlier } of drafts) {
    for (const { at } of points) instants.add(at)
    for (const at of earlier.keys()) instants.add(at)
  }
  const at = [...instants].sort((a, b) => a - b)
  const place = new Map(at.map((instant, i) => [instant, i]))
  return { id, units, at, traces: drafts.map((draft) => traceOf(draft, at.length, place)) }
}

function traceOf({ series, unit, points, gaps, earlier }: Draft, length: number, place: Map<number, number>): Trace {
  const mean: (number | null | undefined)[] = new Array(length).fill(undefined)
  const [min, max, before] = [mean.slice(), mean.slice(), mean.slice()]
  const worth = new Uint8Array(length)
  let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  const reach = (value: number | null) => {
    if (value === null) return
    lowest = Math.min(lowest, value)
    highest = Math.max(highest, value)
  }
  const isMissing = (at: number) => gaps.some(([from, to]) => at > from && at < to)
  for (const point of points) {
    const i = place.get(point.at)!
    if (point.count === 0) {
      if (isMissing(point.at)) [mean[i], min[i], max[i], worth[i]] = [null, null, null, MISSING]
      continue
    }
    ;[mean[i], min[i], max[i]] = [point.mean, point.min, point.max]
    worth[i] = point.notGood > 0 || (point.coverage ?? 1) < ENOUGH ? DOUBTFUL : GOOD
    reach(point.min)
    reach(point.max)
  }
  for (const [at, value] of earlier) {
    before[place.get(at)!] = value
    reach(value)
  }
  const nothing = lowest > highest
  return {
    ...{ series, unit, mean, min, max, worth, gaps },
    earlier: earlier.size > 0 ? before : [],
    lowest: nothing ? Number.NaN : lowest,
    highest: nothing ? Number.NaN : highest,
  }
}

/** A window with less than this share of its readings is doubtful: one that comes late is not. */
const ENOUGH = 0.8

/** A limit farther away than this share of what the lines span would only press them flat. */
const NEAR = 0.4

/** The y range of lines: with some air, a limit when it is near enough to matter, and never without extent. */
export function rangeOf(
  traces: readonly Pick<Trace, 'lowest' | 'highest'>[],
  limits: readonly (number | null)[] = [],
): [number, number] {
  const lowest = Math.min(...traces.map((t) => t.lowest).filter((x) => !Number.isNaN(x)))
  const highest = Math.max(...traces.map((t) => t.highest).filter((x) => !Number.isNaN(x)))
  if (lowest > highest) return [0, 1]
  const span = highest - lowest || Math.abs(highest) * 0.1 || 1
  let [low, high] = [lowest - span * 0.1, highest + span * 0.1]
  for (const limit of limits) {
    if (limit === null) continue
    if (limit > high && limit - high < span * NEAR) high = limit + span * 0.08
    if (limit < low && low - limit < span * NEAR) low = limit - span * 0.08
  }
  return [low, high]
}

/** Where a series was something else before: another unit, zone or place. */
export interface Change {
  readonly series: number
  /** Epoch ms. */
  readonly at: number
  readonly before: OneSeries['stretches'][number]
  readonly after: OneSeries['stretches'][number]
}

export function changesOf(chosen: readonly Chosen[], view: WindowsView): Change[] {
  return chosen.flatMap(({ key }, series) => {
    const stretches = view.series.find((one) => one.key === key)?.stretches ?? []
    return stretches.slice(1).map((after, i) => ({ series, at: after.from, before: stretches[i]!, after }))
  })
}
