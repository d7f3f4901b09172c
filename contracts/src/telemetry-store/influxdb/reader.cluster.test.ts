import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Clock } from '../../runtime/clock.ts'
import { seriesIdOf } from '../../series/id.ts'
import { type InfluxStore, openInfluxReader, openInfluxStore } from '../influxdb.ts'
import type { SeriesMeta, TelemetryStore, Windows } from '../port.ts'
import { newBucket, testServers } from './testing/servers.ts'

const HOUR = 3_600_000
const T0 = 1_700_000_400_000 - (1_700_000_400_000 % HOUR)
const clock: Clock = { now: () => T0 + 3 * HOUR, speed: 1 }
const servers = testServers()

const meta = (key: string, intervalMs: number): SeriesMeta => ({
  ...seriesIdOf(key),
  ...{ key, source: 's', unit: 'Cel', intervalMs },
})
/** Every second, every 20 s and every five minutes: raw, minutes and hours are read for windows. */
const ALL = [meta('s/fast/a', 1_000), meta('s/fast/b', 20_000), meta('s/slow/a', 300_000)]

describe.skipIf(servers.length === 0)('reading a store that another process writes (set QUARTIER_TEST_INFLUX)', () => {
  const bucket = newBucket()
  let writer: InfluxStore
  let reader: TelemetryStore
  let offset = 0

  beforeAll(async () => {
    await expect(openInfluxReader({ servers, bucket, clock })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    writer = await openInfluxStore({ servers, bucket, clock, lingerMs: 5, flushEveryMs: 0, newSeriesMs: 20 })
    reader = await openInfluxReader({ servers, bucket, clock })
  })
  afterAll(async () => {
    await reader?.close()
    await writer?.close()
  })

  /** Readings `[from, to)` after T0, ms, of every series at its own interval. */
  async function write(from: number, to: number): Promise<void> {
    const rows = ALL.flatMap((s, k) => {
      const first = Math.ceil(from / s.intervalMs)
      const n = Math.ceil(to / s.intervalMs) - first
      return Array.from({ length: n }, (_, i) => ({ s, at: T0 + (first + i) * s.intervalMs, value: first + i + k / 8 }))
    })
    rows.sort((a, b) => a.at - b.at)
    const columns = {
      length: rows.length,
      seriesLo: Uint32Array.from(rows, (r) => r.s.lo),
      seriesHi: Uint32Array.from(rows, (r) => r.s.hi),
      measuredAt: Float64Array.from(rows, (r) => r.at),
      receivedAt: Float64Array.from(rows, (r) => r.at + 40),
      value: Float64Array.from(rows, (r) => r.value),
      quality: new Uint8Array(rows.length),
    }
    await writer.write([{ partition: 0, firstOffset: offset, nextOffset: ++offset, columns }])
  }
  /** What both say, until it is the same: lines are on their way for a moment. */
  const same = <T>(ask: (store: TelemetryStore) => Promise<T>) =>
    expect.poll(async () => [await ask(reader), await ask(writer)], { timeout: 20_000 }).toSatisfy(isSame)
  const isSame = ([a, b]: unknown[]) => {
    expect(a).toEqual(b)
    return true
  }

  /** A mean from means differs in its last digits. */
  const rounded = async (asked: Promise<Windows>) => {
    const windows = await asked
    return { ...windows, mean: Array.from(windows.mean, (m) => m.toPrecision(12)) }
  }

  it('finds a new series within a moment, though nobody flushes', async () => {
    await writer.define(ALL)
    await same((store) => store.series())
  })

  it('sees readings, last values and windows as the writer does, before and after a flush', async () => {
    for (const [from, to] of [
      [0, 90_000],
      [90_000, HOUR + 30_000],
      [HOUR + 30_000, 2 * HOUR + 600_000],
    ] as const) {
      await write(from, to)
      for (const flush of [false, true]) {
        if (flush) await writer.flush()
        await same((store) => store.range(ALL, T0, T0 + 4 * HOUR))
        await same((store) => store.last(ALL))
        for (const stepMs of [10_000, 60_000, 300_000, HOUR])
          await same((store) => rounded(store.windows(ALL, T0, T0 + 3 * HOUR, stepMs)))
        await same((store) => rounded(store.windows(ALL, T0 + HOUR, T0 + HOUR + 120_000, 60_000)))
      }
      await same((store) => store.position())
      await same((store) => store.last())
    }
  }, 120_000)

  it('tells how much there is, and refuses to write', async () => {
    await writer.flush()
    const { readings, series } = await writer.usage()
    await expect.poll(() => reader.usage(), { timeout: 10_000 }).toMatchObject({ readings, series })
    await expect(reader.flush()).rejects.toMatchObject({ code: 'STORE_READ_ONLY' })
    await expect(reader.define(ALL)).rejects.toMatchObject({ code: 'STORE_READ_ONLY' })
  })

  it('goes on with the writer that comes after', async () => {
    await writer.close()
    writer = await openInfluxStore({ servers, bucket, clock, lingerMs: 5, flushEveryMs: 0, newSeriesMs: 20 })
    const more = meta('s/later/a', 0)
    await writer.define([more])
    await same((store) => store.series())
    expect((await reader.last([more])).value[0]).toBeNaN()
  })
})
