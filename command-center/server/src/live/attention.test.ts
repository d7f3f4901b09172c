import { assetSchema, QUALITY_BAD, seriesIdOf } from '@quartier/contracts'
import type { Attention, AttentionRow } from '@quartier/contracts/api'
import { beforeEach, expect, test } from 'vitest'
import { scopeOf, WHOLE_DISTRICT } from '../access/scope.ts'
import { createDistrict } from '../district/district.ts'
import { district, series } from '../testing.ts'
import { AttentionBook, type AttentionQuestion } from './attention.ts'
import { Hierarchy } from './hierarchy.ts'
import { Judgement } from './judgement.ts'
import { SeriesTable } from './series-table.ts'
import { TileBook } from './tile-book.ts'
import { ZoneIndex } from './zone-index.ts'

const START = 1_000_000_000
const NORTH_ONLY = scopeOf({ zones: ['north'] })
const asset = (id: string, kind: string, placeId: string, more: object = {}) =>
  assetSchema.parse({ id, kind, placeId, name: id, longitude: 51, latitude: 25, ...more })
const LAMPS = ['l-1', 'l-2', 'l-3', 'l-4', 'l-5', 'l-6']
const ASSETS = [
  asset('gw', 'gateway', 'b-1', { criticality: 3 }),
  asset('meter', 'energy-meter', 'b-1', { parentId: 'gw', criticality: 4 }),
  asset('far-meter', 'energy-meter', 'b-2', { parentId: 'gw' }),
  asset('lift', 'lift', 'b-2', { criticality: 5 }),
  ...LAMPS.map((id, i) => asset(id, 'luminaire', i < 3 ? 'b-1' : 'b-2', { criticality: i === 4 ? 2 : 1 })),
]

let at: number
let table: SeriesTable
let judgement: Judgement
let book: AttentionBook

beforeEach(() => {
  at = START
  table = new SeriesTable()
  const source = { revision: 1, now: createDistrict(district.places, ASSETS) }
  const hierarchy = new Hierarchy(table, source, new ZoneIndex(table, source))
  judgement = new Judgement({ table, hierarchy, clock: { now: () => at, speed: 1 } as never })
  const tiles = new TileBook(table, hierarchy)
  book = new AttentionBook({ table, hierarchy, judgement, book: tiles })
  for (const [key, id] of [
    ['c/meter/power', 'meter'],
    ['c/meter/energy', 'meter'],
    ['c/far/power', 'far-meter'],
    ['c/lift/vibration', 'lift'],
    ['c/stray/power', null],
    ...LAMPS.map((lamp) => [`c/${lamp}/power`, lamp] as const),
  ] as const)
    table.define(series(key, id))
  hierarchy.update()
  judgement.regroup(1)
  judgement.settle(1, 1)
  judgement.listen()
})

function hear(key: string, value: number, quality = 0) {
  const { lo, hi } = seriesIdOf(key)
  const place = table.place(lo, hi)
  table.state.offer(place, value, at, at, quality, 1)
  judgement.take(Int32Array.of(place), 1, at, 1)
}

function hearAll(value: number): void {
  for (let place = 0; place < table.length; place++) hear(table.key(place), value)
}

function ask(scope = WHOLE_DISTRICT, question: Partial<AttentionQuestion> = {}): Attention {
  judgement.settle(1, 1)
  book.update(at)
  return book.answer(scope, { limit: 100, offset: 0, ...question })
}
const idsOf = ({ rows }: Attention): string[] => rows.map((row) => row.id)

test('what is normal, and what has not been awaited long enough, needs no look', () => {
  expect(ask()).toMatchObject({ total: 0, rows: [], counts: [0, 0, 0, 0, 0, 0, 0, 11] })
  hearAll(50)
  expect(ask()).toMatchObject({ total: 0, rows: [], counts: [11, 0, 0, 0, 0, 0, 0, 0] })
})

test('the most pressing and most critical comes first, one line for an asset and a kind of trouble', () => {
  hearAll(50)
  at += 1000
  hear('c/meter/power', 101)
  at += 1000
  hear('c/meter/energy', 102)
  hear('c/lift/vibration', 101)
  hear('c/far/power', 50, QUALITY_BAD)
  hear('c/stray/power', -1)
  const { rows, total } = ask()
  expect(total).toBe(4)
  expect(rows.map((r) => [r.id, r.series, r.criticality])).toEqual([
    ['asset:lift:out-of-range', 1, 5],
    ['asset:meter:out-of-range', 2, 4],
    ['series:c/stray/power', 1, 1],
    ['asset:far-meter:bad', 1, 1],
  ])
  expect(rows[1]).toMatchObject({
    state: 'out-of-range',
    sinceAt: START + 1000,
    assets: 1,
    asset: { id: 'meter', name: 'meter', placeId: 'b-1' },
    zoneId: 'north',
    system: 'energy',
    reading: { key: 'c/meter/power', value: 101, measuredAt: START + 1000, unit: 'kW', validMax: 100 },
  })
  expect(rows[2]).toMatchObject({ asset: null, zoneId: null, system: 'other', assets: 0 })
})

test('many assets alike are one line, of which each can be asked for', () => {
  hearAll(50)
  at += 500
  for (const lamp of LAMPS) hear(`c/${lamp}/power`, 101)
  const { rows } = ask()
  expect(rows).toMatchObject([
    { series: 6, assets: 6, criticality: 2, asset: { id: 'l-5' }, zoneId: null, sinceAt: START + 500 },
  ])
  const [{ id } = {} as AttentionRow] = rows
  expect(idsOf(ask(WHOLE_DISTRICT, { within: id })).toSorted()).toEqual(LAMPS.map((l) => `asset:${l}:out-of-range`))
  expect(idsOf(ask(NORTH_ONLY)).toSorted()).toEqual(['l-1', 'l-2', 'l-3'].map((l) => `asset:${l}:out-of-range`))
  expect(idsOf(ask(NORTH_ONLY, { within: id }))).toHaveLength(3)
})

test('a silent gateway is one line for all that is behind it, each within the zones of who asks', () => {
  hearAll(50)
  const heardAt = at
  at += 170_000
  for (const key of ['c/lift/vibration', 'c/stray/power', ...LAMPS.map((l) => `c/${l}/power`)]) hear(key, 50)
  at += 20_000
  const { rows, silentGateways, counts } = ask()
  expect([silentGateways, counts]).toEqual([1, [8, 0, 3, 0, 0, 0, 0, 0]])
  expect(rows).toMatchObject([
    { id: 'gateway:gw', state: 'silent', series: 3, assets: 2, sinceAt: heardAt, reading: null, asset: { id: 'gw' } },
  ])
  expect(ask(WHOLE_DISTRICT, { zoneId: 'south' }).rows).toMatchObject([{ id: 'gateway:gw', series: 1, assets: 1 }])
  expect(ask(WHOLE_DISTRICT, { system: 'energy' }).rows).toMatchObject([{ id: 'gateway:gw', series: 3 }])
  expect(ask(WHOLE_DISTRICT, { system: 'lighting' }).rows).toEqual([])
  expect(idsOf(ask(WHOLE_DISTRICT, { within: 'gateway:gw' })).toSorted()).toEqual([
    'asset:far-meter:silent',
    'asset:meter:silent',
  ])
  const north = ask(NORTH_ONLY)
  expect(north.rows).toMatchObject([{ id: 'gateway:gw', series: 2, assets: 1 }])
  expect(idsOf(ask(NORTH_ONLY, { within: 'gateway:gw' }))).toEqual(['asset:meter:silent'])
})

test('somebody who does not see the gateway is told what is silent in their zones, and not of the gateway', () => {
  hearAll(50)
  at += 200_000
  hear('c/lift/vibration', 50)
  const south = scopeOf({ zones: ['south'] })
  const { rows, silentGateways } = ask(south, { state: 'silent' })
  expect(rows).toMatchObject([{ id: 'silence:south', series: 1, assets: 1, asset: null, zoneId: 'south' }])
  expect(silentGateways).toBe(0)
  expect(JSON.stringify(ask(south))).not.toContain('gw')
  expect(idsOf(ask(south, { within: 'gateway:gw' }))).toEqual([])
  expect(idsOf(ask(south, { within: 'silence:south' }))).toEqual(['asset:far-meter:silent'])
})

test('lines are narrowed by zone, state and system, and come page by page', () => {
  hearAll(50)
  hear('c/meter/power', 101)
  hear('c/lift/vibration', 101)
  hear('c/far/power', 50, QUALITY_BAD)
  expect(idsOf(ask(WHOLE_DISTRICT, { zoneId: 'south' }))).toEqual(['asset:lift:out-of-range', 'asset:far-meter:bad'])
  expect(idsOf(ask(WHOLE_DISTRICT, { state: 'bad' }))).toEqual(['asset:far-meter:bad'])
  expect(idsOf(ask(WHOLE_DISTRICT, { system: 'energy' }))).toEqual(['asset:meter:out-of-range', 'asset:far-meter:bad'])
  const page = ask(WHOLE_DISTRICT, { limit: 1, offset: 1 })
  expect([page.total, idsOf(page)]).toEqual([3, ['asset:meter:out-of-range']])
})
