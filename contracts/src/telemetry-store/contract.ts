import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { seriesIdOf } from '../series/id.ts'
import { batch, definition } from './fixtures.ts'
import type { TelemetryStore } from './port.ts'

/** An adapter under test. `open` opens the same data again when it is called again after `close`. */
export type OpenStore = (folder: string) => Promise<TelemetryStore>

/** What every adapter of {@link TelemetryStore} must do. */
export function telemetryStoreContract(name: string, open: OpenStore): void {
  describe(`${name} keeps the promise of a telemetry store`, () => {
    const A = 'plant/meter-1/power'
    const B = 'plant/meter-2/power'
    const MINUTE = 60_000
    let folder: string
    let store: TelemetryStore

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'quartier-store-'))
      store = await open(folder)
      await store.define([definition(A), definition(B)])
    })
    afterEach(async () => {
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    })

    const reopen = async () => {
      await store.close()
      store = await open(folder)
    }
    const rangeOf = async (key: string, from = 0, to = 1e13) => {
      const [r] = await store.range([seriesIdOf(key)], from, to)
      return Array.from(r?.measuredAt ?? [], (at, i) => [at, r?.value[i], r?.quality[i]])
    }
    const lastOf = async (key: string) => {
      const l = await store.last([seriesIdOf(key)])
      return [l.measuredAt[0], l.value[0], l.quality[0], l.receivedAt[0]]
    }
    const counted = async () => {
      const sum = { stored: 0, duplicates: 0, corrections: 0, undecided: 0 }
      for (const c of await store.takeCounts()) {
        sum.stored += c.stored
        sum.duplicates += c.duplicates
        sum.corrections += c.corrections
        sum.undecided += c.undecided
      }
      return sum
    }

    it('gives readings back by series, oldest first, whether flushed or not', async () => {
      await store.write([
        batch(0, [
          { key: A, at: 2000, value: 2 },
          { key: B, at: 1000, value: 7 },
        ]),
      ])
      await store.flush()
      await store.write([batch(1, [{ key: A, at: 3000, value: 3, quality: 1 }])])
      expect(await rangeOf(A)).toEqual([
        [2000, 2, 0],
        [3000, 3, 1],
      ])
      expect(await rangeOf(B)).toEqual([[1000, 7, 0]])
    })

    it('puts late readings where they belong', async () => {
      await store.write([batch(0, [{ key: A, at: 3000, value: 3 }])])
      await store.flush()
      await store.write([
        batch(1, [
          { key: A, at: 1000, value: 1 },
          { key: A, at: 2000, value: 2 },
        ]),
      ])
      expect(await rangeOf(A)).toEqual([
        [1000, 1, 0],
        [2000, 2, 0],
        [3000, 3, 0],
      ])
      await store.flush()
      expect(await rangeOf(A)).toEqual([
        [1000, 1, 0],
        [2000, 2, 0],
        [3000, 3, 0],
      ])
      expect(await lastOf(A)).toEqual([3000, 3, 0, 3005])
      expect(await counted()).toEqual({ stored: 3, duplicates: 0, corrections: 0, undecided: 0 })
    })

    it('drops a reading that says the same again and counts it', async () => {
      await store.write([
        batch(0, [
          { key: A, at: 1000, value: 1 },
          { key: A, at: 1000, value: 1 },
          { key: A, at: 2000, value: 2 },
        ]),
      ])
      await store.flush()
      await store.write([
        batch(1, [
          { key: A, at: 1000, value: 1 },
          { key: A, at: 2000, value: 2 },
        ]),
      ])
      await store.flush()
      expect(await rangeOf(A)).toEqual([
        [1000, 1, 0],
        [2000, 2, 0],
      ])
      expect(await counted()).toEqual({ stored: 2, duplicates: 3, corrections: 0, undecided: 0 })
    })

    it('lets the last correction in log order win, in ranges, windows and last values', async () => {
      await store.write([
        batch(0, [
          { key: A, at: 1000, value: 1 },
          { key: A, at: 2000, value: 2 },
        ]),
      ])
      await store.flush()
      await store.write([
        batch(1, [
          { key: A, at: 2000, value: 20 },
          { key: A, at: 1000, value: 10 },
          { key: A, at: 1000, value: 11 },
        ]),
      ])
      for (const flushed of [false, true]) {
        if (flushed) await store.flush()
        expect(await rangeOf(A)).toEqual([
          [1000, 11, 0],
          [2000, 20, 0],
        ])
        expect(await lastOf(A)).toEqual([2000, 20, 0, 2005])
        const w = await store.windows([seriesIdOf(A)], 0, MINUTE, MINUTE)
        expect([w.count[0], w.mean[0], w.min[0], w.max[0], w.last[0]]).toEqual([2, 15.5, 11, 20, 20])
      }
      expect(await counted()).toEqual({ stored: 2, duplicates: 0, corrections: 3, undecided: 0 })
    })

    it('takes ranges as half-open', async () => {
      await store.write([
        batch(
          0,
          [1000, 2000, 3000].map((at) => ({ key: A, at, value: at })),
        ),
      ])
      expect(await rangeOf(A, 1000, 3000)).toEqual([
        [1000, 1000, 0],
        [2000, 2000, 0],
      ])
      expect(await rangeOf(A, 3000, 3000)).toEqual([])
      const w = await store.windows([seriesIdOf(A)], 1000, 3000, 1000)
      expect([...w.count]).toEqual([1, 1])
    })

    it('limits a range to its oldest readings', async () => {
      await store.write([
        batch(
          0,
          [1, 2, 3, 4].map((n) => ({ key: A, at: n * 1000, value: n })),
        ),
      ])
      const [r] = await store.range([seriesIdOf(A)], 0, 1e6, 2)
      expect([...(r?.value ?? [])]).toEqual([1, 2])
    })

    it('answers windows with gaps, for series that have nothing too', async () => {
      await store.write([
        batch(0, [
          { key: A, at: 10 * MINUTE, value: 1 },
          { key: A, at: 10 * MINUTE + 30_000, value: 4, quality: 2 },
          { key: A, at: 12 * MINUTE, value: 5 },
        ]),
      ])
      const w = await store.windows(
        [seriesIdOf(A), seriesIdOf(B), seriesIdOf('no/such/series')],
        10 * MINUTE,
        12.5 * MINUTE,
        MINUTE,
      )
      expect(w.windows).toBe(3)
      expect([...w.count]).toEqual([2, 0, 1, 0, 0, 0, 0, 0, 0])
      expect([...w.mean.subarray(0, 3)]).toEqual([2.5, Number.NaN, 5])
      expect([...w.min.subarray(0, 3)]).toEqual([1, Number.NaN, 5])
      expect([...w.max.subarray(0, 3)]).toEqual([4, Number.NaN, 5])
      expect([...w.last.subarray(0, 3)]).toEqual([4, Number.NaN, 5])
      expect([...w.notGood.subarray(0, 3)]).toEqual([1, 0, 0])
      expect(w.mean.subarray(3).every(Number.isNaN)).toBe(true)
    })

    it('answers a series as often as it is asked for, in the order of the question', async () => {
      await store.write([
        batch(0, [
          { key: A, at: 1000, value: 1 },
          { key: B, at: 1000, value: 2 },
        ]),
      ])
      const question = [seriesIdOf(B), seriesIdOf(A), seriesIdOf(B)]
      expect((await store.range(question, 0, 1e6)).map((r) => r.value[0])).toEqual([2, 1, 2])
      expect([...(await store.windows(question, 0, MINUTE, MINUTE)).last]).toEqual([2, 1, 2])
      expect([...(await store.last(question)).value]).toEqual([2, 1, 2])
    })

    it('knows the last value of every series, and where there is none', async () => {
      await store.write([
        batch(0, [
          { key: A, at: 2000, value: 2, receivedAt: 2100 },
          { key: A, at: 1000, value: 1 },
        ]),
      ])
      const all = await store.last()
      expect(all.length).toBe(2)
      expect([...all.value.subarray(0, 2)]).toEqual([2, Number.NaN])
      expect([...all.measuredAt.subarray(0, 2)]).toEqual([2000, 0])
      expect([...all.receivedAt.subarray(0, 2)]).toEqual([2100, 0])
    })

    it('keeps values bit by bit and times to the millisecond, far from now too', async () => {
      const values = [0.1 + 0.2, -1e-300, Number.MAX_VALUE, 1 / 3, 0, 5e-324, 21.5]
      const times = [-86_400_000, 0, 1, 946_684_800_123, 1_700_000_000_001, 4_102_444_800_000, 4_102_444_800_001]
      await store.write([
        batch(
          0,
          values.map((value, i) => ({ key: A, at: times[i] as number, value })),
        ),
      ])
      const expected = values.map((value, i) => [times[i], value, 0])
      expect(await rangeOf(A, -1e13)).toEqual(expected)
      await store.flush()
      expect(await rangeOf(A, -1e13)).toEqual(expected)
    })

    it('has everything after a flush and a restart, and nothing twice when the log is replayed', async () => {
      const batches = [0, 1, 2].map((n) =>
        batch(n, [
          { key: A, at: 1000 + n, value: n },
          { key: B, at: 1000 + n, value: -n },
        ]),
      )
      await store.write(batches)
      await store.flush()
      const position = await store.position()
      expect(position).toEqual({ 0: 3 })
      await reopen()
      expect(await store.position()).toEqual(position)
      await store.write(batches)
      expect(await rangeOf(A)).toEqual([
        [1000, 0, 0],
        [1001, 1, 0],
        [1002, 2, 0],
      ])
      expect(await lastOf(B)).toEqual([1002, -2, 0, 1007])
      expect((await counted()).duplicates).toBe(0)
      expect((await store.series()).map((s) => s.key)).toEqual([A, B])
    })

    it('moves each partition by itself', async () => {
      await store.write([batch(5, [{ key: A, at: 1, value: 1 }], 0), batch(9, [{ key: B, at: 1, value: 1 }], 3)])
      await store.flush()
      expect(await store.position()).toEqual({ 0: 6, 3: 10 })
    })

    it('counts by source and offset range', async () => {
      const C = 'tram/car-1/speed'
      await store.define([definition(C)])
      await store.write([
        batch(0, [
          { key: A, at: 1, value: 1 },
          { key: C, at: 1, value: 1 },
        ]),
        batch(1, [{ key: A, at: 2, value: 1 }]),
      ])
      const counts = await store.takeCounts()
      const of = (source: string) => counts.filter((c) => c.source === source).reduce((n, c) => n + c.stored, 0)
      expect([of('plant'), of('tram')]).toEqual([2, 1])
      expect(counts.every((c) => c.partition === 0 && c.firstOffset >= 0 && c.nextOffset <= 2)).toBe(true)
      expect(await store.takeCounts()).toEqual([])
    })

    it('refuses a second key with the id of the first', async () => {
      const other = { ...definition(A), key: 'other/key/here' }
      await expect(store.define([other])).rejects.toMatchObject({ code: 'SERIES_COLLISION' })
      await store.define([{ ...definition(A), unit: 'kW' }])
      expect((await store.series())[0]).toMatchObject({ key: A, unit: 'kW' })
    })

    it('tells how much it holds', async () => {
      await store.write([
        batch(0, [
          { key: A, at: 1000, value: 1 },
          { key: B, at: 9000, value: 1 },
        ]),
      ])
      await store.flush()
      expect(await store.usage()).toMatchObject({ series: 2, readings: 2, oldestAt: 1000, newestAt: 9000 })
    })

    it('exports readings of some series as CSV', async () => {
      await store.write([
        batch(0, [
          { key: A, at: 1000, value: 1.5, receivedAt: 1250 },
          { key: B, at: 1000, value: 2 },
          { key: A, at: 9000, value: 3 },
        ]),
      ])
      const path = join(folder, 'out.csv')
      const shares: number[] = []
      const rows = await store.export({ format: 'csv', path, series: [seriesIdOf(A)], from: 0, to: 9000 }, (s) =>
        shares.push(s),
      )
      expect(rows).toBe(1)
      expect(readFileSync(path, 'utf8')).toBe(
        `series,measured_at,received_at,value,quality\n${A},1970-01-01T00:00:01.000Z,1970-01-01T00:00:01.250Z,1.5,0\n`,
      )
      expect(shares.at(-1)).toBe(1)
    })

    it('exports all readings as Parquet', async () => {
      await store.write([
        batch(0, [
          { key: A, at: 1000, value: 1.5 },
          { key: B, at: 1000, value: 2 },
        ]),
      ])
      const path = join(folder, 'out.parquet')
      expect(await store.export({ format: 'parquet', path, from: 0, to: 9000 })).toBe(2)
      expect(readFileSync(path).subarray(0, 4).toString()).toBe('PAR1')
    })

    it('answers with a coded error after it is closed', async () => {
      await store.close()
      await expect(store.position()).rejects.toMatchObject({ code: 'STORE_CLOSED' })
      await expect(store.write([])).rejects.toMatchObject({ code: 'STORE_CLOSED' })
      await expect(store.range([], 0, 1)).rejects.toMatchObject({ code: 'STORE_CLOSED' })
    })
  })
}
