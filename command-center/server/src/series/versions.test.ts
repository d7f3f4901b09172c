import { type SeriesDefinition, seriesIdOf } from '@quartier/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { district, NORTH, SOUTH, series, startTestServer, type TestServer } from '../testing.ts'

type Client = Awaited<ReturnType<TestServer['signIn']>>

const CHANGE = Date.UTC(2030, 2, 1)
const HOUR = 3_600_000
const BEFORE = CHANGE - HOUR
const AFTER = CHANGE + HOUR
const north = encodeURIComponent(NORTH)
let server: TestServer
let planner: Client
let administrator: Client

beforeAll(async () => {
  server = await startTestServer()
  await server.addUser('pia', 'planner')
  await server.addUser('ada', 'administrator')
  planner = await server.signIn('pia')
  administrator = await server.signIn('ada')
  const { lo, hi } = seriesIdOf(NORTH)
  await server.store.define([{ lo, hi, key: NORTH, source: 'city', unit: 'kW', intervalMs: 60_000 }])
  const columns = {
    length: 2,
    seriesLo: new Uint32Array(2).fill(lo),
    seriesHi: new Uint32Array(2).fill(hi),
    measuredAt: Float64Array.of(BEFORE, AFTER),
    receivedAt: Float64Array.of(BEFORE, AFTER),
    value: Float64Array.of(2, 2000),
    quality: new Uint8Array(2),
  }
  await server.store.write([{ partition: 0, firstOffset: 0, nextOffset: 1, columns }])
  // The meter now sends watts, and is moved to the south.
  const meter = district.assets[0]!
  const csv = `key,unit,asset,interval_ms,valid_min,valid_max\n${NORTH},W,a-1,60000,0,100`
  await imported(csv, 'text/csv')
  const { longitude, latitude, ...properties } = { ...meter, placeId: 'b-2', type: 'asset' }
  const feature = { type: 'Feature', id: 'asset:a-1', geometry: { type: 'Point', coordinates: [longitude, latitude] } }
  await imported(JSON.stringify({ ...feature, properties }), 'application/geo+json')
}, 60_000)

afterAll(() => server.stop(), 60_000)

async function imported(body: string, type: string): Promise<void> {
  const answer = await administrator.fetch(`/api/registry/import?since=${CHANGE}`, {
    method: 'POST',
    body,
    headers: { 'content-type': type },
  })
  expect([answer.status, await answer.json()]).toEqual([200, { accepted: 1, refused: [], refusedMore: 0 }])
}

test('a reading from before a change is shown with the unit and zone it had then', async () => {
  const answer = await planner.fetch(`/api/range?series=${north}&from=${BEFORE}&to=${AFTER + 1}`)
  const { series: found } = (await answer.json()) as { series: { stretches: object[]; value: number[] }[] }
  expect(found[0]?.value).toEqual([2, 2000])
  expect(found[0]?.stretches).toEqual([
    { from: BEFORE, to: CHANGE, unit: 'kW', assetId: 'a-1', placeId: 'b-1', zoneId: 'north' },
    { from: CHANGE, to: AFTER + 1, unit: 'W', assetId: 'a-1', placeId: 'b-2', zoneId: 'south' },
  ])
  const windows = await planner.fetch(`/api/windows?series=${north}&from=${BEFORE}&to=${CHANGE}&step=${HOUR}`)
  expect(await windows.json()).toMatchObject({ series: [{ stretches: [{ unit: 'kW', zoneId: 'north' }] }] })
})

test('a window in which the unit changed is told in both', async () => {
  const answer = await planner.fetch(
    `/api/windows?series=${north}&from=${BEFORE - HOUR / 2}&to=${AFTER + HOUR / 2}&step=${3 * HOUR}`,
  )
  expect(await answer.json()).toMatchObject({
    windows: 1,
    series: [
      {
        ...{ count: [1], mean: [2], max: [2] },
        seams: [{ window: 0, from: CHANGE, to: BEFORE + 2.5 * HOUR, count: 1, mean: 2000, last: 2000, notGood: 0 }],
      },
    ],
  })
  const csv = await planner.fetch(
    `/api/export?series=${north}&from=${BEFORE - HOUR / 2}&to=${AFTER + HOUR / 2}&step=${3 * HOUR}`,
  )
  expect((await csv.text()).split('\r\n').map((line) => line.split(',').slice(1, 6))).toEqual([
    ['from', 'to', 'unit', 'zone', 'mean'],
    [new Date(BEFORE - HOUR / 2).toISOString(), new Date(CHANGE).toISOString(), 'kW', 'north', '2'],
    [new Date(CHANGE).toISOString(), new Date(BEFORE + 2.5 * HOUR).toISOString(), 'W', 'south', '2000'],
    [],
  ])
})

test('an export names both sides', async () => {
  const answer = await planner.fetch(`/api/export?series=${north}&from=${BEFORE}&to=${AFTER + 1}`)
  expect((await answer.text()).split('\r\n').slice(1, 3)).toEqual([
    `${NORTH},${new Date(BEFORE).toISOString()},2,kW,good,north`,
    `${NORTH},${new Date(AFTER).toISOString()},2000,W,good,south`,
  ])
})

test('a series tells what it was', async () => {
  const answer = await planner.fetch(`/api/series/${north}/versions`)
  const { versions } = (await answer.json()) as {
    versions: { definition: SeriesDefinition; zoneId: string; sinceAt: number; untilAt: number | null }[]
  }
  expect(versions.map((v) => [v.definition.unit, v.zoneId, v.untilAt])).toEqual([
    ['kW', 'north', CHANGE],
    ['W', 'south', null],
  ])
  expect((await planner.fetch('/api/series/a%2Fb%2Fc/versions')).status).toBe(404)
})

test('an asset tells what it was, what it hangs on and what hangs on it', async () => {
  const page = (await (await planner.fetch('/api/assets/a-1')).json()) as {
    zone: { id: string }
    topology: { parents: object[]; below: { asset: { id: string }; depth: number }[]; assets: number }
    versions: { zoneId: string }[]
  }
  expect(page.zone.id).toBe('south')
  expect(page.topology.below.map((b) => [b.asset.id, b.depth])).toEqual([['a-2', 1]])
  expect(page.topology.assets).toBe(1)
  expect(page.versions.map((v) => v.zoneId)).toEqual(['north', 'south'])
  const child = await (await planner.fetch('/api/assets/a-2')).json()
  expect(child).toMatchObject({ topology: { parents: [{ id: 'a-1' }], below: [], assets: 0 } })
  expect((await planner.fetch('/api/assets/nothing')).status).toBe(404)
})

test('what hangs on an asset is found, and only within the zones of the person', async () => {
  const keys = async (client: Client, id: string) => {
    const answer = await client.fetch(`/api/series?under=${id}`)
    return ((await answer.json()) as { series?: SeriesDefinition[] }).series?.map((s) => s.key)
  }
  expect(await keys(planner, 'a-1')).toEqual([NORTH, SOUTH])
  expect(await keys(planner, 'a-2')).toEqual([SOUTH])
  await server.addUser('noor', 'viewer', ['north'])
  await server.addUser('sami', 'viewer', ['south'])
  expect(await keys(await server.signIn('noor'), 'a-1')).toBeUndefined()
  expect(await keys(await server.signIn('sami'), 'a-1')).toEqual([NORTH, SOUTH])
  await server.records.registry.putSeries([series(NORTH, 'a-1', { unit: 'W' })])
})

test('a file of another kind is refused', async () => {
  const answer = await administrator.fetch('/api/registry/import', { method: 'POST', body: '{}' })
  expect(answer.status).toBe(415)
})
