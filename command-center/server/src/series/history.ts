import type { SeriesDefinition } from '@quartier/contracts'
import { type RegistryStore, type SeriesVersion, type Stretch, stretchesOf } from '@quartier/contracts/records'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import { Problem } from '../http/problem.ts'
import { idOf } from './lookup.ts'

const WINDOWS_MOST = 500_000

/** Refuses a range that is empty or that nobody could read. @throws Problem 400 INPUT_INVALID */
export function checkRange(from: number, to: number, stepMs?: number, series = 1): void {
  const refuse = (message: string, where: string) => {
    throw new Problem(400, 'INPUT_INVALID', message, { where })
  }
  if (!(from < to)) refuse('Say `from`, before `to`.', 'from')
  if (stepMs && ((to - from) / stepMs) * series > WINDOWS_MOST)
    refuse(`More than ${WINDOWS_MOST} windows: take a wider step, a shorter range or fewer series.`, 'step')
}

/** What history is read from: readings, and what each series was when they were measured. */
export interface HistoryDeps {
  readonly store: TelemetryStore
  readonly registry: Pick<RegistryStore, 'seriesVersions'>
}

/** How `[from, to)` divides for each series where its unit, asset, place or zone changed. */
export async function stretchesFor(
  { registry }: HistoryDeps,
  series: readonly SeriesDefinition[],
  from: number,
  to: number,
): Promise<(s: SeriesDefinition) => Stretch[]> {
  const versions = await registry.seriesVersions(series.map(({ key }) => key))
  return ({ key }) => stretchesOf(versions.get(key) ?? ([] as SeriesVersion[]), from, to)
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
