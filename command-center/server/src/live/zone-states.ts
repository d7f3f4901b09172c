import { QUALITY_LEVEL } from '@quartier/contracts'
import type { ZoneState } from '@quartier/contracts/api'
import { staleAfterMs } from '@quartier/contracts/live'
import type { SeriesTable } from './series-table.ts'
import type { ZoneIndex } from './zone-index.ts'

/** Counts of one zone; see `zoneStateSchema`. */
export type ZoneCounts = Omit<ZoneState, 'zoneId' | 'name' | 'nameAr' | 'worst'>

/** Counts by zone number, in one pass over the table; number 0 is what lies in no zone. */
export function countZones(table: SeriesTable, index: ZoneIndex, now: number, speed = 1): ZoneCounts[] {
  index.update()
  const all = Array.from({ length: index.zones.length + 1 }, emptyCounts)
  for (let place = 0; place < table.length; place++) {
    if (!table.shown(place)) continue
    const counts = all[index.zone[table.asset[place] as number] as number] as ZoneCounts
    counts.series++
    const measuredAt = table.state.measuredAt(place)
    const intervalMs = table.intervalMs[place] as number
    const silent = intervalMs > 0 && now - measuredAt > staleAfterMs(intervalMs, speed)
    if (intervalMs > 0) counts.expected++
    if (intervalMs > 0 && !silent) counts.reporting++
    if (measuredAt === 0) counts.never++
    else if (silent) counts.stale++
    else countQuality(counts, table.quality(place) & QUALITY_LEVEL, table.outOfRange(place))
  }
  return all
}

function countQuality(counts: ZoneCounts, level: number, outOfRange: boolean): void {
  if (level === 0) counts.good++
  else if (level === 1) counts.uncertain++
  else if (level === 2) counts.bad++
  else counts.stale++
  if (outOfRange) counts.outOfRange++
}

export const emptyCounts = (): ZoneCounts => ({
  series: 0,
  expected: 0,
  reporting: 0,
  never: 0,
  good: 0,
  uncertain: 0,
  bad: 0,
  stale: 0,
  outOfRange: 0,
})

export function worstOf(counts: ZoneCounts): ZoneState['worst'] {
  if (counts.expected > 0 && counts.reporting === 0) return 'blind'
  if (counts.bad > 0 || counts.outOfRange > 0) return 'bad'
  if (counts.stale > 0) return 'stale'
  return counts.uncertain > 0 ? 'uncertain' : 'good'
}

export function sum(all: readonly ZoneCounts[]): ZoneCounts {
  const total = emptyCounts()
  for (const counts of all) for (const name of Object.keys(total) as (keyof ZoneCounts)[]) total[name] += counts[name]
  return total
}
