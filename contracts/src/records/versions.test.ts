import { describe, expect, it } from 'vitest'
import { series } from './contract/fixture.ts'
import { type SeriesVersion, stretchesOf, versionAt } from './versions.ts'

const version = (sinceAt: number, untilAt: number | null, unit: string, zoneId: string): SeriesVersion => ({
  sinceAt,
  untilAt,
  definition: series('demo/a/t', { unit }),
  assetKind: null,
  placeId: null,
  zoneId,
})
const HISTORY = [version(100, 200, 'kW', 'north'), version(200, 300, 'W', 'north'), version(300, null, 'W', 'south')]

describe('versions of a series', () => {
  it.each([
    [0, 'kW', 'north'],
    [199, 'kW', 'north'],
    [200, 'W', 'north'],
    [300, 'W', 'south'],
    [9e9, 'W', 'south'],
  ])('tell what held at %i', (at, unit, zone) => {
    const found = versionAt(HISTORY, at)
    expect([found.definition.unit, found.zoneId]).toEqual([unit, zone])
  })

  it('divide a range where the unit or the zone changed, and nowhere else', () => {
    const told = (from: number, to: number) =>
      stretchesOf(HISTORY, from, to).map((s) => [s.from, s.to, s.unit, s.zoneId])
    expect(told(0, 1000)).toEqual([
      [0, 200, 'kW', 'north'],
      [200, 300, 'W', 'north'],
      [300, 1000, 'W', 'south'],
    ])
    expect(told(210, 290)).toEqual([[210, 290, 'W', 'north']])
    expect(stretchesOf([version(0, 50, 'W', 'a'), version(50, null, 'W', 'a')], 10, 60)).toHaveLength(1)
  })
})
