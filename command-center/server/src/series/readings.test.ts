import { QuartierError, seriesIdOf } from '@quartier/contracts'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { NORTH, SOUTH, startTestServer, type TestServer } from '../testing.ts'
import { csvField } from './csv.ts'

type Client = Awaited<ReturnType<TestServer['signIn']>>

const FROM = Date.UTC(2026, 0, 1)
const MINUTE = 60_000
let server: TestServer
let client: Client

beforeAll(async () => {
  server = await startTestServer()
  await server.addUser('pia', 'planner')
  client = await server.signIn('pia')
  const { lo, hi } = seriesIdOf(NORTH)
  await server.store.define([{ lo, hi, key: NORTH, source: 'city', unit: 'kW', intervalMs: 60_000 }])
  const at = [0, 20_000, 40_000, 120_000].map((ms) => FROM + ms)
  const columns = {
    length: 4,
    seriesLo: new Uint32Array(4).fill(lo),
    seriesHi: new Uint32Array(4).fill(hi),
    measuredAt: Float64Array.from(at),
    receivedAt: Float64Array.from(at),
    value: Float64Array.of(1, 2, 6, 10),
    quality: Uint8Array.of(0, 0, 1, 0),
  }
  await server.store.write([{ partition: 0, firstOffset: 0, nextOffset: 1, columns }])
}, 60_000)

afterAll(() => server.stop(), 60_000)

const north = encodeURIComponent(NORTH)
const to = FROM + 3 * MINUTE

test('windows hold mean, least, most, last and count, and null where there is nothing', async () => {
  const answer = await client.fetch(`/api/windows?series=${north}&from=${FROM}&to=${to}&step=${MINUTE}`)
  expect(await answer.json()).toEqual({
    at: expect.any(Number),
    from: FROM,
    stepMs: MINUTE,
    windows: 3,
    series: [
      {
        key: NORTH,
        count: [3, 0, 1],
        mean: [3, null, 10],
        min: [1, null, 10],
        max: [6, null, 10],
        last: [6, null, 10],
        notGood: [1, 0, 0],
        coverage: [1, 0, 1],
        seams: [],
        stretches: [{ from: FROM, to, unit: 'kW', assetId: 'a-1', placeId: 'b-1', zoneId: 'north' }],
      },
    ],
  })
})

test('windows fit the range when nobody says how wide they are', async () => {
  const answer = await client.fetch(`/api/windows?series=${north}&to=${to}&last=${600 * MINUTE}&points=20`)
  const view = (await answer.json()) as { from: number; stepMs: number; windows: number }
  expect(view).toMatchObject({ stepMs: 60 * MINUTE, windows: 11 })
  expect(view.from).toBeLessThanOrEqual(to - 600 * MINUTE)
  const year = await client.fetch(`/api/windows?series=${north}&last=${365 * 86_400_000}`)
  expect(await year.json()).toMatchObject({ stepMs: 6 * 3_600_000, windows: 1461 })
  expect((await client.fetch(`/api/windows?series=${north}`)).status).toBe(400)
})

test('an export of windows is what the chart shows, and what it is compared with', async () => {
  const query = `series=${north}&from=${FROM + MINUTE}&to=${to}&step=${MINUTE}&back=${MINUTE}`
  const answer = await client.fetch(`/api/export?${query}`)
  expect(answer.headers.get('content-disposition')).toContain('windows.csv')
  expect((await answer.text()).split('\r\n')).toEqual([
    'series,from,to,unit,zone,mean,min,max,last,count,notGood,coverage',
    `${NORTH},2026-01-01T00:01:00.000Z,2026-01-01T00:02:00.000Z,kW,north,,,,,0,0,0`,
    `${NORTH},2026-01-01T00:02:00.000Z,2026-01-01T00:03:00.000Z,kW,north,10,10,10,10,1,0,1`,
    `${NORTH},2026-01-01T00:00:00.000Z,2026-01-01T00:01:00.000Z,kW,north,3,1,6,6,3,1,1`,
    `${NORTH},2026-01-01T00:01:00.000Z,2026-01-01T00:02:00.000Z,kW,north,,,,,0,0,0`,
    '',
  ])
})

test('a search names the assets that it finds and where they are', async () => {
  const answer = await client.fetch(`/api/series?text=${encodeURIComponent('meter-1')}`)
  expect(await answer.json()).toMatchObject({
    series: [{ key: NORTH }],
    assets: [{ id: 'a-1', name: 'Asset a-1' }],
    places: [
      { id: 'b-1', kind: 'building', parentId: 'north' },
      { id: 'north', kind: 'zone', parentId: 'd' },
      { id: 'd', kind: 'district', parentId: null },
    ],
  })
})

test('readings come oldest first, and say when the limit cut them off', async () => {
  const iso = (ms: number) => encodeURIComponent(new Date(ms).toISOString())
  const answer = await client.fetch(`/api/range?series=${north}&from=${iso(FROM)}&to=${iso(to)}&limit=2`)
  expect(await answer.json()).toEqual({
    series: [
      {
        key: NORTH,
        stretches: [{ from: FROM, to, unit: 'kW', assetId: 'a-1', placeId: 'b-1', zoneId: 'north' }],
        measuredAt: [FROM, FROM + 20_000],
        value: [1, 2],
        quality: [0, 0],
        more: true,
      },
    ],
  })
})

test('an export is CSV with units and words for quality', async () => {
  const answer = await client.fetch(
    `/api/export?series=${north}&series=${encodeURIComponent(SOUTH)}&from=${FROM}&to=${to}`,
  )
  expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
  expect(answer.headers.get('content-disposition')).toContain('readings.csv')
  expect((await answer.text()).split('\r\n')).toEqual([
    'series,measuredAt,value,unit,quality,zone',
    `${NORTH},2026-01-01T00:00:00.000Z,1,kW,good,north`,
    `${NORTH},2026-01-01T00:00:20.000Z,2,kW,good,north`,
    `${NORTH},2026-01-01T00:00:40.000Z,6,kW,uncertain,north`,
    `${NORTH},2026-01-01T00:02:00.000Z,10,kW,good,north`,
    '',
  ])
  const zone = await client.fetch(`/api/export?zoneId=north&from=${FROM}&to=${to}`)
  expect((await zone.text()).split('\r\n')).toHaveLength(6)
})

test('a range that nobody could read is refused', async () => {
  const tooMany = await client.fetch(`/api/windows?series=${north}&from=0&to=${to}&step=1000`)
  expect([tooMany.status, await tooMany.json()]).toMatchObject([400, { code: 'INPUT_INVALID', where: 'step' }])
})

test('fields of a CSV are quoted where they must be, and cannot be formulas', () => {
  expect(['plain', 'a,b', 'say "x"', '=1+1'].map(csvField)).toEqual(['plain', '"a,b"', '"say ""x"""', "'=1+1"])
})

describe('while the store cannot be reached', () => {
  test('the server starts and says so, history answers 503, and all is well once the store is there', async () => {
    let reachable = false
    const refuse = async () => {
      throw new QuartierError('STORE_UNAVAILABLE', 'nobody answers', { retriable: true })
    }
    const real = server.store
    const store = new Proxy(real, {
      get: (target, name) => {
        const value = target[name as keyof TelemetryStore]
        return typeof value !== 'function' ? value : reachable ? value.bind(target) : refuse
      },
    })
    const other = await startTestServer({ store })
    try {
      await other.addUser('pia', 'planner')
      const pia = await other.signIn('pia')
      const ready = await fetch(`${other.url}/readyz`)
      expect([ready.status, await ready.json()]).toMatchObject([503, { ready: false, parts: { store: 'waiting' } }])
      expect((await fetch(`${other.url}/healthz`)).status).toBe(200)
      const windows = await pia.fetch(`/api/windows?series=${north}&from=${FROM}&to=${to}&step=${MINUTE}`)
      expect([windows.status, await windows.json()]).toMatchObject([503, { code: 'STORE_UNAVAILABLE' }])
      reachable = true
      await vi.waitFor(async () => expect((await fetch(`${other.url}/readyz`)).status).toBe(200), { timeout: 20_000 })
      expect((await pia.fetch(`/api/windows?series=${north}&from=${FROM}&to=${to}&step=${MINUTE}`)).status).toBe(200)
    } finally {
      await other.stop()
    }
  })
})
