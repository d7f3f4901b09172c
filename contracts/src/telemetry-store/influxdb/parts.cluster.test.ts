import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Clock } from '../../runtime/clock.ts'
import { seriesIdOf } from '../../series/id.ts'
import { parseSeriesKey, partitionOfSlot, slotOf } from '../../series/key.ts'
import { batch, definition } from '../fixtures.ts'
import { extendInfluxStore, type InfluxStore, openInfluxReader, openInfluxStore } from '../influxdb.ts'
import { newBucket, testServers } from './testing/servers.ts'

const HOUR = 3_600_000
const clock: Clock = { now: () => 10 * HOUR, speed: 1 }
const servers = testServers()
const KEYS = Array.from({ length: 700 }, (_, i) => `plant/meter-${i}/power`)
const PARTS = 2

const partOf = (key: string): number => {
  const { source = '', device = '' } = parseSeriesKey(key) ?? {}
  return partitionOfSlot(slotOf(source, device), PARTS)
}
const keysOf = (index: number) => KEYS.filter((key) => partOf(key) === index)

describe.skipIf(servers.length === 0)('the parts of an InfluxDB store (set QUARTIER_TEST_INFLUX)', () => {
  let bucket: string
  const opened: InfluxStore[] = []
  beforeEach(() => {
    bucket = newBucket()
  })
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close()
  })

  const open = async (index: number, some = servers) => {
    const part = { index, of: PARTS }
    const store = await openInfluxStore({ servers: some, bucket, clock, part, lingerMs: 2, flushEveryMs: 0 })
    opened.push(store)
    return store
  }
  /** One reading of each series of a part; its value says which series it is. */
  const round = (index: number, n: number) =>
    batch(
      n,
      keysOf(index).map((key) => ({ key, at: 60_000 * (n + 1), value: KEYS.indexOf(key) + n / 4 })),
      index,
    )
  const define = (store: InfluxStore, index: number) => store.define(keysOf(index).map((key) => definition(key)))
  const valuesOf = async (some = servers) => {
    const reader = await openInfluxReader({ servers: some, bucket, parts: PARTS, clock })
    try {
      const ranges = await reader.range(KEYS.map(seriesIdOf), 0, HOUR)
      const last = await reader.last()
      const lastOf = new Map(Array.from(last.value, (value, i) => [`${last.seriesLo[i]} ${last.seriesHi[i]}`, value]))
      return {
        values: ranges.map((r) => [...r.value]),
        last: KEYS.map(seriesIdOf).map(({ lo, hi }) => lastOf.get(`${lo} ${hi}`)),
        position: await reader.position(),
        usage: await reader.usage(),
      }
    } finally {
      await reader.close()
    }
  }

  it('are written by two processes at once, and read as one store', async () => {
    const stores = [await open(0), await open(1)] as const
    await Promise.all(stores.map(define))
    for (let n = 0; n < 3; n++) await Promise.all(stores.map((store, index) => store.write([round(index, n)])))
    await Promise.all(stores.map((store) => store.flush()))
    const found = await valuesOf()
    expect(found.position).toEqual({ 0: 3, 1: 3 })
    expect(found.usage).toMatchObject({ series: KEYS.length, readings: 3 * KEYS.length })
    expect(found.values).toEqual(KEYS.map((_, i) => [i, i + 0.25, i + 0.5]))
    expect(found.last).toEqual(KEYS.map((_, i) => i + 0.5))
  })

  it('change hands one by one: who had a part cannot commit to it any more, the other part does not notice', async () => {
    const [first, other] = [await open(0), await open(1)]
    await define(first, 0)
    await define(other, 1)
    await first.write([round(0, 0)])
    await first.flush()
    await first.write([round(0, 1)])
    const second = await open(0)
    expect(await second.position()).toEqual({ 0: 1 })
    await expect(first.flush()).rejects.toMatchObject({ code: 'STORE_LOCKED' })
    await first.abandon()
    await second.write([round(0, 1), round(0, 2)])
    await other.write([round(1, 0), round(1, 1), round(1, 2)])
    await Promise.all([second.flush(), other.flush()])
    expect((await valuesOf()).values).toEqual(KEYS.map((_, i) => [i, i + 0.25, i + 0.5]))
  })

  it('stay as many as there were when the store was begun', async () => {
    await open(0)
    const otherwise = { servers, bucket, clock }
    const refused = { code: 'STORE_PLACEMENT' }
    await expect(openInfluxStore(otherwise)).rejects.toMatchObject(refused)
    await expect(openInfluxStore({ ...otherwise, part: { index: 0, of: 4 } })).rejects.toMatchObject(refused)
    bucket = newBucket()
    opened.push(await openInfluxStore({ ...otherwise, bucket }))
    await expect(open(0)).rejects.toMatchObject(refused)
  })

  it.runIf(servers.length > 1)('are extended together', async () => {
    const one = servers.slice(0, 1)
    for (const index of [0, 1]) {
      const store = await open(index, one)
      await define(store, index)
      await store.write([round(index, 0)])
      await store.close()
    }
    await extendInfluxStore({ servers, bucket, parts: PARTS })
    await expect(open(1, one)).rejects.toMatchObject({ code: 'STORE_PLACEMENT' })
    for (const index of [0, 1]) {
      const store = await open(index)
      await store.write([round(index, 0), round(index, 1)])
      await store.flush()
    }
    expect((await valuesOf()).values).toEqual(KEYS.map((_, i) => [i, i + 0.25]))
  })
})
