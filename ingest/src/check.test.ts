import {
  createColumns,
  MARK_HISTORICAL,
  MARK_OUT_OF_RANGE,
  MAX_TIME_MS,
  QUALITY_BAD,
  QUALITY_UNCERTAIN,
  seriesIdOf,
} from '@quartier/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { check, type RefusedRow } from './check.ts'
import { SeriesTable } from './series-table.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 0, 1)
const limits = { rawRetentionMs: 30 * DAY, futureMs: 3_600_000 }
const KEYS = ['a/b/plain', 'a/b/bounded', 'a/b/history'] as const

interface Row {
  readonly key: string
  readonly at?: number
  readonly receivedAt?: number
  readonly value?: number
  readonly quality?: number
}

function tableOf(keys: readonly string[] = KEYS): SeriesTable {
  const table = new SeriesTable(2)
  for (const key of keys) {
    const bounded = key.endsWith('bounded')
    const [validMin, validMax] = bounded ? [0, 10] : [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
    table.put({
      ...seriesIdOf(key),
      source: 'a',
      validMin,
      validMax,
      historical: key.endsWith('history'),
      personal: false,
    })
  }
  return table
}

function columnsOf(rows: readonly Row[]) {
  const columns = createColumns(rows.length)
  columns.length = rows.length
  for (const [i, { key, at = NOW, receivedAt = NOW, value = 1, quality = 0 }] of rows.entries()) {
    const { lo, hi } = seriesIdOf(key)
    columns.seriesLo[i] = lo
    columns.seriesHi[i] = hi
    columns.measuredAt[i] = at
    columns.receivedAt[i] = receivedAt
    columns.value[i] = value
    columns.quality[i] = quality
  }
  return columns
}

function run(rows: readonly Row[], table = tableOf()) {
  const columns = columnsOf(rows)
  const refused: RefusedRow[] = []
  const progress = { read: 0, write: 0 }
  const done = check(columns, progress, table, limits, (row) => void refused.push(row))
  const kept = Array.from({ length: columns.length }, (_, i) => [columns.value[i], columns.quality[i]])
  return { done, progress, refused, kept, columns }
}

describe('the check', () => {
  it.each([
    ['not-finite', { value: Number.NaN }],
    ['not-finite', { value: Number.POSITIVE_INFINITY }],
    ['no-time', { at: Number.NaN }],
    ['too-late', { at: NOW - 30 * DAY - 1 }],
    ['future', { at: NOW + 3_600_001 }],
  ] as const)('refuses as %s: %o', (reason, over) => {
    const { refused, kept } = run([{ key: KEYS[0] }, { key: KEYS[0], ...over }, { key: KEYS[0], value: 3 }])
    expect(refused.map((r) => [r.row, r.reason])).toEqual([[1, reason]])
    expect(kept).toEqual([[1, 0], [3, 0]]) // biome-ignore format: short
  })

  it('accepts times up to the limits', () => {
    const { refused } = run([
      { key: KEYS[0], at: NOW - 30 * DAY },
      { key: KEYS[0], at: NOW + 3_600_000 },
    ])
    expect(refused).toEqual([])
  })

  it('accepts any time of history, by series or by mark, that can be stored', () => {
    const { refused } = run([
      { key: KEYS[2], at: 0 },
      { key: KEYS[0], at: 0, quality: MARK_HISTORICAL },
      { key: KEYS[2], at: MAX_TIME_MS },
      { key: KEYS[2], at: MAX_TIME_MS + 1 },
    ])
    expect(refused.map((r) => [r.row, r.reason])).toEqual([[3, 'no-time']])
  })

  it.each([Number.NaN, MAX_TIME_MS + 1])('refuses as no-time what was received at %d', (receivedAt) => {
    const { refused } = run([{ key: KEYS[2], receivedAt }])
    expect(refused.map((r) => r.reason)).toEqual(['no-time'])
  })

  it('marks what is outside the valid range, and never makes a quality better', () => {
    const { kept } = run([
      { key: KEYS[1], value: 10 },
      { key: KEYS[1], value: 11 },
      { key: KEYS[1], value: -1, quality: QUALITY_BAD },
    ])
    expect(kept).toEqual([
      [10, 0],
      [11, MARK_OUT_OF_RANGE | QUALITY_UNCERTAIN],
      [-1, MARK_OUT_OF_RANGE | QUALITY_BAD],
    ])
  })

  it('stops before a series that it does not know and goes on once that is learnt', () => {
    const table = tableOf()
    const columns = columnsOf([
      { key: KEYS[0] },
      { key: KEYS[0], value: Number.NaN },
      { key: 'a/b/new' },
      { key: KEYS[0] },
    ])
    const progress = { read: 0, write: 0 }
    expect(check(columns, progress, table, limits, () => {})).toBe(false)
    expect(progress).toEqual({ read: 2, write: 1 })
    const unbounded = { validMin: Number.NEGATIVE_INFINITY, validMax: Number.POSITIVE_INFINITY }
    table.put({ ...seriesIdOf('a/b/new'), source: 'a', ...unbounded, historical: false, personal: false })
    expect(check(columns, progress, table, limits, () => {})).toBe(true)
    expect(columns.length).toBe(3)
  })

  it('keeps the good rows in their order and accounts for every row, however many', () => {
    const row = fc.record({
      key: fc.constantFrom(...KEYS),
      at: fc.constantFrom(NOW, NOW - 40 * DAY, NOW + DAY),
      value: fc.constantFrom(1, 2, 3, Number.NaN),
    })
    fc.assert(
      fc.property(fc.array(row, { maxLength: 1500, size: 'max' }), (rows) => {
        const { done, refused, kept } = run(rows)
        const lost = new Set(refused.map((r) => r.row))
        expect(done).toBe(true)
        expect(kept.map(([value]) => value)).toEqual(rows.filter((_, i) => !lost.has(i)).map((r) => r.value))
      }),
      { numRuns: 30 },
    )
  })
})

describe('the table of series', () => {
  it('finds every series that was put into it, and no other, however much it grows', () => {
    const table = new SeriesTable(2)
    const rule = { source: 's', validMin: 0, validMax: 1, historical: false, personal: true }
    const keys = Array.from({ length: 5000 }, (_, i) => `s/device-${i}/value`)
    const numbers = keys.map((key) => table.put({ ...seriesIdOf(key), ...rule }))
    expect(numbers).toEqual(keys.map((_, i) => i))
    expect(keys.map((key) => table.put({ ...seriesIdOf(key), ...rule }))).toEqual(numbers)
    expect(table.find(1, 2)).toBe(-1)
    expect([table.id(77), table.source(77), table.isPersonal(77)]).toEqual([seriesIdOf(keys[77]!), 's', true])
  })

  it('tells series apart that share half of their ids', () => {
    const table = new SeriesTable(2)
    const rule = { source: 's', validMin: 0, validMax: 1, historical: false, personal: false }
    const ids = [[1, 1], [1, 2], [2, 1], [0, 0], [0, 1]] as const // biome-ignore format: short
    for (const [lo, hi] of ids) table.put({ lo, hi, ...rule })
    const out = new Int32Array(6)
    table.findAll(
      Uint32Array.from([...ids.map(([lo]) => lo), 1]),
      Uint32Array.from([...ids.map(([, hi]) => hi), 9]),
      0,
      6,
      out,
    )
    expect([...out]).toEqual([0, 1, 2, 3, 4, -1])
  })
})
