import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { QuartierError } from '../errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { type Logger, silentLogger } from '../runtime/logger.ts'
import type { SeriesId } from '../series/id.ts'
import { type CompactionLimits, DEFAULT_LIMITS } from './compaction-plan.ts'
import { exportReadings } from './export.ts'
import { type FileWriterLink, type Flushed, startFileWriter } from './file-writer-link.ts'
import { MAX_ROWS } from './hot-window.ts'
import { Intake } from './intake.ts'
import { emptyColumns } from './last-values.ts'
import type { Tier } from './layout.ts'
import { Manifest } from './manifest.ts'
import { OpenFiles } from './open-files.ts'
import type { LastValues, StoreUsage, TelemetryStore } from './port.ts'
import { readRange } from './query.ts'
import type { Retention } from './retention.ts'
import { UNKNOWN } from './series-table.ts'
import { readWindows } from './windows.ts'

export interface EmbeddedStoreOptions {
  /** Folder of this store alone; made when absent. */
  readonly folder: string
  /** The platform clock: days of compaction and ages of retention. */
  readonly clock: Clock
  readonly logger?: Logger
  /** Readings that a window in memory holds before it is written to a file, 32 bytes each; there are two windows. */
  readonly hotRows?: number
  /** Longest time between two flushes, ms of real time, default a minute; 0: only when a window is full or on demand. */
  readonly flushEveryMs?: number
  /** How long each tier is kept, ms of the platform clock; for ever where absent. */
  readonly retention?: Retention
  /** Most bytes of files; the oldest raw ones go first. */
  readonly diskBudgetBytes?: number
  /** Readings that a query holds in memory at once, about; more are read in slices. */
  readonly queryRows?: number
  /** When files are merged; for tests and benchmarks. */
  readonly compaction?: Partial<CompactionLimits>
}

export interface EmbeddedStore extends TelemetryStore {
  /** Merges files and applies retention now; resolves when there is nothing left to do. */
  tidy(): Promise<void>
  bytesByTier(): Record<Tier, number>
}

/**
 * Opens the store in a folder: a hot window of columns in memory, and immutable Parquet files sorted by series and time
 * whose manifest is the log position. One process has it open at a time.
 *
 * The arrays that `last()` returns for all series are used again by the call after the next one.
 * @throws QuartierError STORE_LOCKED when it is open already, STORE_CORRUPT when files are missing or damaged
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  mkdirSync(options.folder, { recursive: true })
  const unlock = lock(options.folder)
  try {
    return await open(options, unlock)
  } catch (error) {
    unlock()
    throw error
  }
}

async function open(options: EmbeddedStoreOptions, unlock: () => void): Promise<EmbeddedStore> {
  const { folder, clock, logger = silentLogger } = options
  const files = new OpenFiles(folder)
  let gone: QuartierError | undefined
  const manifest = new Manifest(folder)
  const starting = startFileWriter(
    {
      folder,
      limits: { ...DEFAULT_LIMITS, ...options.compaction },
      retention: options.retention ?? {},
      diskBudgetBytes: options.diskBudgetBytes ?? Number.POSITIVE_INFINITY,
    },
    logger,
    {
      onReplaced: ({ gone, come }) => files.replace(gone, come),
      onBroken: (error) => {
        gone = error
        logger.error({ err: error }, 'store.broken')
      },
    },
  )
  const tidy = async () => (await starting).tidy(clock.now())
  const onFlushed = ({ file }: Flushed) => {
    if (!file) return
    files.replace([], [file])
    void tidy()
  }
  const hotRows = Math.min(MAX_ROWS, options.hotRows ?? 3_000_000)
  // Both threads load what they need at the same time.
  const [intake, writer] = await settle(() => {
    const state = manifest.read()
    files.replace([], state.files)
    return new Intake({ clock, logger, writer: starting, hotRows, onFlushed }, state)
  }, starting).finally(() => manifest.close())
  const sources = { files, intake, queryRows: options.queryRows ?? 1_000_000 }
  const everyMs = options.flushEveryMs ?? 60_000
  const timer = everyMs > 0 ? setInterval(() => void intake.flush().then(tidy, () => {}), everyMs) : undefined
  timer?.unref()
  const running = new Set<Promise<unknown>>()
  /** Runs a call unless the store is closed. */
  const call = <T>(what: string, body: () => T | Promise<T>): Promise<T> => {
    if (gone) return Promise.reject(new QuartierError(gone.code, `${what}: ${gone.message}`, { cause: gone.cause }))
    const done = Promise.resolve()
      .then(body)
      .catch((error) => {
        throw translate(what, error)
      })
    const settled: Promise<boolean> = done.then(
      () => running.delete(settled),
      () => running.delete(settled),
    )
    running.add(settled)
    return done
  }
  return {
    supports: { atomicPosition: true, sql: true, exactDuplicateCounts: true },
    position: () => call('position', () => intake.position()),
    define: (series) => call('define', () => intake.define(series)),
    write: (batches) => call('write', () => intake.write(batches)),
    flush: () => call('flush', () => intake.flush()),
    takeCounts: () => call('takeCounts', () => intake.takeCounts()),
    last: (series) => call('last', () => readLast(intake, series)),
    range: (series, from, to, limit) => call('range', () => readRange(sources, series, from, to, limit)),
    windows: (series, from, to, stepMs) => call('windows', () => readWindows(sources, series, from, to, stepMs)),
    export: (request, onProgress) => call('export', () => exportReadings(sources, request, onProgress)),
    series: () => call('series', () => definedSeries(intake)),
    usage: () => call('usage', () => usageOf(files, intake)),
    bytesByTier() {
      const bytes = { raw: 0, minute: 0, hour: 0 }
      for (const file of files.metas()) bytes[file.tier] += file.bytes
      return bytes
    },
    tidy: () => (gone ? Promise.reject(gone) : tidy()),
    async close() {
      if (gone) return
      gone = new QuartierError('STORE_CLOSED', 'the store is closed')
      clearInterval(timer)
      await Promise.all(running)
      // What cannot be flushed now is still in the log.
      await intake.flush().catch(() => {})
      await writer.close()
      files.close()
      unlock()
    },
  }
}

/** What `load` gives, and the writer; when one of them fails, both are given up. */
async function settle<T>(load: () => T, starting: Promise<FileWriterLink>): Promise<[T, FileWriterLink]> {
  const [loaded, started] = await Promise.allSettled([Promise.resolve().then(load), starting])
  if (started.status === 'rejected') throw started.reason
  if (loaded.status === 'fulfilled') return [loaded.value, started.value]
  await started.value.close()
  throw loaded.reason
}

/** An error of the files or of memory as one of the port's. */
function translate(what: string, error: unknown): QuartierError {
  if (error instanceof QuartierError) return error
  const { code, message } = error as NodeJS.ErrnoException
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  return new QuartierError(full ? 'STORE_FULL' : 'STORE_UNAVAILABLE', `${what}: ${message}`, {
    cause: error,
    retriable: full,
  })
}

/** Holds an exclusive lock that ends with the process. */
function lock(folder: string): () => void {
  const db = new DatabaseSync(join(folder, 'lock.db'), { timeout: 0 })
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (cause) {
    db.close()
    throw new QuartierError('STORE_LOCKED', `open the store in ${folder}: it is open already`, { cause })
  }
  return () => db.close()
}

function readLast({ series, last }: Intake, ids: readonly SeriesId[] | undefined): LastValues {
  if (!ids) {
    const { size, lo, hi } = series
    return { length: size, seriesLo: lo.subarray(0, size), seriesHi: hi.subarray(0, size), ...last.snapshot(size) }
  }
  const columns = emptyColumns(ids.length)
  ids.forEach((id, i) => {
    const ordinal = series.find(id.lo, id.hi)
    if (ordinal !== UNKNOWN) last.copy(ordinal, ordinal + 1, columns, i)
  })
  const seriesLo = Uint32Array.from(ids, (s) => s.lo)
  const seriesHi = Uint32Array.from(ids, (s) => s.hi)
  return { length: ids.length, seriesLo, seriesHi, ...columns }
}

function definedSeries({ series }: Intake) {
  const out = []
  for (let ordinal = 0; ordinal < series.size; ordinal++) if (series.isDefined(ordinal)) out.push(series.meta(ordinal))
  return out
}

function usageOf(files: OpenFiles, intake: Intake): StoreUsage {
  const metas = files.metas()
  const parts = [...metas.filter((f) => f.tier === 'raw'), ...intake.windows().filter((w) => w.rows > 0)]
  return {
    series: intake.series.size,
    readings: parts.reduce((n, p) => n + p.rows, 0),
    files: metas.length,
    bytes: metas.reduce((n, f) => n + f.bytes, 0),
    oldestAt: parts.length === 0 ? Number.NaN : parts.reduce((t, p) => Math.min(t, p.minAt), Number.POSITIVE_INFINITY),
    newestAt: parts.length === 0 ? Number.NaN : parts.reduce((t, p) => Math.max(t, p.maxAt), Number.NEGATIVE_INFINITY),
  }
}
