import { SERIES, seriesIdOf } from '@quartier/contracts'
import { silentLogger, wallClock } from '@quartier/contracts/runtime'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SeriesTable } from '../live/series-table.ts'
import { series, startTestServer, type TestServer } from '../testing.ts'
import { LearningRounds } from './learn-intervals.ts'

const REGULAR = 'city/probe-1/temperature'
const RANDOM = 'city/probe-2/temperature'
const DECLARED = 'city/probe-3/temperature'
const HOUR = 3_600_000
const START = Math.floor(Date.now() / HOUR) * HOUR - 6 * HOUR
let server: TestServer
let table: SeriesTable

beforeAll(async () => {
  server = await startTestServer()
  const definitions = [
    series(REGULAR, 'a-1', { intervalMs: 0 }),
    series(RANDOM, 'a-1', { intervalMs: 0 }),
    series(DECLARED, 'a-1', { intervalMs: 5000 }),
  ]
  await server.records.registry.putSeries(definitions)
  await server.store.define(
    definitions.map(({ key }) => ({ ...seriesIdOf(key), key, source: 'city', unit: 'Cel', intervalMs: 0 })),
  )
  table = new SeriesTable()
  for (const definition of definitions) table.define(definition)
}, 60_000)

afterAll(() => server.stop(), 60_000)

let offset = 0

async function readings(key: string, from: number, gaps: readonly number[]): Promise<number> {
  const at = [from]
  for (const gap of gaps) at.push((at.at(-1) as number) + gap)
  const { lo, hi } = seriesIdOf(key)
  const columns = {
    length: at.length,
    seriesLo: new Uint32Array(at.length).fill(lo),
    seriesHi: new Uint32Array(at.length).fill(hi),
    measuredAt: Float64Array.from(at),
    receivedAt: Float64Array.from(at),
    value: Float64Array.from(at, (_, i) => i),
    quality: new Uint8Array(at.length),
  }
  await server.store.write([{ partition: 0, firstOffset: offset, nextOffset: ++offset, columns }])
  const last = at.at(-1) as number
  table.state.offer(table.find(lo, hi), 1, last, last, 0, 1)
  return last
}

const minutes = (n: number, every: number) => Array.from({ length: n }, () => every * 60_000)
const learnt = async (key: string) => (await server.records.registry.seriesByKey(key))?.learntIntervalMs

/** What everybody follows, and what a server that starts anew reads. */
async function announced(key: string) {
  const record = await server.log.latest(SERIES, key)
  return JSON.parse(Buffer.from(record?.value ?? []).toString()) as { learntIntervalMs?: number; intervalMs: number }
}

test('an interval is learnt from readings, kept, announced and then followed', async () => {
  const { log, store, records } = server
  const rounds = new LearningRounds({ log, store, records, clock: wallClock, logger: silentLogger }, { table })
  await readings(DECLARED, START, minutes(20, 5))
  await readings(RANDOM, START, [1, 400, 30, 9000, 77_000, 12, 500_000, 3, 88_000, 1_200_000, 40, 7000])
  expect(await rounds.next()).toBe(0)
  const last = await readings(REGULAR, START, minutes(20, 5))
  for (let round = 0; (await rounds.next()) === 0; round++) expect(round).toBeLessThan(10)
  expect(await learnt(REGULAR)).toBe(300_000)
  expect(await announced(REGULAR)).toMatchObject({ intervalMs: 0, learntIntervalMs: 300_000 })
  expect([await learnt(RANDOM), await learnt(DECLARED)]).toEqual([undefined, undefined])

  const { lo, hi } = seriesIdOf(REGULAR)
  table.define((await server.records.registry.seriesByKey(REGULAR))!)
  expect(table.intervalMs[table.find(lo, hi)]).toBe(300_000)
  expect(table.isDeclared(table.find(lo, hi))).toBe(false)

  // The device is set to another interval: days later it is followed.
  await readings(REGULAR, last + 60_000, minutes(80, 1))
  for (let round = 0; (await rounds.next()) === 0; round++) expect(round).toBeLessThan(100)
  expect(await learnt(REGULAR)).toBe(60_000)
})
