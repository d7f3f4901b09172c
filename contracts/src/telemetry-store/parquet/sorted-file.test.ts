import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ColumnSpec } from './footer.ts'
import { gather } from './gather.ts'
import { Gathered } from './gathered.ts'
import { PageCursor, SortedFile } from './sorted-file.ts'
import { GROUP_ROWS, PAGE_ROWS, SortedFileWriter } from './writer.ts'

const COLUMNS: readonly ColumnSpec[] = [
  { name: 'series', kind: 'seriesId' },
  { name: 'at', kind: 'time' },
  { name: 'delay', kind: 'long' },
  { name: 'value', kind: 'double' },
  { name: 'quality', kind: 'byte' },
  { name: 'count', kind: 'int' },
]
const NAMES = ['at', 'delay', 'value', 'quality', 'count'] as const

/** Series of very different lengths, one across row groups; every third series is missing. */
const LENGTHS = Array.from({ length: 90 }, (_, s) =>
  s % 3 === 1 ? 0 : s === 30 ? GROUP_ROWS + 10_000 : (s * 37) % 400,
)
type Row = { ordinal: number } & Record<(typeof NAMES)[number], number>

function* rows(): Generator<Row> {
  for (let ordinal = 0; ordinal < LENGTHS.length; ordinal++)
    for (let i = 0; i < (LENGTHS[ordinal] as number); i++) {
      const wild = ordinal % 5 === 0
      yield {
        ordinal,
        at: (wild ? -6e11 : 1.7e12) + i * 10_000 + ((i * 31) % 7),
        delay: wild ? i * 4e9 - 1e12 : (i * 17) % 90,
        value: wild ? Math.sin(i) * 10 ** (i % 40) : Math.round(Math.sin(i / 9) * 300) / 10,
        quality: i % 97 === 0 ? 3 : 0,
        count: (i * i) % 5000,
      }
    }
}

describe.each([
  ['quickly', false],
  ['densely', true],
])('a file written %s', (_, dense) => {
  let folder: string
  let path: string
  let file: SortedFile
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'quartier-parquet-'))
    path = join(folder, 'x.parquet')
    const writer = new SortedFileWriter({
      path,
      columns: COLUMNS,
      dense,
      describe: (ordinal, out) => {
        out.reserve(8)
        out.view.setBigUint64(out.length, 2n ** 63n + BigInt(ordinal), true)
        out.length += 8
      },
    })
    for (const row of rows()) {
      writer.ordinals[writer.count] = row.ordinal
      NAMES.forEach((name, c) => {
        ;(writer.columns[c] as Float64Array)[writer.count] = row[name]
      })
      if (++writer.count === GROUP_ROWS) writer.endGroup()
    }
    const overrides = { ordinal: Uint32Array.of(3, 9), from: Float64Array.of(1, 2), to: Float64Array.of(5, 6) }
    const kinds = COLUMNS.slice(1).map((c) => c.kind)
    file = new SortedFile(path, writer.finish(overrides), kinds)
  })
  afterAll(() => {
    file.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('is read by DuckDB with the same rows in the same order', async () => {
    const db = await DuckDBInstance.create(':memory:', { threads: '1' })
    const connection = await db.connect()
    const sql = `SELECT series::HUGEINT - 9223372036854775808 AS ordinal, epoch_ms("at") AS "at", delay, "value", quality, "count" FROM read_parquet('${path}')`
    const read = await connection.runAndReadAll(sql)
    const columns = read.getColumns()
    let i = 0
    for (const row of rows()) {
      const found = columns.map((column) => Number(column[i]))
      if (found.join() !== [row.ordinal, row.at, row.delay, row.value, row.quality, row.count].join())
        expect(found).toEqual([row.ordinal, row.at, row.delay, row.value, row.quality, row.count])
      i++
    }
    expect(read.currentRowCount).toBe(i)
    connection.closeSync()
    db.closeSync()
  })

  it('gives its rows back in order, page by page', () => {
    const cursor = new PageCursor(file, PAGE_ROWS)
    const all = rows()
    let count = 0
    do {
      for (let i = 0; i < cursor.rows; i++, count++) {
        const row = all.next().value as Row
        const found = [cursor.ordinals[i], ...cursor.columns.map((c) => c[i])]
        const expected = [row.ordinal, ...NAMES.map((name) => row[name])]
        if (found.join() !== expected.join()) expect(found).toEqual(expected)
      }
    } while (cursor.next())
    expect(all.next().done).toBe(true)
    expect(count).toBe(LENGTHS.reduce((a, b) => a + b, 0))
  })

  it.each([
    { wanted: [0, 1, 2, 30, 31, 89], from: -1e15, to: 1e15 },
    { wanted: [30], from: -6e11 + 5e8, to: -6e11 + 6e8 },
    { wanted: [29, 32, 33, 200], from: 1.7e12 + 100_000, to: 1.7e12 + 900_001 },
    { wanted: Array.from({ length: 90 }, (_, i) => i), from: 1.7e12, to: 1.7e12 + 50_000 },
    { wanted: [500], from: 0, to: 1 },
    { wanted: [], from: -1e15, to: 1e15 },
  ])('finds the rows of series $wanted.length from $from to $to', ({ wanted, from, to }) => {
    const out = new Gathered(3, 4)
    gather(file, Uint32Array.from(wanted), from, to, [0, 2, 4], out)
    const found: number[][] = []
    for (let run = 0; run < out.runs; run++)
      for (let i = out.start[run] as number; i < out.end(run); i++)
        found.push([wanted[out.series[run] as number] as number, ...out.columns.map((c) => c[i] as number)])
    const expected = [...rows()]
      .filter((r) => wanted.includes(r.ordinal) && r.at >= from && r.at < to)
      .map((r) => [r.ordinal, r.at, r.value, r.count])
    expect(found.length).toBe(expected.length)
    expect(found.findIndex((row, i) => row.join() !== expected[i]?.join())).toBe(-1)
  })

  it('remembers which series it corrects', () => {
    const { ordinal, from, to } = file.index.overrides
    expect([[...ordinal], [...from], [...to]]).toEqual([
      [3, 9],
      [1, 2],
      [5, 6],
    ])
  })

  it('is refused when its index is damaged', () => {
    expect(() => new SortedFile(path, { indexAt: 8, indexBytes: 64 }, [])).toThrow(/damaged/)
    expect(() => new SortedFile(join(folder, 'none'), { indexAt: 8, indexBytes: 64 }, [])).toThrow(/not there/)
  })
})
