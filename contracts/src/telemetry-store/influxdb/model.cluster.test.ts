import fc from 'fast-check'
import { expect, it } from 'vitest'
import { batch, definition } from '../fixtures.ts'
import { openInfluxStore } from '../influxdb.ts'
import { ModelStore } from '../model.ts'
import type { StoreBatch, StoreCounts, TelemetryStore } from '../port.ts'
import { newBucket, startProxy, testServers } from './testing/servers.ts'

const servers = testServers()
const MINUTE = 60_000
const HOUR = 3_600_000
/** Intervals on both sides of the tiers'; two properties of one device. */
const SERIES = [
  definition('s0/device-0/x', 0),
  definition('s0/device-0/y', 10_000),
  definition('s1/device-1/x', MINUTE),
  definition('s1/device, 2/a=b c', 600_000),
  definition('s0/dévice "3"\\/x%', HOUR),
]

/** Few distinct instants and values, so that duplicates, corrections and late readings are common. */
const reading = fc.record({
  series: fc.nat(SERIES.length - 1),
  at: fc.oneof(
    fc.nat(30).map((n) => n * 20_000),
    fc.nat(40).map((n) => n * 600_000),
  ),
  value: fc.nat(3).map((n) => n / 4),
  quality: fc.constantFrom(0, 0, 0, 1, 2, 4),
})
const step = fc.oneof(
  { weight: 6, arbitrary: fc.array(reading, { minLength: 1, maxLength: 25 }) },
  { weight: 2, arbitrary: fc.constantFrom('flush' as const, 'ask' as const) },
  { weight: 2, arbitrary: fc.constantFrom('restart' as const, 'crash' as const) },
)

it.skipIf(servers.length === 0)(
  'answers like the plainest store, whatever is written, flushed, restarted and replayed after a crash',
  { timeout: 240_000 },
  async () => {
    const proxies = await Promise.all(servers.map((server) => startProxy(server, () => 'pass')))
    const calm = () => {
      for (const proxy of proxies) proxy.trouble = () => 'pass'
    }
    const open = (bucket: string) =>
      openInfluxStore({
        ...{ servers: proxies.map((p) => p.server), bucket, lingerMs: 2, patienceMs: 5000 },
        clock: { now: () => 10 * HOUR, speed: 1 },
      })
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), async (steps) => {
          const bucket = newBucket()
          const model = new ModelStore()
          const written: StoreBatch[] = []
          const counts = new Map<string, StoreCounts>()
          let hasCrashed = false
          let store = await open(bucket)
          await store.define(SERIES)
          await store.flush()
          for (const action of steps) {
            if (typeof action === 'object') {
              const readings = action.map((r) => ({ ...r, key: SERIES[r.series]?.key ?? '' }))
              written.push(batch(written.length, readings))
              model.write(written.at(-1) as StoreBatch)
              await store.write(written.slice(-1))
            } else if (action === 'flush') await store.flush()
            else if (action === 'ask') await compare(store, model)
            else {
              if (action === 'restart') await store.flush()
              await note(store, counts)
              if (action === 'crash') {
                hasCrashed = true
                for (const proxy of proxies) proxy.trouble = () => ({ status: 400 })
                // Every request is refused for good, so nothing waits and nothing is kept.
              }
              await store.close()
              calm()
              store = await open(bucket)
              await store.write(written)
            }
          }
          await compare(store, model)
          await store.flush()
          await note(store, counts)
          await compare(store, model)
          if (!hasCrashed) {
            expect(sum(counts)).toEqual([model.stored, model.duplicates, model.corrections, 0])
            expect((await store.usage()).readings).toBe(model.stored)
          }
          await store.close()
        }),
        { numRuns: 12, seed: Number(process.env.QUARTIER_TEST_SEED ?? 42) },
      )
    } finally {
      calm()
      await Promise.all(proxies.map((proxy) => proxy.close()))
    }
  },
)

async function note(store: TelemetryStore, counts: Map<string, StoreCounts>): Promise<void> {
  for (const c of await store.takeCounts()) counts.set(`${c.partition} ${c.firstOffset} ${c.nextOffset} ${c.source}`, c)
}

function sum(counts: Map<string, StoreCounts>): number[] {
  const total = [0, 0, 0, 0]
  for (const c of counts.values())
    [c.stored, c.duplicates, c.corrections, c.undecided].forEach((n, i) => {
      total[i] = (total[i] as number) + n
    })
  return total
}

const QUESTIONS: readonly (readonly [from: number, to: number, stepMs: number])[] = [
  [0, 7 * HOUR, HOUR],
  [0, 20 * MINUTE, MINUTE],
  [HOUR, 5 * HOUR, 10 * MINUTE],
  [12_345, 3 * HOUR + 7, 100_000],
]

async function compare(store: TelemetryStore, model: ModelStore): Promise<void> {
  const ranges = await store.range(SERIES, 0, 1e12)
  const last = await store.last(SERIES)
  SERIES.forEach((s, i) => {
    const expected = model.range(s, 0, 1e12)
    const r = ranges[i]
    const got = Array.from(r?.measuredAt ?? [], (at, k) => [at, r?.value[k], r?.quality[k]])
    expect([s.key, got]).toEqual([s.key, expected.map((e) => [e.at, e.value, e.quality])])
    const newest = expected.at(-1)
    if (newest) expect([last.measuredAt[i], last.value[i]]).toEqual([newest.at, newest.value])
  })
  for (const [from, to, stepMs] of QUESTIONS) {
    const w = await store.windows(SERIES, from, to, stepMs)
    SERIES.forEach((s, i) => {
      const at = (column: ArrayLike<number>) => Array.from({ length: w.windows }, (_, k) => column[i * w.windows + k])
      const expected = model.windows(s, from, to, stepMs)
      for (const name of ['count', 'min', 'max', 'last', 'notGood'] as const)
        expect([name, from, stepMs, s.key, at(w[name])]).toEqual([
          name,
          from,
          stepMs,
          s.key,
          expected.map((e) => e[name]),
        ])
      // A tier keeps means, whose sum may differ in the last place.
      at(w.mean).forEach((mean, k) => {
        if (expected[k]?.count === 0) return
        expect(mean).toBeCloseTo(expected[k]?.mean as number, 9)
      })
    })
  }
}
