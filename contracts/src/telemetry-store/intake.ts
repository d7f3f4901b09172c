import type { QuartierError } from '../errors.ts'
import type { Position } from '../event-log/port.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Undecided } from './counts.ts'
import { checkBatch, Decider } from './decide.ts'
import type { FileWriterLink, Flushed } from './file-writer-link.ts'
import { HotWindow } from './hot-window.ts'
import type { LastValues } from './last-values.ts'
import type { ManifestState } from './manifest.ts'
import type { SeriesMeta, StoreBatch, StoreCounts } from './port.ts'
import type { FlushOrder } from './protocol.ts'
import type { SeriesTable } from './series-table.ts'

export interface IntakeOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly hotRows: number
  readonly writer: Promise<FileWriterLink>
  /** A flush is durable; from now on its rows are in this file. */
  readonly onFlushed: (done: Flushed) => void
}

/**
 * Takes readings into the hot window and has full ones written. Two windows take turns: one takes readings while the
 * other is on its way to a file.
 */
export class Intake {
  readonly #decider: Decider
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
  constructor(options: IntakeOptions, state: ManifestState) {
    this.#options = options
    this.#decider = new Decider(state)
    this.#durable = { ...state.position }
    this.#accepted = { ...state.position }
    this.#flush = state.lastFlush + 1
    this.#current = new HotWindow(options.hotRows)
    this.#current.reset(this.#flush, 0)
  }

  get series(): SeriesTable {
    return this.#decider.series
  }

  get last(): LastValues {
    return this.#decider.last
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
    this.#decider.reserveSeries()
    this.#dirty ||= series.length > 0
  }

  /** Takes batches one after another; waits while both windows are full. */
  write(batches: readonly StoreBatch[]): Promise<void> {
    return this.#inTurn(async () => {
      for (const batch of batches) {
        if (batch.nextOffset <= (this.#accepted[batch.partition] ?? 0)) continue
        checkBatch(batch)
        if (this.#current.rows + batch.columns.length > this.#current.capacity && this.#current.rows > 0)
          await this.#swap()
        if (batch.columns.length > this.#current.capacity) this.#current.reset(this.#flush, batch.columns.length)
        this.#decider.take(batch, this.#current, this.#flush)
        this.#accepted[batch.partition] = batch.nextOffset
        this.#dirty = true
      }
      if (this.#current.rows === this.#current.capacity && !this.#flushing) void this.#startFlush().catch(() => {})
    })
  }

  /** Resolves when all that was accepted before is durable. Writing goes on meanwhile. */
  async flush(): Promise<void> {
    await this.#flushed
    let sent: Promise<void> | undefined
    await this.#inTurn(async () => {
      await this.#finishFlush()
      if (!this.#dirty) return
      sent = this.#startFlush()
      sent.catch(() => {})
    })
    await sent
  }

  takeCounts(): StoreCounts[] {
    return this.#decider.counts.take()
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
    const undecided = this.#decider.counts.takeUndecided()
    const order: FlushOrder = {
      type: 'flush',
      flush,
      memory: window.memory,
      rows: window.rows,
      late: window.late,
      position: { ...this.#accepted },
      counts: this.#decider.counts.toKeep(flush, undecided),
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
    if (done.verdicts) this.#decider.counts.settle(undecided, done.verdicts)
    this.#spare = this.#flushing
    this.#flushing = undefined
    this.#options.onFlushed(done)
  }
}
