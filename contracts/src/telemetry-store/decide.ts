import { QuartierError } from '../errors.ts'
import { MAX_TIME_MS } from '../readings/time.ts'
import { type CountRange, Counts } from './counts.ts'
import { sameValue } from './fold.ts'
import { type HotWindow, LATE, MAX_DELAY, MAX_ROWS } from './hot-window.ts'
import { BLOCK_BITS, LastValues } from './last-values.ts'
import type { ManifestState } from './manifest.ts'
import type { StoreBatch } from './port.ts'
import { SeriesTable } from './series-table.ts'
import { doubled } from './tables.ts'

/** Decides about each reading as it comes: new, a duplicate, a correction, or late, which the flush will decide. */
export class Decider {
  readonly series = new SeriesTable()
  readonly last = new LastValues()
  readonly counts = new Counts()
  #ordinals = new Int32Array(1024)
  #tallies = {
    stored: new Uint32Array(16),
    duplicates: new Uint32Array(16),
    corrections: new Uint32Array(16),
    undecided: new Uint32Array(16),
  }

  constructor(state: Pick<ManifestState, 'seriesBlocks' | 'last' | 'counts'>) {
    for (const block of state.seriesBlocks) this.series.restore(block)
    if (state.last) this.last.load(state.last)
    this.reserveSeries()
    this.counts.restore(state.counts)
  }

  /** Puts the readings of a batch into a window, which has room for them and is flushed as number `flush`. */
  take(batch: StoreBatch, window: HotWindow, flush: number): void {
    const { columns, partition } = batch
    const n = columns.length
    if (this.#ordinals.length < n) this.#ordinals = new Int32Array(n * 2)
    this.series.resolve(columns.seriesLo, columns.seriesHi, n, this.#ordinals)
    this.reserveSeries()
    const range = this.counts.open(partition, batch.firstOffset, batch.nextOffset, flush)
    this.#takeRows(batch, window, range)
    this.#tally(range)
  }

  /** Makes room for what has been added to `series`. */
  reserveSeries(): void {
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

  /**
   * The hot path: nothing is allocated here, a reading touches two cache lines that are not in sequence, and all
   * arithmetic on places stays within 32 bits.
   */
  #takeRows(batch: StoreBatch, window: HotWindow, range: CountRange): void {
    const { length, measuredAt, receivedAt, value, quality } = batch.columns
    const ordinals = this.#ordinals
    const { changedAt, now, f64: state64, i32: state32 } = this.last
    const { f64, i32 } = window.views
    const linkBase = window.linkBase | 0
    const { stored } = this.#tallies
    let { rows, minAt, maxAt } = window
    for (let i = 0; i < length; i++) {
      const o = ordinals[i] as number
      const at = Math.round(measuredAt[i] as number)
      const received = Math.round(receivedAt[i] as number)
      const delay = received - at
      if (!(at > (state64[o << 2] as number)) || delay > MAX_DELAY || delay < -MAX_DELAY) {
        window.rows = rows
        this.#takeOther(o, at, received, value[i] as number, (quality[i] as number) & ~LATE, window, range)
        rows = window.rows
        continue
      }
      const v = value[i] as number
      const q = (quality[i] as number) & ~LATE
      const meta = state32[(o << 3) + 6] as number
      if (at < minAt) minAt = at
      if (at > maxAt) maxAt = at
      f64[rows << 2] = at
      f64[(rows << 2) + 1] = v
      i32[(rows << 3) + 4] = delay
      i32[(rows << 3) + 5] = state32[(o << 3) + 7] as number
      i32[(rows << 3) + 6] = o
      i32[(rows << 3) + 7] = q
      state64[o << 2] = at
      state64[(o << 2) + 1] = received
      state64[(o << 2) + 2] = v
      state32[(o << 3) + 6] = (meta & ~255) | q
      state32[(o << 3) + 7] = linkBase | rows
      changedAt[o >> BLOCK_BITS] = now
      stored[meta >>> 16] = (stored[meta >>> 16] as number) + 1
      rows++
    }
    window.rows = rows
    window.note(minAt, maxAt)
  }

  /** A reading that is not newer than its series' newest, or that was very long under way. */
  #takeOther(
    o: number,
    at: number,
    received: number,
    value: number,
    quality: number,
    window: HotWindow,
    range: CountRange,
  ): void {
    const { last } = this
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
}

function bump(tally: Uint32Array, source: number): void {
  tally[source] = (tally[source] as number) + 1
}

/** Refuses a batch that no log could hold before any of it is taken. */
export function checkBatch({ columns }: StoreBatch): void {
  if (columns.length > MAX_ROWS) throw unusable(`a batch holds at most ${MAX_ROWS} readings, not ${columns.length}`)
  for (let i = 0; i < columns.length; i++) {
    const a = columns.measuredAt[i] as number
    const b = columns.receivedAt[i] as number
    if (!(Math.abs(a) <= MAX_TIME_MS && Math.abs(b) <= MAX_TIME_MS))
      throw unusable(`reading ${i} of a batch has no time`)
  }
}

const unusable = (why: string) => new QuartierError('READINGS_INVALID', `write to the store: ${why}`)
