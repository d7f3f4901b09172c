import { rmSync } from 'node:fs'
import { setImmediate as breathe } from 'node:timers/promises'
import { compact } from './compact.ts'
import { planMerge } from './compaction-plan.ts'
import { withVerdicts } from './counts.ts'
import { writeWindow } from './flush.ts'
import { viewsOf } from './hot-window.ts'
import { encodeLast, LastValues } from './last-values.ts'
import { ROLLUP_TIERS, type StoreFile, type Tier } from './layout.ts'
import { Manifest } from './manifest.ts'
import { OpenFiles } from './open-files.ts'
import type { WrittenFile } from './parquet/writer.ts'
import type { FlushOrder, FromWorker, WorkerSetting } from './protocol.ts'
import { expired, overBudget } from './retention.ts'
import { SERIES_FILE, writeSeriesFile } from './series-file.ts'
import { SeriesTable } from './series-table.ts'
import { StoreFolder } from './store-folder.ts'

/** Above this share of the disk budget the operator is told that old readings will go. */
const WARN_SHARE = 0.9

/** Writes, merges and removes the files of one store, and keeps its manifest. Lives in the worker thread. */
export class FileKeeper {
  #setting: WorkerSetting
  #folder: StoreFolder
  #tell: (message: FromWorker, transfer?: ArrayBuffer[]) => void
  #manifest: Manifest
  #files: OpenFiles
  #series = new SeriesTable()
  #last = new LastValues()
  #lastFile: string | undefined
  #tidying: Promise<void> | undefined
  #again: number | undefined
  #closing = false
  #warned = false
  #merges = 0
  #flushCpuMs = 0

  constructor(setting: WorkerSetting, tell: (message: FromWorker, transfer?: ArrayBuffer[]) => void) {
    this.#setting = setting
    this.#folder = new StoreFolder(setting.folder)
    this.#tell = tell
    this.#manifest = new Manifest(setting.folder)
    const state = this.#manifest.read()
    for (const block of state.seriesBlocks) this.#series.restore(block)
    this.#last.ensure(this.#series.size)
    if (state.last) this.#last.load(state.last)
    this.#lastFile = state.lastFile
    this.#folder.removeStrangers([...state.files.map((f) => f.name), this.#lastFile])
    this.#files = new OpenFiles(setting.folder)
    this.#files.replace([], state.files)
  }

  flush(order: FlushOrder): void {
    const started = process.threadCpuUsage()
    const raw = `raw-${number(order.flush)}.parquet`
    const lastFile = `last-${number(order.flush)}.bin`
    let committed = false
    try {
      if (order.series) this.#series.restore(order.series)
      this.#last.ensure(this.#series.size)
      const older = this.#files.of('raw').map((f) => f.data)
      const open = () => this.#folder.create(raw, 'raw', false, this.#series)
      const done = writeWindow(viewsOf(order.memory), order.rows, order.late, older, this.#last, open)
      const written = done.writer && this.#folder.finish(raw, done.writer, done.overrides)
      const span = { fromFlush: order.flush, toFlush: order.flush, level: 0, rolledUp: false }
      const file =
        written && describe(raw, 'raw', written, { ...span, writtenAt: order.now, historical: done.historical })
      if (file) this.#folder.write(lastFile, encodeLast(this.#last, this.#series.size))
      if (order.series) writeSeriesFile(this.#folder.path(SERIES_FILE), this.#series)
      this.#folder.sync()
      const { flush, position, series } = order
      const counts = withVerdicts(order.counts, done.verdicts)
      this.#manifest.commitFlush({ flush, file, position, counts, series, lastFile: file ? lastFile : undefined })
      committed = true
      if (file) {
        if (this.#lastFile) rmSync(this.#folder.path(this.#lastFile), { force: true })
        this.#lastFile = lastFile
      }
      this.#files.replace([], file ? [file] : [])
      const { verdicts } = done
      const cpuMs = cpuMsSince(started)
      this.#flushCpuMs += cpuMs
      this.#tell({ type: 'log', level: 'debug', fields: { rows: order.rows, cpuMs }, event: 'store.flushed' })
      this.#tell({ type: 'flushed', flush, file, verdicts }, verdicts ? [verdicts.buffer as ArrayBuffer] : [])
    } catch (error) {
      // What the manifest names is the truth: nothing takes it back any more.
      if (committed) throw error
      this.#folder.discard(raw)
      this.#folder.discard(lastFile)
      this.#tell({ type: 'flushFailed', flush: order.flush, ...translate(error) })
    }
  }

  /** Merges what is to be merged and drops what is too old or too much; one run at a time. */
  async tidy(now: number): Promise<void> {
    this.#again = now
    this.#tidying ??= this.#tidyAll().finally(() => {
      this.#tidying = undefined
    })
    await this.#tidying
    this.#tell({ type: 'tidied' })
  }

  async close(): Promise<void> {
    this.#closing = true
    await this.#tidying
    this.#files.close()
    this.#manifest.close()
  }

  async #tidyAll(): Promise<void> {
    while (this.#again !== undefined && !this.#closing) {
      const now = this.#again
      this.#again = undefined
      try {
        for (;;) {
          const plan = planMerge(this.#files.metas(), now, this.#setting.limits)
          if (!plan || this.#closing) break
          await this.#merge(plan)
        }
        this.#expire(now)
      } catch (error) {
        if (!this.#closing)
          this.#tell({ type: 'log', level: 'error', fields: translate(error), event: 'store.tidying-failed' })
      }
    }
  }

  async #merge(plan: readonly StoreFile[]): Promise<void> {
    const started = process.threadCpuUsage()
    const flushing = this.#flushCpuMs
    const first = plan[0] as StoreFile
    const span = `${number(first.fromFlush)}-${number((plan.at(-1) as StoreFile).toFlush)}-${++this.#merges}`
    const nameOf = (tier: Tier) => `${tier}-${span}.parquet`
    const inputs = plan.map((f) => this.#files.find(f.name)).filter((f) => f !== undefined)
    const tiers: Tier[] = ['raw', ...ROLLUP_TIERS]
    let committed = false
    const older = tiers.flatMap((tier) => this.#files.of(tier)).filter((f) => f.meta.toFlush < first.fromFlush)
    try {
      const out = await compact({
        inputs,
        older,
        tierIntervalMs: this.#series.tierIntervalMs,
        openRaw: () => this.#folder.create(nameOf('raw'), 'raw', true, this.#series),
        openRollup: (tier) => this.#folder.create(nameOf(tier), tier, true, this.#series),
        pause: async () => {
          await breathe()
          if (this.#closing) throw new Error('the store closes')
        },
      })
      const meta = {
        fromFlush: first.fromFlush,
        toFlush: (plan.at(-1) as StoreFile).toFlush,
        level: Math.max(...plan.map((f) => f.level)) + 1,
        rolledUp: true,
        writtenAt: (plan.at(-1) as StoreFile).writtenAt,
        historical: plan.some((f) => f.historical),
      }
      const come: StoreFile[] = []
      if (out.raw)
        come.push(describe(nameOf('raw'), 'raw', this.#folder.finish(nameOf('raw'), out.raw, out.overrides), meta))
      for (const tier of ROLLUP_TIERS) {
        const writer = out.rollups[tier]
        if (writer) come.push(describe(nameOf(tier), tier, this.#folder.finish(nameOf(tier), writer), meta))
      }
      this.#folder.sync()
      committed = true
      this.#swap([...plan, ...this.#rollupsOf(plan)], come)
      const rows = come[0]?.rows ?? 0
      const fields = {
        files: plan.length,
        rows,
        bytes: come[0]?.bytes ?? 0,
        cpuMs: cpuMsSince(started) - (this.#flushCpuMs - flushing),
      }
      this.#tell({ type: 'log', level: 'info', fields, event: 'store.compacted' })
    } catch (error) {
      if (!committed) for (const tier of tiers) this.#folder.discard(nameOf(tier))
      throw error
    }
  }

  #rollupsOf(raw: readonly StoreFile[]): StoreFile[] {
    return this.#files
      .metas()
      .filter((f) => f.tier !== 'raw' && raw.some((r) => r.fromFlush === f.fromFlush && r.toFlush === f.toFlush))
  }

  #expire(now: number): void {
    this.#drop(expired(this.#files.metas(), now, this.#setting.retention), 'age')
    const files = this.#files.metas()
    const budget = this.#setting.diskBudgetBytes
    const bytes = files.reduce((sum, f) => sum + f.bytes, 0)
    const tight = bytes > budget * WARN_SHARE
    if (tight && !this.#warned)
      this.#tell({ type: 'log', level: 'warn', fields: { bytes, budget }, event: 'store.nearly-full' })
    this.#warned = tight
    this.#drop(overBudget(files, budget), 'budget')
  }

  #drop(gone: readonly StoreFile[], why: 'age' | 'budget'): void {
    for (const { name, tier, rows, minAt, maxAt } of gone) {
      const level = why === 'budget' ? 'warn' : 'info'
      this.#tell({ type: 'log', level, fields: { name, tier, rows, minAt, maxAt, why }, event: 'store.dropping' })
    }
    if (gone.length > 0) this.#swap(gone, [])
  }

  /** Commits, tells the other thread, and only then removes what is gone. */
  #swap(gone: readonly StoreFile[], come: readonly StoreFile[]): void {
    this.#manifest.replace(gone, come)
    const names = gone.map((f) => f.name)
    this.#files.replace(names, come)
    this.#tell({ type: 'replaced', gone: names, come })
    for (const name of names) rmSync(this.#folder.path(name), { force: true })
  }
}

/** CPU of this thread, ms. */
function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(before)
  return Math.round((user + system) / 1000)
}

const number = (flush: number): string => String(flush).padStart(8, '0')

function describe(
  name: string,
  tier: Tier,
  w: WrittenFile,
  meta: Pick<StoreFile, 'fromFlush' | 'toFlush' | 'level' | 'rolledUp' | 'writtenAt' | 'historical'>,
): StoreFile {
  const { rows, bytes, checksum, indexAt, indexBytes, minTime, maxTime } = w
  return { name, tier, ...meta, rows, bytes, checksum, indexAt, indexBytes, minAt: minTime, maxAt: maxTime }
}

function translate(error: unknown): { code: string; message: string } {
  const code = (error as { code?: string }).code
  const full = code === 'ENOSPC' || code === 'EDQUOT' || /disk is full/.test(String(error))
  const message = error instanceof Error ? error.message : String(error)
  return { code: full ? 'STORE_FULL' : 'STORE_UNAVAILABLE', message }
}
