import type { SeriesDefinition } from '@quartier/contracts'
import type { WindowsView } from '@quartier/contracts/api'
import type { Stretch } from '@quartier/contracts/records'
import type { TelemetryStore, Windows } from '@quartier/contracts/telemetry-store'
import type { Grid } from './grid.ts'
import { type HistoryDeps, stretchesFor } from './history.ts'
import { idOf, intervalOf } from './lookup.ts'

type OneSeries = WindowsView['series'][number]
type Seam = OneSeries['seams'][number]
type Figures = Omit<Seam, 'window' | 'from' | 'to'>

/** Windows of several series, JSON-ready: `null` where a window is empty. @param now platform time, epoch ms */
export async function windowsOf(
  deps: HistoryDeps,
  series: readonly SeriesDefinition[],
  { from, to, step }: Grid,
  now: number,
): Promise<WindowsView> {
  const stretches = await stretchesFor(deps, series, from, to)
  const found = await deps.store.windows(series.map(idOf), from, to, step)
  const all: OneSeries[] = []
  for (const [s, definition] of series.entries()) {
    const one = columnsOf(found, s, definition, stretches(definition), now)
    for (const [window, parts] of cutWindows(one.stretches, { from, to, step })) {
      const pieces = await Promise.all(parts.map((part) => pieceOf(deps.store, definition, part, now)))
      const [before, ...after] = pieces as [Figures, ...Figures[]]
      for (const name of FIGURES) one[name][window] = before[name] as never
      after.forEach((figures, i) => {
        const [begin, end] = parts[i + 1] as [number, number]
        one.seams.push({ window, from: begin, to: end, ...figures })
      })
    }
    all.push(one)
  }
  return { at: now, from: found.from, stepMs: found.stepMs, windows: found.windows, series: all }
}

const FIGURES = ['count', 'mean', 'min', 'max', 'last', 'notGood', 'coverage'] as const

function columnsOf(
  found: Windows,
  s: number,
  definition: SeriesDefinition,
  stretches: Stretch[],
  now: number,
): OneSeries {
  const { windows, from, stepMs } = found
  const row = (column: ArrayLike<number>) =>
    Array.from({ length: windows }, (_, w) => column[s * windows + w] as number)
  const cells = (column: Float64Array) => row(column).map((x) => (Number.isNaN(x) ? null : x))
  const count = row(found.count)
  const coverage = count.map((n, w) =>
    coverageOf(n, from + w * stepMs, from + (w + 1) * stepMs, intervalOf(definition), now),
  )
  return {
    ...{ key: definition.key, stretches, seams: [] },
    ...{ count, coverage, mean: cells(found.mean), min: cells(found.min), max: cells(found.max) },
    ...{ last: cells(found.last), notGood: row(found.notGood) },
  }
}

/** What share of the readings that were expected in `[from, to)` came; `null` where less than one was expected. */
function coverageOf(count: number, from: number, to: number, intervalMs: number, now: number): number | null {
  const expected = intervalMs > 0 ? Math.floor((Math.min(to, now) - from) / intervalMs) : 0
  return expected < 1 ? null : Math.round(Math.min(1, count / expected) * 1000) / 1000
}

/** The windows in which the unit changed, each with the parts into which that cuts it. */
function cutWindows(stretches: readonly Stretch[], { from, step }: Grid): Map<number, [number, number][]> {
  const cuts = new Map<number, [number, number][]>()
  for (const [i, { from: at, unit }] of stretches.entries()) {
    if (i === 0 || unit === (stretches[i - 1] as Stretch).unit || (at - from) % step === 0) continue
    const window = Math.floor((at - from) / step)
    const begin = from + window * step
    const parts = cuts.get(window) ?? [[begin, begin + step]]
    const last = parts.at(-1) as [number, number]
    cuts.set(window, [...parts.slice(0, -1), [last[0], at], [at, last[1]]])
  }
  return cuts
}

async function pieceOf(
  store: TelemetryStore,
  definition: SeriesDefinition,
  [from, to]: readonly [number, number],
  now: number,
): Promise<Figures> {
  const found = await store.windows([idOf(definition)], from, to, to - from)
  const one = columnsOf(found, 0, definition, [], now)
  return Object.fromEntries(FIGURES.map((name) => [name, one[name][0]])) as unknown as Figures
}
