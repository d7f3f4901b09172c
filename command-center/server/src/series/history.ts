import type { SeriesDefinition } from '@quartier/contracts'
import { qualityWord } from '@quartier/contracts'
import type { WindowsView } from '@quartier/contracts/api'
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

/** Windows of several series, JSON-ready: `null` where a window is empty. */
export async function windowsOf(
  store: TelemetryStore,
  series: readonly SeriesDefinition[],
  range: { from: number; to: number; step: number },
): Promise<WindowsView> {
  const found = await store.windows(series.map(idOf), range.from, range.to, range.step)
  const row = (column: ArrayLike<number>, s: number) =>
    Array.from({ length: found.windows }, (_, w) => column[s * found.windows + w] as number)
  const cells = (column: Float64Array, s: number) => row(column, s).map((x) => (Number.isNaN(x) ? null : x))
  return {
    from: found.from,
    stepMs: found.stepMs,
    windows: found.windows,
    series: series.map(({ key }, s) => ({
      key,
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
  store: TelemetryStore,
  series: readonly SeriesDefinition[],
  range: { from: number; to: number; limit: number },
) {
  const found = await store.range(series.map(idOf), range.from, range.to, range.limit + 1)
  return {
    series: series.map(({ key }, s) => {
      const { measuredAt = new Float64Array(), value = new Float64Array(), quality = new Uint8Array() } = found[s] ?? {}
      return {
        key,
        measuredAt: Array.from(measuredAt.subarray(0, range.limit)),
        value: Array.from(value.subarray(0, range.limit)),
        quality: Array.from(quality.subarray(0, range.limit)),
        more: measuredAt.length > range.limit,
      }
    }),
  }
}

/** CSV text, piece by piece: series after series, readings oldest first, read only as fast as the client takes it. */
export async function* exportCsv(
  store: TelemetryStore,
  series: readonly SeriesDefinition[],
  from: number,
  to: number,
): AsyncGenerator<string> {
  yield 'series,measuredAt,value,unit,quality\r\n'
  for (const definition of series) {
    let next = from
    while (next < to) {
      const [found] = await store.range([idOf(definition)], next, to, EXPORT_PAGE)
      if (!found || found.measuredAt.length === 0) break
      yield csvLines(definition, found)
      if (found.measuredAt.length < EXPORT_PAGE) break
      next = (found.measuredAt.at(-1) as number) + 1
    }
  }
}

function csvLines(
  { key, unit }: SeriesDefinition,
  found: { measuredAt: Float64Array; value: Float64Array; quality: Uint8Array },
): string {
  const [head, tail] = [`${csvField(key)},`, `,${csvField(unit)},`]
  let text = ''
  found.measuredAt.forEach((at, i) => {
    text += `${head}${new Date(at).toISOString()},${found.value[i]}${tail}${qualityWord(found.quality[i] as number)}\r\n`
  })
  return text
}

/** RFC 4180; a leading =, +, - or @ is defused, or a spreadsheet would run it. */
export function csvField(text: string): string {
  const safe = /^[=+\-@\t]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
