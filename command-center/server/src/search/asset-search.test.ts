import type { Asset, Place } from '@quartier/contracts'
import { describe, expect, it } from 'vitest'
import { scopeOf, WHOLE_DISTRICT } from '../access/scope.ts'
import { createDistrict } from '../district/district.ts'
import { findAssets } from './asset-search.ts'

const place = (id: string, kind: Place['kind'], parentId: string | null, name = id, nameAr = ''): Place => ({
  ...{ id, kind, parentId, name, nameAr, heightM: 0, widthM: 0 },
  geometry: { type: 'Point', coordinates: [51, 25] },
})
const asset = (id: string, kind: string, placeId: string, name: string, nameAr = ''): Asset => ({
  ...{ id, kind, placeId, name, nameAr, parentId: null, longitude: 51, latitude: 25, level: 0, criticality: 1 },
  ...{ craft: '', contractor: '', statutoryClass: '' },
})
const district = createDistrict(
  [
    place('z-1', 'zone', null, 'North'),
    place('z-2', 'zone', null, 'South'),
    place('b-1', 'building', 'z-1', 'Pearl House', 'بيت اللؤلؤ'),
    place('b-2', 'building', 'z-2', 'Dhow House'),
  ],
  [
    asset('ahu-1', 'air-handler', 'b-1', 'Air handler 1', 'مناولة 1'),
    asset('ahu-2', 'air-handler', 'b-2', 'Air handler 2'),
    asset('gw-7', 'gateway', 'b-1', 'Gateway 7'),
  ],
)

describe('the search for assets', () => {
  it.each([
    [{ text: 'handler' }, ['ahu-1', 'ahu-2']],
    [{ text: 'PEARL' }, ['ahu-1', 'gw-7']],
    [{ text: 'pearl handler' }, ['ahu-1']],
    [{ text: 'اللؤلؤ' }, ['ahu-1', 'gw-7']],
    [{ text: 'w-7' }, ['gw-7']],
    [{ text: '', kind: 'gateway' }, ['gw-7']],
    [{ text: 'dhow', kind: 'gateway' }, []],
    [{ text: '  ' }, []],
  ])('finds for %j', (question, ids) => {
    expect(findAssets(question, 10, WHOLE_DISTRICT, district).map(({ id }) => id)).toEqual(ids)
  })

  it('shows nobody what lies outside their zones, and no more than was asked for', () => {
    expect(findAssets({ text: 'house' }, 10, scopeOf({ zones: ['z-2'] }), district).map(({ id }) => id)).toEqual([
      'ahu-2',
    ])
    expect(findAssets({ text: 'house' }, 2, WHOLE_DISTRICT, district)).toHaveLength(2)
  })
})
