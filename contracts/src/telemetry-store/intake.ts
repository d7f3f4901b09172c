import { QuartierError } from '../errors.ts'
import type { Position } from '../event-log/port.ts'
import { MAX_TIME_MS } from '../readings/time.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { type CountRange, Counts, type Undecided } from './counts.ts'
import type { FileWriterLink, Flushed } from './file-writer-link.ts'
import { sameValue } from './fold.ts'
import { HotWindow, LATE, MAX_DELAY, MAX_ROWS } from './hot-window.ts'
import { BLOCK_BITS, LastValues } from './last-values.ts'
import type { ManifestState } from './manifest.ts'
import type { SeriesMeta, StoreBatch, StoreCounts } from './port.ts'
import type { FlushOrder } from './protocol.ts'
import { SeriesTable } from './series-table.ts'
import { doubled } from './tables.ts'

export interface IntakeOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly hotRows: number
  readonly writer: Promise<FileWriterLink>
  /** A flush is durable; from now on its rows are in this file. */
  readonly onFlushed: (done: Flushed) => void
}

/**
 * Takes readings into the hot window and decides about each of them: new, a duplicate, a correction, or late, which is
 * decided when the window is flushed. Two windows take turns: one takes readings while the other is written.
 */
export class Intake {
  readonly series = new SeriesTable()
  readonly last = new LastValues()
  readonly counts = new Counts()
  #options: IntakeOptions
  #current: HotWindow
  #spare: HotWindow | undefined
  #flushing: HotWindow | undefined
  #flushed: Promise<void> = Promise.resolve()
  #retry: { order: FlushOrder; undecided: readonly Undecided[] } | undefined
  #durable: Record<number, number>
  #accepted: Record<number, number>
  #dirty = false
  #flush: number
  #queue: Promise<void> = Promise.resolve()
  #ordinals = new Int32Array(1024)
  #tallies = {
    stored: new Uint32Array(16),
    duplicates: new Uint32Array(16),
    corrections: new Uint32Array(16),
    undecided: new Uint32Array(16),
  }

  constructor(options: IntakeOptions, state: ManifestState) {
    this.#options = options
    for (const block of state.seriesBlocks) this.series.restore(block)
    if (state.last) this.last.load(state.last)
    this.#reserveSeries()
    this.counts.restore(state.counts)
    this.#durable = { ...state.position }
    this.#accepted = { ...state.position }
    this.#flush = state.lastFlush + 1
    this.#current = new HotWindow(options.hotRows)
    this.#current.reset(this.#flush, 0)
  }

  /** Oldest first. */
  windows(): HotWindow[] {
    return this.#flushing ? [this.#flushing, this.#current] : [this.#current]
  }

  position(): Position {
    return { ...this.#durable }
  }

  define(series: readonly SeriesMeta[]): void {
    for (const meta of series) this.series.define(meta)
    this.#reserveSeries()
    this.#dirty ||= series.length > 0
  }

  /** Takes batches one after another; waits while both windows are full. */
  write(batches: readonly StoreBatch[]): Promise<void> {
    return this.#inTurn(async () => {
      for (const batch of batches) {
        if (batch.nextOffset <= (this.#accepted[batch.partition] ?? 0)) continue
        checkTimes(batch)
        if (this.#current.rows + batch.columns.length > this.#current.capacity && this.#current.rows > 0)
          await this.#swap()
        if (batch.columns.length > this.#current.capacity) this.#current.reset(this.#flush, batch.columns.length)
        this.#take(batch)
      }
      if (this.#current.rows === this.#current.capacity && !this.#flushing) void this.#startFlush().catch(() => {})
    })
  }

  /** Resolves when all that was accepted before is durable. */
  flush(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#finishFlush()
      if (!this.#dirty) return
      await this.#startFlush()
    })
  }

  takeCounts(): StoreCounts[] {
    return this.counts.take()
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(work)
    this.#queue = done.catch(() => {})
    return done
  }

  /** Makes the current window the one that is flushed, after the one before it. */
  async #swap(): Promise<void> {
    await this.#finishFlush()
    void this.#startFlush().catch(() => {})
  }

  /** Waits for the flush on its way; repeats one that failed. */
  async #finishFlush(): Promise<void> {
    await this.#flushed
    if (this.#retry) await this.#send(this.#retry.order, this.#retry.undecided)
  }

  #startFlush(): Promise<void> {
    const window = this.#current
    const flush = this.#flush++
    const undecided = this.counts.takeUndecided()
    const order: FlushOrder = {
      type: 'flush',
      flush,
      memory: window.memory,
      rows: window.rows,
      late: window.late,
      position: { ...this.#accepted },
      counts: this.counts.toKeep(flush, undecided),
      series: this.series.takeChanges(),
      now: this.#options.clock.now(),
    }
    this.#dirty = false
    this.#flushing = window
    this.#current = this.#spare ?? new HotWindow(this.#options.hotRows)
    this.#spare = undefined
    this.#current.reset(this.#flush, 0)
    const sent = this.#send(order, undecided)
    this.#flushed = sent.catch(() => {})
    return sent
  }

  async #send(order: FlushOrder, undecided: readonly Undecided[]): Promise<void> {
    const writer = await this.#options.writer
    const done = await writer.flush(order).catch((error: QuartierError) => {
      this.#retry = { order, undecided }
      this.#options.logger.error({ code: error.code, message: error.message, flush: order.flush }, 'store.flush-failed')
      throw error
    })
    this.#retry = undefined
    this.#durable = { ...order.position }
    if (done.verdicts) this.counts.settle(undecided, done.verdicts)
    this.#spare = this.#flushing
    this.#flushing = undefined
    this.#options.onFlushed(done)
  }

  #take(batch: StoreBatch): void {
    const { columns, partition } = batch
    const n = columns.length
    if (this.#ordinals.length < n) this.#ordinals = new Int32Array(n * 2)
    this.series.resolve(columns.seriesLo, columns.seriesHi, n, this.#ordinals)
    this.#reserveSeries()
    const range = this.counts.open(partition, batch.firstOffset, batch.nextOffset, this.#flush)
    this.#takeRows(batch, range)
    this.#tally(range)
    this.#accepted[partition] = batch.nextOffset
    this.#dirty = true
  }

  /** The hot path: nothing is allocated here, and a reading touches few cache lines. */
  #takeRows(batch: StoreBatch, range: CountRange): void {
    const { length, measuredAt, receivedAt, value, quality } = batch.columns
    const ordinals = this.#ordinals
    const { last } = this
    const state64 = last.f64
    const state32 = last.u32
    const state16 = last.u16
    const state8 = last.u8
    const { changedAt, now } = last
    const window = this.#current
    const { f64, i32, u32 } = window.views
    const linkBase = window.linkBase
    const { stored } = this.#tallies
    let { rows, minAt, maxAt } = window
    for (let i = 0; i < length; i++) {
      const o = ordinals[i] as number
      const at = Math.round(measuredAt[i] as number)
      const received = Math.round(receivedAt[i] as number)
      const delay = received - at
      if (!(at > (state64[o * 4] as number)) || delay > MAX_DELAY || delay < -MAX_DELAY) {
        window.rows = rows
        this.#takeOther(o, at, received, value[i] as number, (quality[i] as number) & ~LATE, range)
        rows = window.rows
        continue
      }
      const v = value[i] as number
      const q = (quality[i] as number) & ~LATE
      state64[o * 4] = at
      state64[o * 4 + 1] = received
      state64[o * 4 + 2] = v
      state8[o * 32 + 24] = q
      changedAt[o >>> BLOCK_BITS] = now
      if (at < minAt) minAt = at
      if (at > maxAt) maxAt = at
      f64[rows * 4] = at
      f64[rows * 4 + 1] = v
      i32[rows * 8 + 4] = delay
      u32[rows * 8 + 5] = state32[o * 8 + 7] as number
      u32[rows * 8 + 6] = o
      u32[rows * 8 + 7] = q
      state32[o * 8 + 7] = linkBase + rows
      rows++
      const source = state16[o * 16 + 13] as number
      stored[source] = (stored[source] as number) + 1
    }
    window.rows = rows
    window.note(minAt, maxAt)
  }

  /** A reading that is not newer than its series' newest, or that was very long under way. */
  #takeOther(o: number, at: number, received: number, value: number, quality: number, range: CountRange): void {
    const { last } = this
    const window = this.#current
    const source = last.u16[o * 16 + 13] as number
    const known = !Number.isNaN(last.value(o))
    const newer = !known || at > last.measuredAt(o)
    const same = !newer && at === last.measuredAt(o)
    if (same && sameValue(last.value(o), value)) {
      bump(this.#tallies.duplicates, source)
      return
    }
    if (newer || same) last.set(o, at, received, value, quality)
    if (newer) bump(this.#tallies.stored, source)
    else if (same) bump(this.#tallies.corrections, source)
    else {
      this.counts.later(window.rows, range, this.series.sources[source] as string)
      bump(this.#tallies.undecided, source)
    }
    const link = last.u32[o * 8 + 7] as number
    last.u32[o * 8 + 7] = window.append(o, at, received, value, newer ? quality : quality | LATE, link)
  }

  #tally(range: CountRange): void {
    const { stored, duplicates, corrections, undecided } = this.#tallies
    for (let s = 0; s < this.series.sources.length; s++) {
      if (!(stored[s] || duplicates[s] || corrections[s] || undecided[s])) continue
      range.sources.push({
        source: this.series.sources[s] as string,
        stored: stored[s] as number,
        duplicates: duplicates[s] as number,
        corrections: corrections[s] as number,
        undecided: undecided[s] as number,
      })
      stored[s] = duplicates[s] = corrections[s] = undecided[s] = 0
    }
    this.counts.close(range)
  }

  #reserveSeries(): void {
    const { size, sources } = this.series
    this.last.ensure(size)
    for (const ordinal of this.series.takeMoved())
      this.last.u16[ordinal * 16 + 13] = this.series.source[ordinal] as number
    const t = this.#tallies
    while (t.stored.length < sources.length) {
      t.stored = doubled(t.stored)
      t.duplicates = doubled(t.duplicates)
      t.corrections = doubled(t.corrections)
      t.undecided = doubled(t.undecided)
    }
  }
}

function bump(tally: Uint32Array, source: number): void {
  tally[source] = (tally[source] as number) + 1
}

/** Refuses a batch that no log could hold before any of it is taken. */
function checkTimes({ columns }: StoreBatch): void {
  if (columns.length > MAX_ROWS) throw unusable(`a batch holds at most ${MAX_ROWS} readings, not ${columns.length}`)
  for (let i = 0; i < columns.length; i++) {
    const a = columns.measuredAt[i] as number
    const b = columns.receivedAt[i] as number
    if (!(Math.abs(a) <= MAX_TIME_MS && Math.abs(b) <= MAX_TIME_MS))
      throw unusable(`reading ${i} of a batch has no time`)
  }
}

const unusable = (why: string) => new QuartierError('READINGS_INVALID', `write to the store: ${why}`)
