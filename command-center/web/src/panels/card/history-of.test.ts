import type { AssetPage, SeriesVersions } from '@quartier/contracts/api'
import { expect, it } from 'vitest'
import { pastOfAsset, pastOfSeries } from './history-of.ts'

const asset = (placeId: string, parentId: string | null) =>
  ({ name: 'Meter 1', placeId, parentId }) as AssetPage['asset']

it('tells where an asset was and what it hung on, the latest first', () => {
  const versions = [
    { sinceAt: 0, untilAt: 10, asset: asset('b-1', null), zoneId: 'north' },
    { sinceAt: 10, untilAt: 20, asset: asset('b-2', 'sw-1'), zoneId: 'south' },
    { sinceAt: 20, untilAt: null, asset: asset('b-2', 'sw-2'), zoneId: 'south' },
  ]
  expect(pastOfAsset(versions)).toEqual([
    { untilAt: 20, was: [{ what: 'parent', id: 'sw-1' }] },
    {
      untilAt: 10,
      was: [
        { what: 'zone', id: 'north' },
        { what: 'place', id: 'b-1' },
      ],
    },
  ])
})

it('tells in which unit and range a series was, and nothing of what did not change', () => {
  const definition = (unit: string, validMax: number | null) =>
    ({ unit, validMin: 0, validMax }) as SeriesVersions['versions'][number]['definition']
  const version = { assetKind: null, placeId: null, zoneId: null }
  const versions = [
    { ...version, sinceAt: 0, untilAt: 10, definition: definition('kW', 5) },
    { ...version, sinceAt: 10, untilAt: 15, definition: definition('W', 5000) },
    { ...version, sinceAt: 15, untilAt: null, definition: definition('W', 5000) },
  ]
  expect(pastOfSeries(versions)).toEqual([
    {
      untilAt: 10,
      was: [
        { what: 'unit', value: 'kW' },
        { what: 'range', value: '0 – 5' },
      ],
    },
  ])
  expect(pastOfSeries(versions.slice(2))).toEqual([])
})
