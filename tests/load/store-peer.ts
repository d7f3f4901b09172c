import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { BIGINT, DOUBLE, DuckDBDataChunk, DuckDBInstance, INTEGER, UTINYINT } from '@duckdb/node-api'
import { median } from './bench-row.ts'
import type { ReadingSource } from './store-readings.ts'

/**
 * The other shape that a store of our own could have: a DuckDB table that commits its rows with their log offset, moved
 * into sorted Parquet files by DuckDB itself. No duplicates are looked for, no rollups computed.
 */
export interface PeerFigures {
  readonly rows: number
  readonly files: number
  /** CPU of the process without the generator's, all threads. */
  readonly writeNs: number
  readonly compactionNs: number
  readonly bytesPerReading: number
  readonly wholeDayMs: number
  readonly thousandMs: number
  readonly lastMs: number
}

export async function measurePeer(
  folder: string,
  source: ReadingSource,
  options: { fileRows: number; from: number; to: number; runs: number },
): Promise<PeerFigures> {
  const ordinals = new Map(source.series.map((s, i) => [s.hi * 2 ** 21 + (s.lo & 0x1fffff), i]))
  const database = join(folder, 'peer.duckdb')
  const instance = await DuckDBInstance.create(database, { checkpoint_threshold: '1GB' })
  const db = await instance.connect()
  await db.run(
    'CREATE TABLE reading (series INTEGER, measured_at BIGINT, received_at BIGINT, value DOUBLE, quality UTINYINT)',
  )
  await db.run('CREATE TABLE place (partition INTEGER PRIMARY KEY, next_offset BIGINT)')
  const types = [INTEGER, BIGINT, BIGINT, DOUBLE, UTINYINT]
  const cpu = { write: 0, compaction: 0 }
  const files: string[] = []
  let rows = 0
  let held = 0
  const compactTable = async () => {
    const path = join(folder, `peer-${files.length}.parquet`)
    await db.run(`COPY (FROM reading ORDER BY series, measured_at) TO '${path}' (FORMAT parquet, COMPRESSION zstd)`)
    await db.run('TRUNCATE reading')
    await db.run('CHECKPOINT')
    files.push(path)
    held = 0
  }
  for (let offset = 0; source.next() > 0; offset++) {
    const { columns: c } = source
    const places = Array.from(
      c.seriesHi.subarray(0, c.length),
      (hi, i) => ordinals.get(hi * 2 ** 21 + ((c.seriesLo[i] as number) & 0x1fffff)) as number,
    )
    const before = process.cpuUsage()
    await db.run('BEGIN')
    const appender = await db.createAppender('reading')
    for (let from = 0; from < c.length; from += 2048) {
      const to = Math.min(c.length, from + 2048)
      const chunk = DuckDBDataChunk.create(types, to - from)
      chunk.setColumnValues(0, places.slice(from, to))
      chunk.setColumnValues(1, Array.from(c.measuredAt.subarray(from, to), BigInt))
      chunk.setColumnValues(2, Array.from(c.receivedAt.subarray(from, to), BigInt))
      chunk.setColumnValues(3, Array.from(c.value.subarray(from, to)))
      chunk.setColumnValues(4, Array.from(c.quality.subarray(from, to)))
      appender.appendDataChunk(chunk)
    }
    appender.closeSync()
    await db.run(`INSERT OR REPLACE INTO place VALUES (0, ${offset + 1})`)
    await db.run('COMMIT')
    cpu.write += used(before)
    rows += c.length
    held += c.length
    if (held < options.fileRows) continue
    const compacting = process.cpuUsage()
    await compactTable()
    cpu.compaction += used(compacting)
  }
  const compacting = process.cpuUsage()
  if (held > 0) await compactTable()
  cpu.compaction += used(compacting)

  const all = `read_parquet([${files.map((f) => `'${f}'`).join(', ')}])`
  const size = await db.runAndReadAll(
    `SELECT sum(total_compressed_size)::DOUBLE FROM parquet_metadata([${files.map((f) => `'${f}'`).join(', ')}])`,
  )
  const time = async (sql: (run: number) => string, runs = options.runs) => {
    const ms: number[] = []
    for (let run = -1; run < runs; run++) {
      const startedAt = performance.now()
      await db.runAndReadAll(sql(run + 1))
      if (run >= 0) ms.push(performance.now() - startedAt)
    }
    return median(ms)
  }
  const span = `measured_at >= ${options.from} AND measured_at < ${options.to}`
  const first = (run: number) => (run * 7919) % Math.max(1, source.series.length - 1000)
  const figures = {
    rows,
    files: files.length,
    writeNs: cpu.write / rows,
    compactionNs: cpu.compaction / rows,
    bytesPerReading: (size.getRows()[0]?.[0] as number) / rows,
    wholeDayMs: await time(
      (run) =>
        `SELECT measured_at // 60000 AS w, avg(value), min(value), max(value), count(*), arg_max(value, measured_at) FROM ${all} WHERE series = ${first(run)} AND ${span} GROUP BY w`,
    ),
    thousandMs: await time(
      (run) =>
        `SELECT series, measured_at // 300000 AS w, avg(value) FROM ${all} WHERE series BETWEEN ${first(run)} AND ${first(run) + 999} AND ${span} GROUP BY series, w`,
    ),
    lastMs: await time(() => `SELECT series, arg_max(value, measured_at) FROM ${all} GROUP BY series`, 2),
  }
  db.closeSync()
  instance.closeSync()
  for (const path of [...files, database]) rmSync(path, { force: true })
  return figures
}

/** CPU since, ns. */
function used(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) * 1000
}
