import { NORMAL, OUT_OF_RANGE, type SeriesState, SILENT } from '@quartier/contracts/live'
import { expect, it } from 'vitest'
import { type AssetRow, inOrder, isMeasured, type PlaceRow } from './rows.ts'

const figures = { series: 1, reporting: 1, oldestAt: 0 }
const asset = (id: string, state: SeriesState, criticality = 1) =>
  ({ type: 'asset', id, state, ...figures, asset: { id, criticality } }) as AssetRow
const place = (id: string, state: SeriesState, more: Partial<PlaceRow> = {}) =>
  ({ type: 'place', id, state, ...figures, place: { id }, service: 0, freeShare: Number.NaN, ...more }) as PlaceRow

it('the table has the order of the list: what presses, then what matters, places before what is in them', () => {
  const rows = [
    asset('b', NORMAL, 5),
    asset('c', SILENT),
    place('street', NORMAL),
    asset('a', NORMAL),
    asset('d', OUT_OF_RANGE, 1),
    asset('e', OUT_OF_RANGE, 4),
  ]
  expect(inOrder(rows).map(({ id }) => id)).toEqual(['e', 'd', 'c', 'street', 'a', 'b'])
})

it('a place is told of from near too where the map writes something on it', () => {
  expect([{}, { service: 4 }, { freeShare: 0 }].map((more) => isMeasured(place('p', NORMAL, more as object)))).toEqual([
    false,
    true,
    true,
  ])
})
