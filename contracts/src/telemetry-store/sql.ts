import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance, StatementType } from '@duckdb/node-api'
import { QuartierError } from '../errors.ts'
import { columnsOf, type StoreFile, type Tier } from './layout.ts'
import { Manifest } from './manifest.ts'
import { SortedFile } from './parquet/sorted-file.ts'
import { decimalId, SERIES_FILE } from './series-file.ts'
import { SeriesTable } from './series-table.ts'

export interface SqlDoor {
  /** Rows as objects, in the order of the result. One SELECT, or an EXPLAIN or DESCRIBE of one. */
  query(statement: string): Promise<object[]>
  close(): Promise<void>
}

/**
 * A read-only SQL door onto what is flushed of the store in `folder`, which may be open elsewhere: DuckDB with the views
 * `readings` (series, measured_at, received_at, value, quality), `series`, `minutes` and `hours`. Times are UTC.
 * @throws QuartierError SQL_REFUSED when a statement is not a query or not understood
 */
export async function openSql(folder: string): Promise<SqlDoor> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '1GB', preserve_insertion_order: 'false' })
  const connection = await instance.connect()
  return {
    query: (statement) => query(connection, folder, statement),
    close: async () => {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

const ALLOWED = [StatementType.SELECT, StatementType.EXPLAIN]
const ATTEMPTS = 3

async function query(connection: DuckDBConnection, folder: string, statement: string): Promise<object[]> {
  for (let attempt = 1; ; attempt++) {
    const files = readManifest(folder)
    try {
      await defineViews(connection, folder, files)
      const statements = await connection.extractStatements(statement)
      if (statements.count !== 1) throw new Error('one statement at a time')
      const prepared = await statements.prepare(0)
      if (!ALLOWED.includes(prepared.statementType)) throw new Error('only queries: this door is read-only')
      return (await prepared.runAndReadAll()).getRowObjectsJS()
    } catch (cause) {
      // A compaction may have replaced a file between our look at the manifest and DuckDB's.
      const replaced = files.some((f) => !existsSync(join(folder, f.name)))
      if (replaced && attempt < ATTEMPTS) continue
      throw new QuartierError('SQL_REFUSED', `${cause instanceof Error ? cause.message : cause}`, { cause })
    }
  }
}

function readManifest(folder: string): readonly StoreFile[] {
  const manifest = new Manifest(folder, { readOnly: true })
  try {
    return manifest.files()
  } finally {
    manifest.close()
  }
}

async function defineViews(connection: DuckDBConnection, folder: string, files: readonly StoreFile[]): Promise<void> {
  const of = (tier: Tier) => files.filter((f) => f.tier === tier)
  await connection.run(seriesView(folder))
  await connection.run(readingsView(folder, of('raw'), correctedSeries(folder, of('raw'))))
  await connection.run(rollupView('minutes', folder, of('minute')))
  await connection.run(rollupView('hours', folder, of('hour')))
}

const SERIES_COLUMNS = `{series: 'UBIGINT', key: 'VARCHAR', source: 'VARCHAR', unit: 'VARCHAR', interval_ms: 'DOUBLE'}`

function seriesView(folder: string): string {
  const path = join(folder, SERIES_FILE)
  const table = existsSync(path)
    ? `SELECT * FROM read_csv(${text(path)}, header = true, columns = ${SERIES_COLUMNS})`
    : `SELECT 0::UBIGINT AS series, '' AS "key", '' AS "source", '' AS unit, 0.0 AS interval_ms WHERE false`
  return `CREATE OR REPLACE VIEW series AS ${table}`
}

/**
 * Readings by key. Two files hold a row for one reading only where the later one corrects the earlier, and the files
 * say of which series: only for these the later flush is sought out.
 */
function readingsView(folder: string, files: readonly StoreFile[], corrected: readonly string[]): string {
  const rows = files.length === 0 ? NO_READINGS : fromFiles(folder, files)
  const list = corrected.join(', ')
  const latest = `QUALIFY row_number() OVER (PARTITION BY series, measured_at ORDER BY flush DESC) = 1`
  const counting =
    corrected.length === 0
      ? 'SELECT * FROM rows'
      : `SELECT * FROM rows WHERE series NOT IN (${list})
         UNION ALL SELECT * FROM rows WHERE series IN (${list}) ${latest}`
  return `CREATE OR REPLACE VIEW readings AS WITH rows AS (${rows}), counting AS (${counting})
    SELECT s.key AS series, c.measured_at, c.measured_at + to_milliseconds(c.delay_ms) AS received_at, c.value, c.quality
    FROM counting c LEFT JOIN series s ON s.series = c.series`
}

const NO_READINGS = `SELECT 0::UBIGINT AS series, now()::TIMESTAMP AS measured_at, 0::BIGINT AS delay_ms,
  0.0::DOUBLE AS "value", 0::UTINYINT AS quality, 0 AS flush WHERE false`

function fromFiles(folder: string, files: readonly StoreFile[]): string {
  const flushes = files.map((f) => `(${text(join(folder, f.name))}, ${f.toFlush})`)
  return `SELECT r.* EXCLUDE (filename), f.flush FROM read_parquet([${names(folder, files)}], filename = true) r
    JOIN (VALUES ${flushes.join(', ')}) f(name, flush) ON f.name = r.filename`
}

/** Summaries merged over the files, one row for each series and window. */
function rollupView(view: string, folder: string, files: readonly StoreFile[]): string {
  if (files.length === 0)
    return `CREATE OR REPLACE VIEW ${view} AS SELECT '' AS series, now()::TIMESTAMP AS window_at, 0::HUGEINT AS "count",
      0.0::DOUBLE AS mean, 0.0::DOUBLE AS min, 0.0::DOUBLE AS max, 0.0::DOUBLE AS "last", 0::HUGEINT AS not_good WHERE false`
  return `CREATE OR REPLACE VIEW ${view} AS WITH rows AS (${fromFiles(folder, files)}),
    valid AS (SELECT *, max(CASE WHEN replaces = 1 THEN flush ELSE 0 END) OVER (PARTITION BY series, window_at) AS since FROM rows)
    SELECT s.key AS series, window_at, sum("count") AS "count", sum("sum") / sum("count") AS mean, min(v.min) AS min,
      max(v.max) AS max, arg_max(v."last", v.last_after_ms) AS "last", sum(not_good) AS not_good
    FROM valid v LEFT JOIN series s ON s.series = v.series WHERE flush >= since GROUP BY s.key, v.series, window_at`
}

/** Ids of the series of which one file corrects another. */
function correctedSeries(folder: string, files: readonly StoreFile[]): string[] {
  const ordinals = new Set<number>()
  const kinds = columnsOf('raw')
    .slice(1)
    .map((c) => c.kind)
  for (const meta of files) {
    const file = new SortedFile(join(folder, meta.name), meta, kinds)
    for (const ordinal of file.index.overrides.ordinal) ordinals.add(ordinal)
    file.close()
  }
  if (ordinals.size === 0) return []
  const manifest = new Manifest(folder, { readOnly: true })
  const series = new SeriesTable()
  for (const block of manifest.read().seriesBlocks) series.restore(block)
  manifest.close()
  return [...ordinals].map((o) => decimalId(series.lo[o] as number, series.hi[o] as number))
}

const names = (folder: string, files: readonly StoreFile[]): string =>
  files.map((f) => text(join(folder, f.name))).join(', ')

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`
