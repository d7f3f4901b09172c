import type { ZoneState } from '@quartier/contracts/api'
import { BAD, NEVER, NORMAL, OUT_OF_RANGE, SILENT, STALE, UNCERTAIN, WAITING } from '@quartier/contracts/live'
import type { Group } from './hierarchy.ts'
import { EXPECTED, REPORTING, type RollupRows } from './rollup-rows.ts'

/** Counts of one zone; see `zoneStateSchema`. */
export type ZoneCounts = Omit<ZoneState, 'zoneId' | 'name' | 'nameAr' | 'worst'>

/** Counts by zone number, summed from the groups; number 0 is what lies in no zone. */
export function countZones(groups: readonly Group[], rows: RollupRows, zones: number): ZoneCounts[] {
  const all = Array.from({ length: zones + 1 }, emptyCounts)
  for (const [row, { zone }] of groups.entries()) {
    const counts = all[zone]
    if (!counts || row >= rows.length) continue
    const count = (state: number) => rows.count(row, state)
    counts.series += rows.series(row)
    counts.expected += count(EXPECTED)
    counts.reporting += count(REPORTING)
    counts.never += count(NEVER)
    counts.waiting += count(WAITING)
    counts.good += count(NORMAL)
    // What lies outside the valid range is uncertain at best.
    counts.uncertain += count(UNCERTAIN) + count(OUT_OF_RANGE)
    counts.bad += count(BAD)
    counts.stale += count(STALE) + count(SILENT)
    counts.outOfRange += count(OUT_OF_RANGE)
  }
  return all
}

export const emptyCounts = (): ZoneCounts => ({
  series: 0,
  expected: 0,
  reporting: 0,
  never: 0,
  waiting: 0,
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
