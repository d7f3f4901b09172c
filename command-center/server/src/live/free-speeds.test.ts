import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assetSchema, createColumns, placeSchema, seriesIdOf } from '@quartier/contracts'
import { openEmbeddedStore } from '@quartier/contracts/telemetry-store/embedded'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDistrict } from '../district/district.ts'
import { series } from '../testing.ts'
import { learnOnce } from './free-speeds.ts'
import { Hierarchy } from './hierarchy.ts'
import { Judgement } from './judgement.ts'
import { SeriesTable } from './series-table.ts'
import { ZoneIndex } from './zone-index.ts'

const HOUR = 3_600_000
const NOW = Math.floor(Date.now() / HOUR) * HOUR + 1000
const clock = { now: () => NOW, speed: 1 } as never
const OLD = 'city/old/speed'
const NEW = 'city/new/speed'
const point = { type: 'Point', coordinates: [51, 25] } as const

let folder: string
let store: Awaited<ReturnType<typeof openEmbeddedStore>>
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quartier-free-speeds-'))
  store = await openEmbeddedStore({ folder, clock })
}, 60_000)
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

/** One reading in each of the last hours. */
async function write(key: string, hours: number, speedOf: (hour: number) => number): Promise<void> {
  const id = seriesIdOf(key)
  const columns = createColumns(hours)
  columns.length = hours
  for (let h = 0; h < hours; h++) {
    columns.seriesLo[h] = id.lo
    columns.seriesHi[h] = id.hi
    columns.measuredAt[h] = columns.receivedAt[h] = NOW - (h + 1) * HOUR
    columns.value[h] = speedOf(h)
  }
  const next = (await store.position())[0] ?? 0
  await store.write([{ partition: 0, firstOffset: next, nextOffset: next + 1, columns }])
}

test('a street is held against the speed of its emptiest hours, or the usual one until there are enough', async () => {
  const places = [
    placeSchema.parse({ id: 's', kind: 'street', parentId: null, name: 's', geometry: point, widthM: 12 }),
    placeSchema.parse({ id: 'lane', kind: 'street', parentId: null, name: 'lane', geometry: point, widthM: 7 }),
  ]
  const detector = (id: string, placeId: string) =>
    assetSchema.parse({ id, kind: 'traffic-detector', placeId, name: id, longitude: 51, latitude: 25 })
  const table = new SeriesTable()
  for (const [key, asset] of [
    [OLD, 'td-1'],
    [NEW, 'td-2'],
  ] as const)
    table.define(series(key, asset, { unit: 'km/h' }))
  const source = { revision: 1, now: createDistrict(places, [detector('td-1', 's'), detector('td-2', 'lane')]) }
  const hierarchy = new Hierarchy(table, source, new ZoneIndex(table, source))
  const judgement = new Judgement({ table, hierarchy, clock })
  hierarchy.update()
  judgement.regroup(1)
  judgement.settle(1, 1)

  await store.define(
    [OLD, NEW].map((key) => ({ ...seriesIdOf(key), key, source: 'city', unit: 'km/h', intervalMs: 0 })),
  )
  await write(OLD, 100, (hour) => (hour % 10 === 0 ? 40 : 18))
  await write(NEW, 5, () => 60)
  await store.flush()
  expect(await learnOnce({ store, clock }, { table }, judgement)).toBe(1)

  for (const key of [OLD, NEW]) {
    const { lo, hi } = seriesIdOf(key)
    const place = table.place(lo, hi)
    table.state.offer(place, 20, NOW, NOW, 0, 1)
    judgement.take(Int32Array.of(place), 1, NOW, 1)
  }
  judgement.settle(1, 1)
  const shareOf = (placeId: string) =>
    judgement.rollup.groups.measure[hierarchy.groups.findIndex((group) => group.placeId === placeId)]
  expect(shareOf('s')).toBeCloseTo(20 / 40, 6)
  expect(shareOf('lane')).toBeCloseTo(20 / 30, 6)
})
