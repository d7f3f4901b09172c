import type { Asset, SeriesDefinition } from '@quartier/contracts/schemas'
import { describe, expect, it } from 'vitest'
import { assetDraft, readAsset, readSeries, seriesDraft } from './drafts.ts'

const asset: Asset = {
  ...{
    id: 'a-1',
    kind: 'meter',
    placeId: 'b-1',
    parentId: null,
    name: 'Meter',
    nameAr: '',
    longitude: 51,
    latitude: 25,
  },
  ...{ level: 0, criticality: 2, craft: '', contractor: '', statutoryClass: '' },
}
const series: SeriesDefinition = {
  ...{ key: 'c/m/power', id: '0', property: 'power', unit: 'kW', assetId: 'a-1', intervalMs: 60_000, source: 'c' },
  ...{ validMin: 0, validMax: null, status: 'active', personal: false, historical: false, sentUnit: 'MW' },
}

describe('the draft of an asset', () => {
  it('says only what is changed', () => {
    const draft = assetDraft(asset)
    expect(readAsset(draft, asset)).toEqual({ changes: {} })
    expect(readAsset({ ...draft, name: ' New ', parentId: 'gw-1', criticality: '5' }, asset)).toEqual({
      changes: { name: 'New', parentId: 'gw-1', criticality: 5 },
    })
    expect(readAsset({ ...draft, parentId: '' }, { ...asset, parentId: 'gw-1' })).toEqual({
      changes: { parentId: null },
    })
  })

  it('names every field that is wrong', () => {
    const draft = { ...assetDraft(asset), name: ' ', placeId: '', criticality: '6', level: '1.5' }
    expect(Object.keys(readAsset(draft, asset).faults ?? {})).toEqual(['name', 'placeId', 'criticality', 'level'])
  })
})

describe('the draft of a series', () => {
  it('says only what is changed; an empty limit is none, and the unit is what the device sends', () => {
    const draft = seriesDraft(series)
    expect(draft).toEqual({ assetId: 'a-1', unit: 'MW', validMin: '0', validMax: '', intervalS: '60' })
    expect(readSeries(draft, series)).toEqual({ changes: {} })
    expect(readSeries({ ...draft, validMin: '', validMax: '12.5', intervalS: '0.5' }, series)).toEqual({
      changes: { validMin: null, validMax: 12.5, intervalMs: 500 },
    })
    expect(readSeries({ ...draft, unit: 'kW', validMin: '\u22125' }, series)).toEqual({
      changes: { unit: 'kW', validMin: -5 },
    })
  })

  it('names every field that is wrong', () => {
    const draft = { ...seriesDraft(series), validMin: 'x', validMax: '1,5', intervalS: '-1' }
    expect(Object.keys(readSeries(draft, series).faults ?? {})).toEqual(['validMin', 'validMax', 'intervalS'])
  })
})
