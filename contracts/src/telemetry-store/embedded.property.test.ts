import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type EmbeddedStore, openEmbeddedStore } from './embedded.ts'
import { columnsOf, definition } from './fixtures.ts'
import { ModelStore } from './model.ts'
import type { StoreBatch, StoreCounts } from './port.ts'

const MINUTE = 60_000
const HOUR = 3_600_000
/** Intervals on both sides of the tiers'. */
const SERIES = [0, 10_000, MINUTE, 600_000, HOUR].map((intervalMs, i) =>
  definition(`s${i % 2}/device-${i}/x`, intervalMs),
)

/** Few distinct instants and values, so that duplicates, corrections and late readings are common. */
const reading = fc.record({
  series: fc.nat(SERIES.length - 1),
  at: fc.oneof(
    fc.nat(30).map((n) => n * 20_000),
    fc.nat(40).map((n) => n * 600_000),
  ),
  value: fc.nat(3).map((n) => n / 4),
  quality: fc.constantFrom(0, 0, 0, 1, 2, 4),
  delay: fc.nat(5000),
})
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      rows: fc.array(reading, { minLength: 1, maxLength: 25 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('tidy' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
)

it('answers like the plainest store, whatever is written, flushed, merged and restarted in between', {
  timeout: 240_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const folder = mkdtempSync(join(tmpdir(), 'quartier-store-'))
      const model = new ModelStore()
      const open = () =>
        openEmbeddedStore({
          folder,
          clock: { now: () => 10 * HOUR, speed: 1 },
          hotRows: 60,
          queryRows: steps.length % 2 === 0 ? 8 : undefined,
          compaction: { fan: 3 },
        })
      let store = await open()
      try {
        await store.define(SERIES)
        const counts = new Map<string, StoreCounts>()
        let offset = 0
        for (const action of steps) {
          if (action.do === 'write') {
            const batch = toBatch(action.rows, offset++)
            model.write(batch)
            await store.write([batch])
          } else if (action.do === 'flush') await store.flush()
          else if (action.do === 'tidy') await store.tidy()
          else {
            await store.close()
            store = await open()
          }
          await note(store, counts)
          if (steps.length < 6 || action.do === 'restart') await compare(store, model)
        }
        await compare(store, model)
        await store.flush()
        await store.tidy()
        await compare(store, model)
        await note(store, counts)
        expect(sum(counts)).toEqual({
          stored: model.stored,
          duplicates: model.duplicates,
          corrections: model.corrections,
          undecided: 0,
        })
      } finally {
        await store.close()
        rmSync(folder, { recursive: true, force: true })
      }
    }),
    { numRuns: Number(process.env.QUARTIER_TEST_RUNS ?? 15), seed: Number(process.env.QUARTIER_TEST_SEED ?? 42) },
  )
})

type Row = { series: number; at: number; value: number; quality: number; delay: number }

function toBatch(rows: readonly Row[], offset: number): StoreBatch {
  const readings = rows.map((r) => ({ ...r, key: SERIES[r.series]?.key ?? '', receivedAt: r.at + r.delay }))
  return { partition: 0, firstOffset: offset, nextOffset: offset + 1, columns: columnsOf(readings) }
}

/** Counts by range and source: the latest word on a range is the one that holds. */
async function note(store: EmbeddedStore, counts: Map<string, StoreCounts>): Promise<void> {
  for (const c of await store.takeCounts()) counts.set(`${c.partition} ${c.firstOffset} ${c.nextOffset} ${c.source}`, c)
}

function sum(counts: Map<string, StoreCounts>) {
  const total = { stored: 0, duplicates: 0, corrections: 0, undecided: 0 }
  for (const c of counts.values()) {
    total.stored += c.stored
    total.duplicates += c.duplicates
    total.corrections += c.corrections
    total.undecided += c.undecided
  }
  return total
}

const QUESTIONS: readonly (readonly [from: number, to: number, stepMs: number])[] = [
  [0, 7 * HOUR, HOUR],
  [0, 20 * MINUTE, MINUTE],
  [HOUR, 5 * HOUR, 10 * MINUTE],
  [12_345, 3 * HOUR + 7, 100_000],
]

async function compare(store: EmbeddedStore, model: ModelStore): Promise<void> {
  const last = await store.last(SERIES)
  for (const [from, to] of [
    [0, 1e12],
    [40_000, 1_200_000],
  ] as const) {
    const ranges = await store.range(SERIES, from, to)
    SERIES.forEach((s, i) => {
      const expected = model.range(s, from, to)
      const r = ranges[i]
      expect([...(r?.measuredAt ?? [])]).toEqual(expected.map((e) => e.at))
      expect([...(r?.value ?? [])]).toEqual(expected.map((e) => e.value))
      expect([...(r?.quality ?? [])]).toEqual(expected.map((e) => e.quality))
      const newest = expected.at(-1)
      if (from === 0 && newest)
        expect([last.measuredAt[i], last.value[i], last.quality[i], last.receivedAt[i]]).toEqual([
          newest.at,
          newest.value,
          newest.quality,
          newest.receivedAt,
        ])
    })
  }
  for (const [from, to, stepMs] of QUESTIONS) {
    const w = await store.windows(SERIES, from, to, stepMs)
    SERIES.forEach((s, i) => {
      const at = (column: ArrayLike<number>) => Array.from({ length: w.windows }, (_, k) => column[i * w.windows + k])
      const expected = model.windows(s, from, to, stepMs)
      for (const name of ['count', 'mean', 'min', 'max', 'last', 'notGood'] as const)
        expect([name, from, stepMs, i, at(w[name])]).toEqual([name, from, stepMs, i, expected.map((e) => e[name])])
    })
  }
}
