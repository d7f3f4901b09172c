import { QUALITY_BAD, QUALITY_UNCERTAIN, seriesIdOf } from '@quartier/contracts'
import { beforeEach, expect, test } from 'vitest'
import { createDistrict } from '../district/district.ts'
import { district, NORTH, SOUTH, STRAY, series } from '../testing.ts'
import { Hierarchy } from './hierarchy.ts'
import { Judgement } from './judgement.ts'
import { SeriesTable } from './series-table.ts'
import { ZoneIndex } from './zone-index.ts'
import { countZones, worstOf, type ZoneCounts } from './zone-states.ts'

const NOW = 1_000_000_000
let table: SeriesTable
let hierarchy: Hierarchy
let judgement: Judgement
let now: number

beforeEach(() => {
  table = new SeriesTable()
  now = NOW
  for (const definition of district.series) table.define(definition)
  const source = { revision: 1, now: createDistrict(district.places, district.assets) }
  hierarchy = new Hierarchy(table, source, new ZoneIndex(table, source))
  judgement = new Judgement({ table, hierarchy, clock: { now: () => now, speed: 1 } as never })
  count()
})

function count(): ZoneCounts[] {
  if (hierarchy.update()) judgement.regroup(1)
  judgement.settle(1, 1)
  return countZones(hierarchy.groups, judgement.rollup.groups, hierarchy.zoneIds.length)
}

function hear(key: string, value: number, ageMs: number, quality = 0) {
  const { lo, hi } = seriesIdOf(key)
  const place = table.place(lo, hi)
  table.state.offer(place, value, now - ageMs, now, quality, 1)
  judgement.take(Int32Array.of(place), 1, now, 1)
}

/** The platform has listened for long enough to hold silence against somebody. */
function listenLong() {
  judgement.listen()
  now += 200_000
}

test('a series reports while it was heard within three of its intervals', () => {
  listenLong()
  hear(NORTH, 1, 180_000)
  hear(SOUTH, 1, 180_001)
  const [, north, south] = count() as [ZoneCounts, ZoneCounts, ZoneCounts]
  expect(north).toMatchObject({ series: 1, expected: 1, reporting: 1, never: 0, good: 1 })
  expect(south).toMatchObject({ series: 1, expected: 1, reporting: 0, good: 0, stale: 1 })
  expect([worstOf(north), worstOf(south)]).toEqual(['good', 'blind'])
})

test('what was never heard is counted apart, what is quarantined not at all', () => {
  expect(count()[1]).toMatchObject({ series: 1, reporting: 0, never: 0, waiting: 1 })
  listenLong()
  hear(STRAY, 1, 0)
  const [nowhere, north] = count()
  expect(nowhere).toMatchObject({ series: 0 })
  expect(north).toMatchObject({ series: 1, reporting: 0, never: 1, waiting: 0 })
})

test('bad quality and values out of range are the worst that a zone that reports can have', () => {
  hear(NORTH, 1, 0, QUALITY_UNCERTAIN)
  expect(worstOf(count()[1] as ZoneCounts)).toBe('uncertain')
  hear(NORTH, 101, 0)
  expect(count()[1]).toMatchObject({ uncertain: 1, outOfRange: 1 })
  hear(SOUTH, 1, 0, QUALITY_BAD)
  expect(
    count()
      .slice(1)
      .map((c) => worstOf(c)),
  ).toEqual(['bad', 'bad'])
})

test('a definition that is gone takes its series out of the counts, a new one brings it back', () => {
  table.remove(NORTH)
  expect(count()[1]).toMatchObject({ series: 0 })
  table.define(series(NORTH, 'a-2'))
  expect(count().map((c) => c.series)).toEqual([0, 0, 2])
})
