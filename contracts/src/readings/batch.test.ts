import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBatch, decodeBatchInto, encodeBatch, rowsOf, type SourceCounts } from './batch.ts'
import { createColumns, type ReadingColumns } from './columns.ts'

const NAMES = ['seriesLo', 'seriesHi', 'measuredAt', 'receivedAt', 'value', 'quality'] as const
const u32 = fc.nat(0xffffffff)
const time = fc.oneof(
  fc.integer({ min: 1.6e12, max: 1.6e12 + 60_000 }),
  fc.integer({ min: 0, max: 2e12 }),
  fc.double({ noNaN: true, min: -1e15, max: 1e15 }),
)
const row = fc.record({
  seriesLo: u32,
  seriesHi: u32,
  measuredAt: time,
  receivedAt: time,
  value: fc.double(),
  quality: fc.nat(255),
})
const tally = fc.record({ received: fc.nat(), accepted: fc.nat(), rejected: fc.dictionary(fc.string(), fc.nat()) })
const counts: fc.Arbitrary<SourceCounts[]> = fc.array(
  fc.record({ source: fc.string(), messages: tally, readings: tally, untimed: fc.nat() }),
  { maxLength: 3 },
)
type Row = Record<(typeof NAMES)[number], number>

function columnsOf(rows: readonly Row[], spare = 0): ReadingColumns {
  const columns = createColumns(rows.length + spare)
  columns.length = rows.length
  for (const [i, r] of rows.entries()) for (const name of NAMES) columns[name][i] = r[name]
  return columns
}

const rowsIn = (c: ReadingColumns, from = 0): Row[] =>
  Array.from({ length: c.length - from }, (_, i) =>
    Object.fromEntries(NAMES.map((name) => [name, c[name][from + i] as number])),
  ) as Row[]

/** -0 and 0 are the same time. */
const plain = (rows: readonly Row[]): Row[] =>
  rows.map((r) => ({ ...r, measuredAt: r.measuredAt + 0, receivedAt: r.receivedAt + 0 }))

const SAMPLE: Row[] = [
  { seriesLo: 1, seriesHi: 2, measuredAt: 1_700_000_000_123, receivedAt: 1_700_000_000_200, value: 21.5, quality: 0 },
  { seriesLo: 3, seriesHi: 4, measuredAt: 1_700_000_000_100, receivedAt: 1_700_000_000_201, value: -4, quality: 17 },
]

describe('a readings batch', () => {
  it('comes back as it was encoded, whatever the values, the times and the counts', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), counts, fc.nat(5), (rows, tallies, spare) => {
        const decoded = decodeBatch(encodeBatch({ columns: columnsOf(rows, spare), counts: tallies }))
        expect(plain(rowsIn(decoded.columns))).toEqual(plain(rows))
        expect(decoded.counts).toEqual(JSON.parse(JSON.stringify(tallies)))
      }),
    )
  })

  it('is read from any place in memory', () => {
    const bytes = encodeBatch({ columns: columnsOf(SAMPLE), counts: [] })
    for (let shift = 0; shift < 8; shift++) {
      const shifted = new Uint8Array(bytes.length + shift)
      shifted.set(bytes, shift)
      expect(rowsIn(decodeBatch(shifted.subarray(shift)).columns)).toEqual(SAMPLE)
    }
  })

  it('takes 23 bytes a reading and a header of 32', () => {
    expect(encodeBatch({ columns: createColumnsOf(1000), counts: [] }).length).toBe(32 + 23 * 1000)
  })

  it('is decoded behind rows that are there, or not at all when there is no room', () => {
    const value = encodeBatch({ columns: columnsOf(SAMPLE), counts: [] })
    const target = createColumns(5)
    expect(decodeBatchInto(value, target)).toEqual([])
    expect(decodeBatchInto(value, target)).toEqual([])
    expect(rowsIn(target)).toEqual([...SAMPLE, ...SAMPLE])
    expect(decodeBatchInto(value, target)).toBeUndefined()
    expect(target.length).toBe(4)
    expect(rowsOf(value)).toBe(2)
  })

  it('is refused with a code, never in another way, when bytes are missing, changed or added', () => {
    const value = encodeBatch({ columns: columnsOf(SAMPLE), counts: [] })
    const change = fc.record({ at: fc.nat(value.length - 1), to: fc.nat(255), length: fc.nat(value.length + 9) })
    fc.assert(
      fc.property(change, ({ at, to, length }) => {
        const changed = new Uint8Array(length)
        changed.set(value.subarray(0, length))
        if (at < length) changed[at] = to
        // Another flag is another layout, which may fit another length.
        const mayFit = length === value.length || (at === FLAGS && length > FLAGS)
        expect(codeOf(changed)).toMatch(mayFit ? /^(none|BATCH_CORRUPT|BATCH_VERSION)$/ : /^BATCH_(CORRUPT|VERSION)$/)
      }),
      { numRuns: 5000 },
    )
  })

  it.each([
    ['[{"source":1}]', 'another shape'],
    ['{}', 'another shape'],
    ['[', 'not JSON'],
  ])('is refused when its counts are %s', (text, why) => {
    const value = encodeBatch({ columns: columnsOf([]), counts: [] })
    const bytes = Buffer.concat([value, Buffer.from(text)])
    bytes.writeUInt32LE(text.length, 12)
    expect(() => decodeBatch(bytes)).toThrow(why)
  })
})

/** Where the flags of a record stand. */
const FLAGS = 6

function codeOf(bytes: Uint8Array): string | undefined {
  try {
    decodeBatch(bytes)
    return 'none'
  } catch (error) {
    return (error as { code?: string }).code
  }
}

function createColumnsOf(rows: number): ReadingColumns {
  return columnsOf(Array.from({ length: rows }, (_, i) => ({ ...(SAMPLE[0] as Row), seriesLo: i })))
}
