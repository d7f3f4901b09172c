import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MARK_HISTORICAL } from '../readings/quality.ts'
import { type Logger, silentLogger } from '../runtime/logger.ts'
import { seriesIdOf } from '../series/id.ts'
import { type EmbeddedStoreOptions, openEmbeddedStore } from './embedded.ts'
import { batch, definition } from './fixtures.ts'

const KEY = 'plant/meter/power'
const DAY = 86_400_000

describe('the embedded store', () => {
  let folder: string
  let now = 100 * DAY
  let events: string[]
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'quartier-store-'))
    now = 100 * DAY
    events = []
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const note = (_fields: object, event: string) => void events.push(event)
  const logger: Logger = { ...silentLogger, info: note, warn: note, error: note }
  const open = (more: Partial<EmbeddedStoreOptions> = {}) =>
    openEmbeddedStore({ folder, logger, flushEveryMs: 0, clock: { now: () => now, speed: 1 }, ...more })
  const files = () => readdirSync(folder).filter((name) => name.endsWith('.parquet'))

  it('is open once at a time', async () => {
    const store = await open()
    await expect(open()).rejects.toMatchObject({ code: 'STORE_LOCKED' })
    await store.close()
    await (await open()).close()
  })

  it('refuses to open when a file that belongs to it is gone', async () => {
    const store = await open()
    await store.write([batch(0, [{ key: KEY, at: now, value: 1 }])])
    await store.close()
    for (const name of files()) rmSync(join(folder, name))
    await expect(open()).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
  })

  it('flushes by itself after a while', async () => {
    const store = await open({ flushEveryMs: 10 })
    await store.write([batch(0, [{ key: KEY, at: now, value: 1 }])])
    await expect.poll(() => store.position(), { timeout: 10_000 }).toEqual({ 0: 1 })
    await store.close()
  })

  it('takes more readings than its windows hold, each window after the other', async () => {
    const store = await open({ hotRows: 10 })
    const batches = Array.from({ length: 40 }, (_, n) =>
      batch(
        n,
        Array.from({ length: n % 25 }, (_, i) => ({ key: KEY, at: n * 1000 + i, value: i })),
      ),
    )
    await store.write(batches)
    const [r] = await store.range([seriesIdOf(KEY)], 0, now)
    expect(r?.value.length).toBe(batches.reduce((n, b) => n + b.columns.length, 0))
    await store.close()
  })

  it('keeps readings that came before the definition of their series', async () => {
    let store = await open()
    await store.write([batch(0, [{ key: KEY, at: 1000, value: 1 }])])
    expect(await store.series()).toEqual([])
    await store.define([definition(KEY)])
    await store.close()
    store = await open()
    expect((await store.series()).map((s) => s.key)).toEqual([KEY])
    expect((await store.range([seriesIdOf(KEY)], 0, 1e6))[0]?.value[0]).toBe(1)
    await store.close()
  })

  it('remembers definitions that came without readings', async () => {
    let store = await open()
    await store.define([definition(KEY, 5000), definition('plant/ü "1", 2/power')])
    await store.close()
    store = await open()
    expect(await store.series()).toEqual([definition(KEY, 5000), definition('plant/ü "1", 2/power')])
    await store.close()
  })

  it('refuses a batch without usable times and takes nothing of it', async () => {
    const store = await open()
    for (const at of [Number.NaN, Number.POSITIVE_INFINITY, 1e16])
      await expect(
        store.write([
          batch(0, [
            { key: KEY, at: 1, value: 1 },
            { key: KEY, at, value: 1 },
          ]),
        ]),
      ).rejects.toMatchObject({ code: 'READINGS_INVALID' })
    expect((await store.usage()).readings).toBe(0)
    await store.close()
  })

  it('refuses windows that make no sense', async () => {
    const store = await open()
    const ask = (from: number, to: number, step: number) => store.windows([seriesIdOf(KEY)], from, to, step)
    for (const [from, to, step] of [
      [0, 1e9, 0],
      [0, 1e9, -1],
      [0, Number.POSITIVE_INFINITY, 1000],
      [0, 1e9, 1],
    ] as const)
      await expect(ask(from, to, step)).rejects.toMatchObject({ code: 'QUERY_INVALID' })
    expect((await ask(5, 5, 1000)).windows).toBe(0)
    await store.close()
  })

  it('keeps the rollups of readings that have grown too old, and history whole', async () => {
    const store = await open({ retention: { rawMs: 2 * DAY }, compaction: { fan: 2 } })
    await store.write([
      batch(0, [
        { key: KEY, at: now, value: 3 },
        { key: KEY, at: now + 1, value: 5 },
      ]),
    ])
    await store.flush()
    now += DAY
    await store.tidy()
    await store.write([batch(1, [{ key: KEY, at: 5 * DAY, value: 9, quality: MARK_HISTORICAL }])])
    await store.flush()
    now += 5 * DAY
    await store.tidy()
    const [r] = await store.range([seriesIdOf(KEY)], 0, now)
    expect([...(r?.value ?? [])]).toEqual([9])
    const w = await store.windows([seriesIdOf(KEY)], 100 * DAY, 101 * DAY, DAY)
    expect([w.count[0], w.mean[0], w.last[0]]).toEqual([2, 4, 5])
    expect(events).toContain('store.dropping')
    await store.close()
  })

  it('tells before it gives up old readings for want of space', async () => {
    const store = await open({ diskBudgetBytes: 4000, compaction: { fan: 100 } })
    for (let n = 0; n < 8; n++) {
      await store.write([batch(n, [{ key: KEY, at: now + n, value: n }])])
      await store.flush()
      await store.tidy()
    }
    const warned = events.indexOf('store.nearly-full')
    expect(warned).toBeGreaterThanOrEqual(0)
    expect(events.indexOf('store.dropping')).toBeGreaterThan(warned)
    const [r] = await store.range([seriesIdOf(KEY)], 0, now * 2)
    expect(r?.value.at(-1)).toBe(7)
    expect((await store.usage()).bytes).toBeLessThanOrEqual(4000)
    await store.close()
  })
})
