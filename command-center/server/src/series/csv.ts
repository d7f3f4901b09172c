import { qualityWord, type SeriesDefinition } from '@quartier/contracts'
import type { WindowsView } from '@quartier/contracts/api'
import type { Stretch } from '@quartier/contracts/records'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import type { Grid } from './grid.ts'
import { type HistoryDeps, stretchesFor } from './history.ts'
import { idOf } from './lookup.ts'
import { windowsOf } from './windows.ts'

const EXPORT_PAGE = 20_000

/**
 * CSV text, piece by piece: series after series, readings oldest first, each with the unit and zone that it had then; read
 * only as fast as the client takes it.
 */
export async function* exportCsv(
  deps: HistoryDeps,
  series: readonly SeriesDefinition[],
  from: number,
  to: number,
): AsyncGenerator<string> {
  yield 'series,measuredAt,value,unit,quality,zone\r\n'
  for (const definition of series) {
    const stretches = await stretchesFor(deps, [definition], from, to)
    for (const stretch of stretches(definition)) yield* exportStretch(deps.store, definition, stretch)
  }
}

async function* exportStretch(
  store: TelemetryStore,
  definition: SeriesDefinition,
  stretch: Stretch,
): AsyncGenerator<string> {
  for (let next = stretch.from; next < stretch.to; ) {
    const [found] = await store.range([idOf(definition)], next, stretch.to, EXPORT_PAGE)
    if (!found || found.measuredAt.length === 0) return
    yield csvLines(definition.key, stretch, found)
    if (found.measuredAt.length < EXPORT_PAGE) return
    next = (found.measuredAt.at(-1) as number) + 1
  }
}

function csvLines(
  key: string,
  { unit, zoneId }: Stretch,
  found: { measuredAt: Float64Array; value: Float64Array; quality: Uint8Array },
): string {
  const [head, tail] = [`${csvField(key)},`, `,${csvField(unit)},`]
  const zone = csvField(zoneId ?? '')
  let text = ''
  found.measuredAt.forEach((at, i) => {
    text += `${head}${new Date(at).toISOString()},${found.value[i]}${tail}${qualityWord(found.quality[i] as number)},${zone}\r\n`
  })
  return text
}

/**
 * Windows as CSV, series after series, an empty line of figures where nothing came; then the same so much earlier, when that
 * is asked for. A window in which the unit changed has a line for each unit.
 */
export async function* windowsCsv(
  deps: HistoryDeps,
  series: readonly SeriesDefinition[],
  grid: Grid,
  back: number | undefined,
  now: number,
): AsyncGenerator<string> {
  yield 'series,from,to,unit,zone,mean,min,max,last,count,notGood,coverage\r\n'
  for (const shift of back === undefined ? [0] : [0, back]) {
    const earlier = { ...grid, from: grid.from - shift, to: grid.to - shift }
    for (const definition of series) {
      const view = await windowsOf(deps, [definition], earlier, now)
      yield windowLines(view)
    }
  }
}

function windowLines({ from, stepMs, windows, series }: WindowsView): string {
  let text = ''
  for (const one of series)
    for (let w = 0; w < windows; w++) {
      const begin = from + w * stepMs
      const seams = one.seams.filter(({ window }) => window === w)
      const cell = <T>(column: readonly T[]) => column[w] as T
      text += windowLine(one, {
        ...{ from: begin, to: seams[0]?.from ?? begin + stepMs, mean: cell(one.mean), min: cell(one.min) },
        ...{ max: cell(one.max), last: cell(one.last), count: cell(one.count), notGood: cell(one.notGood) },
        coverage: cell(one.coverage),
      })
      for (const seam of seams) text += windowLine(one, seam)
    }
  return text
}

type OneSeries = WindowsView['series'][number]

function windowLine({ key, stretches }: OneSeries, w: Omit<OneSeries['seams'][number], 'window'>): string {
  const then = stretches.findLast(({ from }) => from <= w.from) ?? stretches[0]
  const figures = [w.mean, w.min, w.max, w.last, w.count, w.notGood, w.coverage].map((x) => x ?? '')
  const instants = [w.from, w.to].map((at) => new Date(at).toISOString())
  const words = [csvField(then?.unit ?? ''), csvField(then?.zoneId ?? '')]
  return `${[csvField(key), ...instants, ...words, ...figures].join(',')}\r\n`
}

/** RFC 4180; a leading =, +, - or @ is defused, or a spreadsheet would run it. */
export function csvField(text: string): string {
  const safe = /^[=+\-@\t]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
