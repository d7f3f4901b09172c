import { assetSchema, placeSchema } from '@quartier/contracts'
import { expect, it } from 'vitest'
import { createDistrict } from '../district/district.ts'
import { SeriesTable } from '../live/series-table.ts'
import { series } from '../testing.ts'
import { Silence } from './silence.ts'

const NOW = 1_800_000_000_000
const MINUTE = 60_000
const at = { type: 'Point', coordinates: [51, 25] }
const place = (id: string, kind: string, parentId: string | null) =>
  placeSchema.parse({ id, kind, parentId, name: id, geometry: at })
const asset = (id: string, kind: string, parentId: string | null) =>
  assetSchema.parse({ id, kind, placeId: 'z', parentId, name: id, longitude: 51, latitude: 25 })

function silenceOf(values: Readonly<Record<string, { assetId: string | null; ageMs?: number; intervalMs?: number }>>) {
  const district = createDistrict(
    [place('d', 'district', null), place('z', 'zone', 'd')],
    [
      asset('gw-1', 'gateway', null),
      asset('gw-2', 'gateway', null),
      asset('m-1', 'meter', 'gw-1'),
      asset('m-2', 'meter', 'gw-2'),
    ],
  )
  const table = new SeriesTable()
  for (const [key, { assetId, ageMs, intervalMs = MINUTE }] of Object.entries(values)) {
    table.define(series(key, assetId, { intervalMs }))
    if (ageMs !== undefined) table.state.offer(table.length - 1, 1, NOW - ageMs, NOW - ageMs, 0, 1)
  }
  return new Silence(table, { now: district, revision: 1 }, { now: () => NOW, speed: 1 })
}

it('names gateways with what is silent below them, the blind ones first', async () => {
  const silence = silenceOf({
    'c/a/one': { assetId: 'm-1', ageMs: 1000 },
    'c/a/two': { assetId: 'm-1', ageMs: 10 * MINUTE },
    'c/a/three': { assetId: 'gw-1', ageMs: 20 * MINUTE },
    'c/b/one': { assetId: 'm-2', ageMs: 30 * MINUTE },
    'c/b/any': { assetId: 'm-2', ageMs: 90 * MINUTE, intervalMs: 0 },
    'c/c/never': { assetId: null },
    'c/c/now': { assetId: null, ageMs: 0 },
  })
  const { gateways, ...sums } = await silence.gateways({ show: 'silent', skip: 0, limit: 10 })
  expect(sums).toEqual({ at: NOW, total: 3, expected: 6, silent: 4 })
  expect(
    gateways.map((g) => [g.id, g.series, g.expected, g.silent, g.lastAt === null ? null : NOW - g.lastAt]),
  ).toEqual([
    ['gw-2', 2, 1, 1, 30 * MINUTE],
    ['gw-1', 3, 3, 2, 1000],
    [null, 2, 2, 1, 0],
  ])
  expect((await silence.gateways({ show: 'all', skip: 1, limit: 1 })).gateways.map((g) => g.id)).toEqual(['gw-1'])
})

it('lists the silent series of a gateway, and of none, page by page', async () => {
  const silence = silenceOf({
    'c/a/one': { assetId: 'm-1', ageMs: 10 * MINUTE },
    'c/a/two': { assetId: 'm-1', ageMs: 20 * MINUTE },
    'c/c/never': { assetId: null },
  })
  const page = await silence.series('gw-1', 1, 5)
  expect(page).toMatchObject({ total: 2, series: [{ key: 'c/a/two', assetId: 'm-1', lastAt: NOW - 20 * MINUTE }] })
  expect((await silence.series(null, 0, 5)).series).toEqual([
    { key: 'c/c/never', assetId: null, intervalMs: MINUTE, lastAt: null },
  ])
  expect(await silence.series('gw-9', 0, 5)).toMatchObject({ total: 0, series: [] })
})
