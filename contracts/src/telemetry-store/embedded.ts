import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { QuartierError } from '../errors.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { SeriesId } from '../series/id.ts'
import { seriesIdText } from '../series/id.ts'
import type {
  LastValues,
  SeriesMeta,
  SeriesRange,
  StoreBatch,
  StoreCounts,
  StoreUsage,
  TelemetryStore,
  Windows,
} from './port.ts'

export interface EmbeddedStoreOptions {
  /** Folder of this store alone; made when absent. */
  readonly folder: string
  readonly clock: Clock
  readonly logger?: Logger
  /** Readings that the window in memory holds before it is written to a file. */
  readonly hotRows?: number
  /** Longest time between two flushes, real ms. */
  readonly flushEveryMs?: number
  /** How long each tier is kept, ms of the platform clock. */
  readonly retention?: { readonly rawMs?: number; readonly minuteMs?: number; readonly hourMs?: number }
  /** Most bytes on disk; the oldest raw files go first. */
  readonly diskBudgetBytes?: number
}

type Row = { at: number; received: number; value: number; quality: number }

/** First cut: rows in SQLite behind the final port. */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<TelemetryStore> {
  mkdirSync(options.folder, { recursive: true })
  const lock = new DatabaseSync(join(options.folder, 'lock.db'), { timeout: 0 })
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    throw new QuartierError('STORE_LOCKED', `open the store in ${options.folder}: another process has it open`, {
      cause,
    })
  }
  const db = new DatabaseSync(join(options.folder, 'manifest.db'))
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS series(ordinal INTEGER PRIMARY KEY, id TEXT UNIQUE, lo, hi, key, source, unit, interval_ms);
    CREATE TABLE IF NOT EXISTS position(partition INTEGER PRIMARY KEY, offset INTEGER);
    CREATE TABLE IF NOT EXISTS readings(ordinal INT, at REAL, received REAL, value REAL, quality INT, PRIMARY KEY(ordinal, at)) WITHOUT ROWID`)
  const q = {
    define: db.prepare(
      'INSERT INTO series(id, lo, hi, key, source, unit, interval_ms) VALUES(?,?,?,?,?,?,?) ON CONFLICT(id) DO UPDATE SET source = excluded.source, unit = excluded.unit, interval_ms = excluded.interval_ms',
    ),
    byId: db.prepare('SELECT ordinal, key, source FROM series WHERE id = ?'),
    all: db.prepare('SELECT * FROM series ORDER BY ordinal'),
    position: db.prepare('SELECT * FROM position'),
    move: db.prepare('INSERT INTO position VALUES(?,?) ON CONFLICT DO UPDATE SET offset = excluded.offset'),
    find: db.prepare('SELECT value FROM readings WHERE ordinal = ? AND at = ?'),
    put: db.prepare('INSERT OR REPLACE INTO readings VALUES(?,?,?,?,?)'),
    range: db.prepare(
      'SELECT at, received, value, quality FROM readings WHERE ordinal = ? AND at >= ? AND at < ? ORDER BY at LIMIT ?',
    ),
    last: db.prepare('SELECT at, received, value, quality FROM readings WHERE ordinal = ? ORDER BY at DESC LIMIT 1'),
    usage: db.prepare('SELECT count(*) n, min(at) a, max(at) b FROM readings'),
  }
  let closed = false
  const open = (what: string) => {
    if (closed) throw new QuartierError('STORE_CLOSED', `${what}: the store is closed`)
  }
  const counts: StoreCounts[] = []
  const position = (): Record<number, number> =>
    Object.fromEntries(
      (q.position.all() as { partition: number; offset: number }[]).map((r) => [r.partition, r.offset]),
    )
  const series = (): SeriesMeta[] =>
    (q.all.all() as Record<string, string | number>[]).map((r) => ({
      lo: Number(r.lo),
      hi: Number(r.hi),
      key: String(r.key),
      source: String(r.source),
      unit: String(r.unit),
      intervalMs: Number(r.interval_ms),
    }))
  const ordinalOf = (id: SeriesId) => (q.byId.get(seriesIdText(id)) as { ordinal: number } | undefined)?.ordinal ?? -1
  const rowsOf = (id: SeriesId, from: number, to: number, limit = -1) =>
    q.range.all(ordinalOf(id), from, to, limit) as unknown as Row[]

  function writeBatch(batch: StoreBatch, at: Record<number, number>): void {
    if (batch.nextOffset <= (at[batch.partition] ?? 0)) return
    const c = batch.columns
    const bySource = new Map<string, { stored: number; duplicates: number; corrections: number }>()
    for (let i = 0; i < c.length; i++) {
      const id = { lo: c.seriesLo[i]!, hi: c.seriesHi[i]! }
      let s = q.byId.get(seriesIdText(id)) as { ordinal: number; source: string } | undefined
      if (!s) {
        q.define.run(seriesIdText(id), id.lo, id.hi, '', '', '', 0)
        s = q.byId.get(seriesIdText(id)) as { ordinal: number; source: string }
      }
      const n = bySource.get(s.source) ?? { stored: 0, duplicates: 0, corrections: 0 }
      bySource.set(s.source, n)
      const old = q.find.get(s.ordinal, c.measuredAt[i]!) as { value: number } | undefined
      if (!old) n.stored++
      else if (old.value === c.value[i]) {
        n.duplicates++
        continue
      } else n.corrections++
      q.put.run(s.ordinal, c.measuredAt[i]!, c.receivedAt[i]!, c.value[i]!, c.quality[i]!)
    }
    for (const [source, n] of bySource)
      counts.push({
        partition: batch.partition,
        firstOffset: batch.firstOffset,
        nextOffset: batch.nextOffset,
        source,
        ...n,
        undecided: 0,
      })
    q.move.run(batch.partition, batch.nextOffset)
    at[batch.partition] = batch.nextOffset
  }

  return {
    supports: { atomicPosition: true, sql: true, exactDuplicateCounts: true },
    async position() {
      open('position')
      return position()
    },
    async define(all) {
      open('define')
      db.exec('BEGIN')
      for (const s of all) {
        const old = q.byId.get(seriesIdText(s)) as { key: string } | undefined
        if (old && old.key !== s.key && old.key !== '') {
          db.exec('COMMIT')
          throw new QuartierError('SERIES_COLLISION', `define ${s.key}: its id is that of ${old.key}`)
        }
        q.define.run(seriesIdText(s), s.lo, s.hi, s.key, s.source, s.unit, s.intervalMs)
      }
      db.exec('COMMIT')
    },
    async write(batches) {
      open('write')
      db.exec('BEGIN')
      const at = position()
      for (const batch of batches) writeBatch(batch, at)
      db.exec('COMMIT')
    },
    async flush() {
      open('flush')
    },
    async takeCounts() {
      open('takeCounts')
      return counts.splice(0)
    },
    async last(ids): Promise<LastValues> {
      open('last')
      const wanted = ids ?? series()
      const n = wanted.length
      const out = {
        length: n,
        seriesLo: Uint32Array.from(wanted, (s) => s.lo),
        seriesHi: Uint32Array.from(wanted, (s) => s.hi),
        measuredAt: new Float64Array(n),
        receivedAt: new Float64Array(n),
        value: new Float64Array(n).fill(Number.NaN),
        quality: new Uint8Array(n),
      }
      wanted.forEach((s, i) => {
        const r = q.last.get(ordinalOf(s)) as unknown as Row | undefined
        if (!r) return
        out.measuredAt[i] = r.at
        out.receivedAt[i] = r.received
        out.value[i] = r.value
        out.quality[i] = r.quality
      })
      return out
    },
    async range(ids, from, to, limit) {
      open('range')
      return ids.map((s): SeriesRange => {
        const rows = rowsOf(s, from, to, limit ?? -1)
        return {
          series: { lo: s.lo, hi: s.hi },
          measuredAt: Float64Array.from(rows, (r) => r.at),
          value: Float64Array.from(rows, (r) => r.value),
          quality: Uint8Array.from(rows, (r) => r.quality),
        }
      })
    },
    async windows(ids, from, to, stepMs): Promise<Windows> {
      open('windows')
      const windows = Math.max(0, Math.ceil((to - from) / stepMs))
      const cells = windows * ids.length
      const out = {
        series: ids.map((s) => ({ lo: s.lo, hi: s.hi })),
        from,
        stepMs,
        windows,
        count: new Uint32Array(cells),
        mean: new Float64Array(cells).fill(Number.NaN),
        min: new Float64Array(cells).fill(Number.NaN),
        max: new Float64Array(cells).fill(Number.NaN),
        last: new Float64Array(cells).fill(Number.NaN),
        notGood: new Uint32Array(cells),
      }
      ids.forEach((s, i) => {
        const sums = new Float64Array(windows)
        for (const r of rowsOf(s, from, to)) {
          const w = Math.floor((r.at - from) / stepMs)
          const k = i * windows + w
          if (out.count[k]!++ === 0) out.min[k] = out.max[k] = r.value
          sums[w]! += r.value
          out.min[k] = Math.min(out.min[k]!, r.value)
          out.max[k] = Math.max(out.max[k]!, r.value)
          out.last[k] = r.value
          out.mean[k] = sums[w]! / out.count[k]!
          if ((r.quality & 3) !== 0) out.notGood[k]!++
        }
      })
      return out
    },
    async export(request, onProgress) {
      open('export')
      if (request.format !== 'csv') throw new QuartierError('STORE_UNAVAILABLE', 'export: only csv in this first cut')
      const out = createWriteStream(request.path)
      out.write('series,measured_at,received_at,value,quality\n')
      let n = 0
      const all = series()
      const wanted = request.series
        ? all.filter((s) => request.series!.some((w) => w.lo === s.lo && w.hi === s.hi))
        : all
      for (const s of wanted) {
        for (const r of rowsOf(s, request.from, request.to)) {
          out.write(
            `${s.key},${new Date(r.at).toISOString()},${new Date(r.received).toISOString()},${r.value},${r.quality}\n`,
          )
          n++
        }
        onProgress?.((wanted.indexOf(s) + 1) / wanted.length)
      }
      await new Promise<void>((resolve) => out.end(resolve))
      return n
    },
    async series() {
      open('series')
      return series()
    },
    async usage(): Promise<StoreUsage> {
      open('usage')
      const u = q.usage.get() as { n: number; a: number | null; b: number | null }
      return {
        series: series().length,
        readings: u.n,
        files: 0,
        bytes: 0,
        oldestAt: u.a ?? Number.NaN,
        newestAt: u.b ?? Number.NaN,
      }
    },
    async close() {
      if (closed) return
      closed = true
      db.close()
      lock.close()
    },
  }
}
