import { describe, expect, it } from 'vitest'
import { type CompactionLimits, planMerge } from './compaction-plan.ts'
import type { StoreFile } from './layout.ts'
import { expired, overBudget } from './retention.ts'

const DAY = 86_400_000
const LIMITS: CompactionLimits = { fan: 3, doneRows: 1000, maxBytes: 5000 }

const file = (flush: number, more: Partial<StoreFile> = {}): StoreFile => ({
  name: `raw-${flush}`,
  tier: 'raw',
  level: 0,
  fromFlush: flush,
  toFlush: flush,
  rows: 100,
  bytes: 400,
  checksum: 0,
  indexAt: 0,
  indexBytes: 0,
  minAt: flush * 1000,
  maxAt: flush * 1000 + 999,
  writtenAt: 10 * DAY + flush,
  historical: false,
  rolledUp: false,
  ...more,
})
const merge = (files: StoreFile[], now = 10 * DAY + 5000) => planMerge(files, now, LIMITS)?.map((f) => f.fromFlush)

describe('the plan of compaction', () => {
  it('merges the oldest neighbours of one level once there are enough', () => {
    expect(merge([1, 2].map((n) => file(n)))).toBeUndefined()
    expect(merge([4, 2, 3, 1].map((n) => file(n)))).toEqual([1, 2, 3])
    expect(merge([file(1, { level: 1 }), file(4), file(5, { level: 1 }), file(6), file(7)])).toBeUndefined()
    expect(merge([file(1, { level: 1 }), file(4), file(5), file(6), file(7)])).toEqual([4, 5, 6])
  })

  it('leaves files alone that are large enough, and never merges across them', () => {
    const done = file(3, { rows: 1000, rolledUp: true })
    expect(merge([file(1), file(2), done, file(4)])).toBeUndefined()
    expect(merge([file(1), file(2), file(3, { rows: 1000 }), file(4)])).toEqual([1, 2, 3])
  })

  it('merges what is left of a day that is over, as much at once as one file may hold', () => {
    const now = 11 * DAY
    expect(merge([file(1, { level: 2, rolledUp: true }), file(2)], now)).toEqual([1, 2])
    expect(merge([file(1, { bytes: 4000 }), file(2, { bytes: 900 }), file(3, { bytes: 900 })], now)).toEqual([1, 2])
    expect(merge([file(1, { writtenAt: 9 * DAY }), file(2)], 10 * DAY + 5)).toEqual([1])
  })

  it('gives a lonely file of a past day its rollups, once', () => {
    expect(merge([file(1)], 11 * DAY)).toEqual([1])
    expect(merge([file(1, { rolledUp: true })], 11 * DAY)).toBeUndefined()
  })

  it('comes to an end', () => {
    let files = Array.from({ length: 50 }, (_, i) =>
      file(i + 1, { rows: 30, bytes: 300, writtenAt: (8 + Math.floor(i / 20)) * DAY }),
    )
    for (let round = 0; ; round++) {
      const plan = planMerge(files, 20 * DAY, LIMITS)
      if (!plan) break
      expect(round).toBeLessThan(100)
      const sum = (of: 'rows' | 'bytes') => plan.reduce((n, f) => n + f[of], 0)
      const merged = {
        ...file(plan[0]?.fromFlush ?? 0, { writtenAt: plan[0]?.writtenAt }),
        toFlush: plan.at(-1)?.toFlush ?? 0,
        level: Math.max(...plan.map((f) => f.level)) + 1,
        rows: sum('rows'),
        bytes: sum('bytes'),
        rolledUp: true,
      }
      files = [...files.filter((f) => !plan.includes(f)), merged]
    }
    expect(files.every((f) => f.rolledUp)).toBe(true)
    expect(files.reduce((n, f) => n + f.rows, 0)).toBe(1500)
  })
})

describe('retention', () => {
  it('removes each tier after its own time, and never what was sent as history', () => {
    const files = [
      file(1, { maxAt: 5 }),
      file(2, { maxAt: 5, tier: 'hour' }),
      file(3, { maxAt: 5, historical: true }),
      file(4, { maxAt: 15 }),
    ]
    expect(expired(files, 100, { rawMs: 90, hourMs: 200 }).map((f) => f.fromFlush)).toEqual([1])
    expect(expired(files, 100, {})).toEqual([])
  })

  it('gives up the oldest raw files first when space runs short, and rollups last', () => {
    const files = [file(2), file(1), file(3), file(1, { tier: 'minute' }), file(2, { tier: 'hour' })]
    const gone = (budget: number) => overBudget(files, budget).map((f) => `${f.tier} ${f.fromFlush}`)
    expect(gone(2000)).toEqual([])
    expect(gone(1600)).toEqual(['raw 1'])
    expect(gone(1599)).toEqual(['raw 1', 'raw 2'])
    expect(gone(100)).toEqual(['raw 1', 'raw 2', 'raw 3', 'minute 1', 'hour 2'])
  })
})
