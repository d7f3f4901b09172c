import type { SeriesDefinition } from '@quartier/contracts'
import { qualityWord } from '@quartier/contracts'
import type { WindowsView } from '@quartier/contracts/api'
import { type RegistryStore, type SeriesVersion, type Stretch, stretchesOf } from '@quartier/contracts/records'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import { Problem } from '../http/problem.ts'
import { idOf } from './lookup.ts'

const WINDOWS_MOST = 500_000
const EXPORT_PAGE = 20_000

/** Refuses a range that is empty or that nobody could read. @throws Problem 400 INPUT_INVALID */
export function checkRange(from: number, to: number, stepMs?: number, series = 1): void {
  const refuse = (message: string, where: string) => {
    throw new Problem(400, 'INPUT_INVALID', message, { where })
  }
  if (!(from < to)) refuse('`from` must be before `to`.', 'from')
  if (stepMs && ((to - from) / stepMs) * series > WINDOWS_MOST)
    refuse(`More than ${WINDOWS_MOST} windows: take a wider step, a shorter range or fewer series.`, 'step')
}

/** What history is read from: readings, and what each series was when they were measured. */
export interface HistoryDeps {
  readonly store: TelemetryStore
  readonly registry: Pick<RegistryStore, 'seriesVersions'>
}

/** How `[from, to)` divides for each series where its unit, asset, place or zone changed. */
async function stretchesFor(
  { registry }: HistoryDeps,
  series: readonly SeriesDefinition[],
  from: number,
  to: number,
): Promise<(s: SeriesDefinition) => Stretch[]> {
  const versions = await registry.seriesVersions(series.map(({ key }) => key))
  return ({ key }) => stretchesOf(versions.get(key) ?? ([] as SeriesVersion[]), from, to)
}

/** Windows of several series, JSON-ready: `null` where a window is empty. */
export async function windowsOf(
  deps: HistoryDeps,
  series: readonly SeriesDefinition[],
  range: { from: number; to: number; step: number },
): Promise<WindowsView> {
  const stretches = await stretchesFor(deps, series, range.from, range.to)
  const found = await deps.store.windows(series.map(idOf), range.from, range.to, range.step)
  const row = (column: ArrayLike<number>, s: number) =>
    Array.from({ length: found.windows }, (_, w) => column[s * found.windows + w] as number)
  const cells = (column: Float64Array, s: number) => row(column, s).map((x) => (Number.isNaN(x) ? null : x))
  return {
    from: found.from,
    stepMs: found.stepMs,
    windows: found.windows,
    series: series.map((definition, s) => ({
      key: definition.key,
      stretches: stretches(definition),
      count: row(found.count, s),
      mean: cells(found.mean, s),
      min: cells(found.min, s),
      max: cells(found.max, s),
      last: cells(found.last, s),
      notGood: row(found.notGood, s),
    })),
  }
}

/** Readings of several series, oldest first. */
export async function rangeOf(
  deps: HistoryDeps,
  series: readonly SeriesDefinition[],
  range: { from: number; to: number; limit: number },
) {
  const stretches = await stretchesFor(deps, series, range.from, range.to)
  const found = await deps.store.range(series.map(idOf), range.from, range.to, range.limit + 1)
  return {
    series: series.map((definition, s) => {
      const { measuredAt = new Float64Array(), value = new Float64Array(), quality = new Uint8Array() } = found[s] ?? {}
      return {
        key: definition.key,
        stretches: stretches(definition),
        measuredAt: Array.from(measuredAt.subarray(0, range.limit)),
        value: Array.from(value.subarray(0, range.limit)),
        quality: Array.from(quality.subarray(0, range.limit)),
        more: measuredAt.length > range.limit,
      }
    }),
  }
}

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

/** RFC 4180; a leading =, +, - or @ is defused, or a spreadsheet would run it. */
export function csvField(text: string): string {
  const safe = /^[=+\-@\t]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
