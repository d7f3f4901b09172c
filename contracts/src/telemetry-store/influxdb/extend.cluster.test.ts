import { afterEach, describe, expect, it } from 'vitest'
import type { Clock } from '../../runtime/clock.ts'
import { seriesIdOf } from '../../series/id.ts'
import { batch, definition } from '../fixtures.ts'
import { extendInfluxStore, type InfluxStore, type InfluxStoreOptions, openInfluxStore } from '../influxdb.ts'
import { findBucket } from './migrate.ts'
import { call, query } from './server.ts'
import { newBucket, testServers } from './testing/servers.ts'

const servers = testServers()
const clock: Clock = { now: () => Date.now(), speed: 1 }
const HOUR = 3_600_000
const KEYS = Array.from({ length: 60 }, (_, i) => `plant/meter-${i}/power`)
const IDS = KEYS.map(seriesIdOf)
const round = (n: number, at: number, value: number) =>
  batch(
    n,
    KEYS.map((key, i) => ({ key, at, value: value + i })),
  )

describe.skipIf(servers.length === 0)('the servers of an InfluxDB store', () => {
  let store: InfluxStore | undefined
  afterEach(() => store?.close())
  const [first] = servers as [(typeof servers)[0]]
  const timeoutMs = 10_000

  const open = async (options: Partial<InfluxStoreOptions> & { bucket: string }) => {
    store = await openInfluxStore({ servers: [first], clock, lingerMs: 2, ...options })
    return store
  }
  const countOn = async (server: (typeof servers)[0], bucket: string) => {
    const csv = await query(
      server,
      `from(bucket: "${bucket}") |> range(start: 0) |> filter(fn: (r) => r._field == "power") |> group() |> count()`,
      { timeoutMs },
    )
    return Number(csv.split(/\r?\n/)[1]?.split(',').at(-1) ?? 0)
  }

  it('have buckets with the retention of each tier, which a later opening may change', async () => {
    const bucket = newBucket()
    const retentionOf = async (name: string) =>
      (await findBucket(first, name, { timeoutMs }))?.retentionRules[0]?.everySeconds
    const day = 86_400_000
    await (await open({ bucket, retention: { rawMs: 30 * day, minuteMs: 365 * day } })).close()
    expect(await retentionOf(bucket)).toBe(30 * 86_400)
    expect(await retentionOf(`${bucket}-minute`)).toBe(365 * 86_400)
    expect((await retentionOf(`${bucket}-hour`)) ?? 0).toBe(0)
    expect((await retentionOf(`${bucket}-meta`)) ?? 0).toBe(0)
    await (await open({ bucket, retention: { rawMs: 60 * day } })).close()
    expect(await retentionOf(bucket)).toBe(60 * 86_400)
    expect((await retentionOf(`${bucket}-minute`)) ?? 0).toBe(0)
  })

  it('hold points that other programs can read by the names of source, device and property', async () => {
    const bucket = newBucket()
    const s = await open({ bucket })
    await s.define([{ ...definition('plant/hall 2/meter=1/power'), unit: 'kW' }])
    await s.write([batch(0, [{ key: 'plant/hall 2/meter=1/power', at: 1000, value: 2.5, quality: 2 }])])
    await s.flush()
    const flux = `from(bucket: "${bucket}") |> range(start: 0) |> filter(fn: (r) => r.source == "plant" and r.device == "hall 2/meter=1")`
    const csv = await query(first, flux, { timeoutMs })
    const rows = csv.split('\r\n').filter((line) => line.includes('hall 2'))
    expect(rows.map((row) => row.split(',').slice(5, 8))).toEqual([
      ['1970-01-01T00:00:01Z', '2.5', 'power'],
      ['1970-01-01T00:00:01Z', '5', 'power/delayMs'],
      ['1970-01-01T00:00:01Z', '2', 'power/quality'],
    ])
    const units = `from(bucket: "${bucket}-meta") |> range(start: 0) |> filter(fn: (r) => r._measurement == "units")`
    expect(await query(first, units, { timeoutMs })).toMatch(/,kW,power,units,hall 2\/meter=1,plant/)
  })

  it('take no name as a part of a query', async () => {
    const bucket = newBucket()
    const s = await open({ bucket })
    const keys = ['a/"b" or true/x', `a/$\{1 + 1}/x`, 'a/) |> drop()/"y"', "a/it's\\here/x"]
    await s.define(keys.map((key) => definition(key)))
    await s.write([
      batch(
        0,
        keys.map((key, i) => ({ key, at: 1000, value: i })),
      ),
    ])
    const ranges = await s.range(keys.map(seriesIdOf), 0, HOUR)
    expect(ranges.map((r) => [...r.value])).toEqual([[0], [1], [2], [3]])
  })

  it('take no more devices than the limit, and say so retriably', async () => {
    const s = await open({ bucket: newBucket(), maxDevices: 2 })
    await s.define(['a/1/x', 'a/1/y', 'a/2/x'].map((key) => definition(key)))
    await expect(s.define([definition('a/3/x')])).rejects.toMatchObject({ code: 'STORE_FULL', retriable: true })
    await s.define([definition('a/2/z')])
    expect((await s.series()).map((m) => m.key)).toEqual(['a/1/x', 'a/1/y', 'a/2/x', 'a/2/z'])
  })

  describe.runIf(servers.length > 1)('when one is added', () => {
    const [, second] = servers as [(typeof servers)[0], (typeof servers)[0]]

    it('give it slots for what comes, and everything is still found, corrections too', async () => {
      const bucket = newBucket()
      let s = await open({ bucket })
      await s.define(KEYS.map((key) => definition(key)))
      await s.write([round(0, 60_000, 100), round(1, 120_000, 200)])
      await s.close()
      await expect(open({ bucket, servers })).rejects.toMatchObject({ code: 'STORE_PLACEMENT' })
      await extendInfluxStore({ servers, bucket })
      await expect(open({ bucket })).rejects.toMatchObject({ code: 'STORE_PLACEMENT' })
      s = await open({ bucket, servers })
      expect(await s.position()).toEqual({ 0: 2 })
      await s.write([round(0, 60_000, 100), round(1, 120_000, 200)])
      await s.write([round(2, 180_000, 300), round(3, 60_000, 1000), round(4, HOUR, 400)])
      for (let opening = 0; opening < 2; opening++) {
        const ranges = await s.range(IDS, 0, 2 * HOUR)
        ranges.forEach((r, i) => {
          expect([...r.value]).toEqual([1000 + i, 200 + i, 300 + i, 400 + i])
        })
        const w = await s.windows(IDS.slice(0, 1), 0, 2 * HOUR, HOUR)
        expect([[...w.count], [...w.max]]).toEqual([
          [3, 1],
          [1000, 400],
        ])
        await s.flush()
        if (opening === 0) {
          await s.close()
          s = await open({ bucket, servers })
        }
      }
      const [onFirst, onSecond] = [await countOn(first, bucket), await countOn(second, bucket)]
      // Two old readings of each series on the first server; of the three new ones each on one of both.
      expect(onFirst).toBeGreaterThan(120)
      expect(onSecond).toBeGreaterThan(30)
      expect(onSecond).toBeLessThan(150)
      await call(first, { method: 'GET', path: '/health' }, { timeoutMs })
    })

    it('give a second copy of what comes when the store is extended to two copies', async () => {
      const bucket = newBucket()
      await (await open({ bucket, servers })).close()
      await extendInfluxStore({ servers, bucket, copies: 2 })
      const s = await open({ bucket, servers, copies: 2 })
      await s.define(KEYS.map((key) => definition(key)))
      await s.write([round(0, 60_000, 1)])
      await s.flush()
      expect([await countOn(first, bucket), await countOn(second, bucket)]).toEqual([60, 60])
    })

    it('refuse to leave one out that holds readings', async () => {
      const bucket = newBucket()
      await (await open({ bucket, servers })).close()
      await expect(extendInfluxStore({ servers: [first], bucket })).rejects.toMatchObject({ code: 'STORE_PLACEMENT' })
    })
  })
})
