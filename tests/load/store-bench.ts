import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Logger, silentLogger } from '@quartier/contracts/runtime'
import type { SeriesMeta } from '@quartier/contracts/telemetry-store'
import {
  type EmbeddedStore,
  type EmbeddedStoreOptions,
  openEmbeddedStore,
} from '@quartier/contracts/telemetry-store/embedded'
import { type BenchRow, median, rowOf } from './bench-row.ts'
import { measurePeer } from './store-peer.ts'
import { createReadingSource, type ReadingSource } from './store-readings.ts'

export interface StoreBenchOptions {
  /** A tenth of the size. */
  readonly quick?: boolean
  readonly onProgress?: (line: string) => void
}

const DAY = 86_400_000
const START = Date.UTC(2026, 2, 3)
const INTERVAL = 280_000
const MINUTE = 60_000
const RUNS = 15

interface Scale {
  readonly series: number
  readonly rounds: number
  readonly hotRows: number
  /** Rows of a file as the queries meet it: at least 24 files. */
  readonly fileRows: number
  readonly batchRows: number
}

const FULL: Scale = { series: 650_000, rounds: 308, hotRows: 4_000_000, fileRows: 8_000_000, batchRows: 10_000 }
const QUICK: Scale = { series: 65_000, rounds: 308, hotRows: 400_000, fileRows: 800_000, batchRows: 10_000 }

/** Builds a store of a day's readings through its own `write`, and asks it what people ask. */
export async function runStoreBench(options: StoreBenchOptions = {}): Promise<BenchRow[]> {
  const say = options.onProgress ?? (() => {})
  const scale = options.quick ? QUICK : FULL
  const folder = mkdtempSync(join(tmpdir(), 'quartier-bench-store-'))
  try {
    const source = createReadingSource({ ...scale, startAt: START, intervalMs: INTERVAL, seed: 7 })
    const built = await build(folder, scale, source, say)
    say('asking')
    const queries = await measureQueries(built.store, scale, source.series)
    const usage = await built.store.usage()
    await built.store.close()
    say('merging the day')
    const merged = await mergeDay(folder, scale, source.series)
    const loose = await measureAnyOrder(scale)
    say('the same readings in the other shape')
    const shapes = await compareShapes()
    const rows = usage.readings
    return [
      {
        name: 'readings in the store',
        value: rows,
        unit: 'readings',
        note: `${usage.files} files of readings and rollups while queries run`,
      },
      rowOf(
        { name: 'write, the thread that takes readings', unit: 'ns CPU/reading', must: 60, smaller: true },
        built.writeNs,
      ),
      { name: 'flush, in the worker', value: built.flushNs, unit: 'ns CPU/reading', smaller: true },
      {
        name: 'compaction with rollups, in the worker',
        value: built.compactionNs,
        unit: 'ns CPU/reading',
        smaller: true,
      },
      {
        name: 'flush and compaction',
        value: built.flushNs + built.compactionNs,
        unit: 'ns CPU/reading',
        must: 350,
        smaller: true,
      },
      { name: 'readings written per second, generator and all', value: built.perSecond, unit: 'readings/s' },
      { name: 'memory at its highest, generator and all', value: built.rssMb, unit: 'MB', smaller: true },
      ...queries,
      ...merged,
      loose,
      ...shapes,
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const clockAt = (at: number) => ({ now: () => at, speed: 1 })

async function build(folder: string, scale: Scale, source: ReadingSource, say: (line: string) => void) {
  const work = { flush: { rows: 0, cpuMs: 0 }, compaction: { rows: 0, cpuMs: 0 } }
  const store = await openEmbeddedStore({
    ...fixed(folder, scale, DAY),
    logger: listenTo(work),
    compaction: { fan: Math.round(scale.fileRows / scale.hotRows), doneRows: scale.fileRows * 0.9 },
  })
  await store.define(source.series)
  const startedAt = performance.now()
  const writeNs: number[] = []
  let rows = 0
  let rss = 0
  let saidAt = startedAt
  for (let offset = 0; source.next() > 0; offset++) {
    const before = process.threadCpuUsage()
    await store.write([{ partition: 0, firstOffset: offset, nextOffset: offset + 1, columns: source.columns }])
    const { user, system } = process.threadCpuUsage(before)
    writeNs.push(((user + system) * 1000) / source.columns.length)
    rows += source.columns.length
    if (offset % 64 === 0) rss = Math.max(rss, process.memoryUsage.rss())
    if (performance.now() - saidAt < 5000) continue
    saidAt = performance.now()
    say(`${(rows / 1e6).toFixed(0)} million of ${((scale.series * scale.rounds) / 1e6).toFixed(0)}`)
  }
  await store.flush()
  await store.tidy()
  const seconds = (performance.now() - startedAt) / 1000
  return {
    store,
    writeNs: blocks(writeNs, 10),
    flushNs: (work.flush.cpuMs * 1e6) / work.flush.rows,
    compactionNs: (work.compaction.cpuMs * 1e6) / rows,
    perSecond: rows / seconds,
    rssMb: rss / 1e6,
  }
}

/** A few million readings in this store and in the peer's shape, as many files in both. */
async function compareShapes(): Promise<BenchRow[]> {
  const scale = { series: 65_000, rounds: 60, hotRows: 400_000, fileRows: 800_000, batchRows: 10_000 }
  const folder = mkdtempSync(join(tmpdir(), 'quartier-bench-shape-'))
  const source = () => createReadingSource({ ...scale, startAt: START, intervalMs: INTERVAL, seed: 7 })
  try {
    const peer = await measurePeer(folder, source(), {
      fileRows: scale.fileRows,
      from: START,
      to: START + DAY,
      runs: 7,
    })
    const { store, writeNs, flushNs, compactionNs } = await build(folder, scale, source(), () => {})
    const [last, one, thousand] = await measureQueries(store, scale, source().series)
    const bytes = store.bytesByTier().raw / peer.rows
    await store.close()
    const row = (name: string, unit: string, value: number, other: number): BenchRow => ({
      name,
      value,
      unit,
      peer: other,
      ratio: value / other,
      smaller: true,
    })
    return [
      row(
        'against a DuckDB table: write, flush, compact',
        'ns CPU/reading',
        median(writeNs) + flushNs + compactionNs,
        peer.writeNs + peer.compactionNs,
      ),
      row('against a DuckDB table: size', 'B/reading', bytes, peer.bytesPerReading),
      row('against a DuckDB table: last values', 'ms', last?.value ?? 0, peer.lastMs),
      row('against a DuckDB table: 24 h × 1 min of one series', 'ms', one?.value ?? 0, peer.wholeDayMs),
      row('against a DuckDB table: 5-min means of 1,000 series', 'ms', thousand?.value ?? 0, peer.thousandMs),
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Without timers, and on a platform clock that stands still at `day` after the start. */
const fixed = (folder: string, scale: Scale, day: number): EmbeddedStoreOptions => ({
  folder,
  hotRows: scale.hotRows,
  flushEveryMs: 0,
  clock: clockAt(START + day - 1),
})

function listenTo(work: Record<'flush' | 'compaction', { rows: number; cpuMs: number }>): Logger {
  const note = (fields: object, event: string) => {
    const { rows, cpuMs } = fields as { rows: number; cpuMs: number }
    const kind = event === 'store.flushed' ? work.flush : event === 'store.compacted' ? work.compaction : undefined
    if (!kind) return
    kind.rows += rows
    kind.cpuMs += cpuMs
  }
  return { ...silentLogger, debug: note, info: note }
}

/** Means of `n` equal stretches. */
function blocks(values: readonly number[], n: number): number[] {
  const size = Math.max(1, Math.floor(values.length / n))
  return Array.from({ length: Math.min(n, values.length) }, (_, i) => {
    const part = values.slice(i * size, (i + 1) * size)
    return part.reduce((a, b) => a + b, 0) / part.length
  })
}

async function measureQueries(store: EmbeddedStore, scale: Scale, series: readonly SeriesMeta[]): Promise<BenchRow[]> {
  const at = (run: number) => Math.floor((((run * 7919) % 1000) / 1000) * (scale.series - 1000))
  const scattered = (run: number) =>
    Array.from(
      { length: 1000 },
      (_, i) => series[(at(run) + i * Math.floor(scale.series / 1000)) % scale.series] as SeriesMeta,
    )
  const to = START + DAY
  let readings = 0
  const whole = async (run: number) => {
    const s = series[at(run)] as SeriesMeta
    const w = await store.windows([s], START, to, MINUTE)
    readings = w.count.reduce((a, b) => a + b, 0)
  }
  const wholeMs = await time(whole)
  return [
    rowOf(
      { name: `last value of all ${scale.series} series`, unit: 'ms', must: 5, reach: 2, smaller: true },
      await time(() => store.last()),
    ),
    rowOf(
      {
        name: '24 h × 1 min of one series',
        unit: 'ms',
        must: 20,
        reach: 8,
        smaller: true,
        note: `the last one held ${readings} readings`,
      },
      wholeMs,
    ),
    rowOf(
      { name: '5-min means of 1,000 neighbouring series over a day', unit: 'ms', must: 50, reach: 25, smaller: true },
      await time((run) => store.windows(series.slice(at(run), at(run) + 1000), START, to, 5 * MINUTE)),
    ),
    rowOf(
      { name: '5-min means of 1,000 scattered series over a day', unit: 'ms', smaller: true },
      await time((run) => store.windows(scattered(run), START, to, 5 * MINUTE), 3),
    ),
    rowOf(
      { name: 'all readings of one series over a day', unit: 'ms', smaller: true },
      await time((run) => store.range([series[at(run)] as SeriesMeta], START, to)),
    ),
  ]
}

async function time(question: (run: number) => Promise<unknown>, runs = RUNS): Promise<number[]> {
  for (let run = 0; run < 3; run++) await question(run)
  const out: number[] = []
  for (let run = 0; run < runs; run++) {
    const startedAt = performance.now()
    await question(run + 3)
    out.push(performance.now() - startedAt)
  }
  return out
}

/** The next day: what is left of the day before becomes one file. */
async function mergeDay(folder: string, scale: Scale, series: readonly SeriesMeta[]): Promise<BenchRow[]> {
  const work = { flush: { rows: 0, cpuMs: 0 }, compaction: { rows: 0, cpuMs: 0 } }
  const openedAt = performance.now()
  const store = await openEmbeddedStore({
    ...fixed(folder, scale, 2 * DAY),
    logger: listenTo(work),
    compaction: { doneRows: 2 ** 31 },
  })
  const openMs = performance.now() - openedAt
  await store.tidy()
  const { readings } = await store.usage()
  const bytes = store.bytesByTier()
  const one = await time((run) => store.windows([series[run * 631] as SeriesMeta], START, START + DAY, MINUTE))
  await store.close()
  return [
    { name: 'opening that store', value: openMs, unit: 'ms', smaller: true },
    {
      name: 'store after compaction, readings',
      value: bytes.raw / readings,
      unit: 'B/reading',
      must: 5,
      reach: 3.5,
      smaller: true,
    },
    {
      name: 'store after compaction, rollups',
      value: (bytes.minute + bytes.hour) / readings,
      unit: 'B/reading',
      smaller: true,
    },
    {
      name: 'compaction of a whole day',
      value: (work.compaction.cpuMs * 1e6) / readings,
      unit: 'ns CPU/reading',
      smaller: true,
    },
    rowOf({ name: '24 h × 1 min of one series after it', unit: 'ms', must: 20, reach: 8, smaller: true }, one),
  ]
}

/** The same readings where the next series to report is anybody's guess, so that no gap tells the next one. */
async function measureAnyOrder(scale: Scale): Promise<BenchRow> {
  const folder = mkdtempSync(join(tmpdir(), 'quartier-bench-store-'))
  const small = { ...scale, series: Math.floor(scale.series / 10), hotRows: Math.floor(scale.hotRows / 10) }
  try {
    const source = createReadingSource({ ...small, startAt: START, intervalMs: INTERVAL, seed: 8, anyOrder: true })
    const store = await openEmbeddedStore({ ...fixed(folder, small, 2 * DAY), compaction: { fan: 1e9 } })
    await store.define(source.series)
    for (let offset = 0; source.next() > 0; offset++)
      await store.write([{ partition: 0, firstOffset: offset, nextOffset: offset + 1, columns: source.columns }])
    await store.close()
    const merged = await openEmbeddedStore({ ...fixed(folder, small, 3 * DAY), compaction: { doneRows: 2 ** 31 } })
    await merged.tidy()
    const { readings } = await merged.usage()
    const bytes = merged.bytesByTier().raw / readings
    await merged.close()
    return {
      name: 'the same with gaps left to chance',
      value: bytes,
      unit: 'B/reading',
      must: 5,
      smaller: true,
      note: `${readings} readings; a gap then takes 2.4 bytes however it is coded`,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
