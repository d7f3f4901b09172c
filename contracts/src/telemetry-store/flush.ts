import { MARK_HISTORICAL } from '../readings/quality.ts'
import { CORRECTION, DUPLICATE, STORED, sameValue } from './fold.ts'
import { delayOf, LATE, type WindowViews } from './hot-window.ts'
import type { LastValues } from './last-values.ts'
import { RAW } from './layout.ts'
import { type LateRows, lookUp } from './look-up.ts'
import type { Overrides } from './parquet/page-index.ts'
import type { SortedFile } from './parquet/sorted-file.ts'
import { GROUP_ROWS, type SortedFileWriter } from './parquet/writer.ts'
import { sortBySeries, sortRun } from './sort-window.ts'

export interface FlushResult {
  /** Open, with all rows in it; `undefined` when nothing remained to be written. */
  readonly writer: SortedFileWriter | undefined
  readonly overrides: Overrides
  readonly historical: boolean
  /** By row of the window, where it is late: STORED, DUPLICATE or CORRECTION. */
  readonly verdicts: Uint8Array | undefined
}

/**
 * Sorts a window by series and time, holds its late rows against the older files, resolves duplicates and corrections
 * and writes what remains. `last` is brought up to date.
 */
export function writeWindow(
  views: WindowViews,
  rows: number,
  late: number,
  older: readonly SortedFile[],
  last: LastValues,
  openWriter: () => SortedFileWriter,
): FlushResult {
  const sorted = sortBySeries(views, rows)
  const { order, ends, series } = sorted
  const lateRows = late > 0 ? lookUp(views, sorted, older) : undefined
  const emitter = new Emitter(views, order, last, openWriter, late > 0 ? new Uint8Array(rows) : undefined)
  let start = 0
  for (let ordinal = 0; ordinal < series; ordinal++) {
    const end = ends[ordinal] as number
    if (end === start) continue
    if (sortRun(views, start, end)) emitter.plainRun(ordinal, start, end)
    else emitter.mixedRun(ordinal, start, end, lateRows)
    start = end
  }
  return emitter.result()
}

class Emitter {
  #writer: SortedFileWriter | undefined
  #views: WindowViews
  #order: Uint32Array
  #last: LastValues
  #open: () => SortedFileWriter
  #verdicts: Uint8Array | undefined
  /** All quality bytes written, or-ed. */
  #qualities = 0
  #overridden = { ordinal: [] as number[], from: [] as number[], to: [] as number[] }

  constructor(
    views: WindowViews,
    order: Uint32Array,
    last: LastValues,
    open: () => SortedFileWriter,
    verdicts: Uint8Array | undefined,
  ) {
    this.#views = views
    this.#order = order
    this.#last = last
    this.#open = open
    this.#verdicts = verdicts
  }

  /** Rows of one series of which each has an instant of its own. */
  plainRun(ordinal: number, start: number, end: number): void {
    this.#writer ??= this.#open()
    const writer = this.#writer
    for (let from = start; from < end; ) {
      const to = Math.min(end, from + GROUP_ROWS - writer.count)
      this.#copy(writer, ordinal, from, to)
      from = to
      if (writer.count === GROUP_ROWS) writer.endGroup()
    }
    this.#remember(ordinal, this.#order[end - 1] as number)
  }

  /** Rows of one series, sorted, with several rows of one instant or with late ones among them. */
  mixedRun(ordinal: number, start: number, end: number, late: LateRows | undefined): void {
    const { f64 } = this.#views
    for (let from = start; from < end; ) {
      const at = f64[(this.#order[from] as number) * 4]
      let to = from + 1
      while (to < end && f64[(this.#order[to] as number) * 4] === at) to++
      const keep = this.#resolve(ordinal, from, to, late)
      if (keep >= 0) this.plainRun(ordinal, keep, keep + 1)
      from = to
    }
  }

  result(): FlushResult {
    const { ordinal, from, to } = this.#overridden
    return {
      writer: this.#writer,
      overrides: { ordinal: Uint32Array.from(ordinal), from: Float64Array.from(from), to: Float64Array.from(to) },
      historical: (this.#qualities & MARK_HISTORICAL) !== 0,
      verdicts: this.#verdicts,
    }
  }

  #copy(writer: SortedFileWriter, ordinal: number, from: number, to: number): void {
    const { f64, i32, u8 } = this.#views
    const order = this.#order
    const times = writer.columns[RAW.measuredAt] as Float64Array
    const delays = writer.columns[RAW.delayMs] as Float64Array
    const values = writer.columns[RAW.value] as Float64Array
    const qualities = writer.columns[RAW.quality] as Float64Array
    let at = writer.count
    writer.ordinals.fill(ordinal, at, at + to - from)
    let all = 0
    for (let i = from; i < to; i++) {
      const row = order[i] as number
      times[at] = f64[row * 4] as number
      values[at] = f64[row * 4 + 1] as number
      delays[at] = u8[row * 32 + 29] === 0 ? (i32[row * 8 + 4] as number) : delayOf(this.#views, row)
      const quality = (u8[row * 32 + 28] as number) & ~LATE
      qualities[at++] = quality
      all |= quality
    }
    this.#qualities |= all
    writer.count = at
  }

  /** Rows `[from, to)` are of one instant, in log order: the place of the row to keep, -1 when there is none. */
  #resolve(ordinal: number, from: number, to: number, late: LateRows | undefined): number {
    const { f64, u8 } = this.#views
    const first = this.#order[from] as number
    const at = f64[first * 4] as number
    const older = (u8[first * 32 + 28] as number) & LATE ? late?.olderValue(ordinal, at) : undefined
    let current = older
    let keep = -1
    for (let i = from; i < to; i++) {
      const row = this.#order[i] as number
      const value = f64[row * 4 + 1] as number
      const verdict = current === undefined ? STORED : sameValue(current, value) ? DUPLICATE : CORRECTION
      if (this.#verdicts) this.#verdicts[row] = verdict
      if (verdict === DUPLICATE) continue
      current = value
      keep = i
    }
    if (keep >= 0 && older !== undefined) this.#override(ordinal, at)
    return keep
  }

  #override(ordinal: number, at: number): void {
    const o = this.#overridden
    if (o.ordinal.at(-1) !== ordinal) {
      o.ordinal.push(ordinal)
      o.from.push(at)
      o.to.push(at)
    } else o.to[o.to.length - 1] = at
  }

  /** The row becomes the series' last value unless a newer one is known. */
  #remember(ordinal: number, row: number): void {
    const { f64, u8 } = this.#views
    const at = f64[row * 4] as number
    if (!Number.isNaN(this.#last.value(ordinal)) && at < this.#last.measuredAt(ordinal)) return
    const quality = (u8[row * 32 + 28] as number) & ~LATE
    this.#last.set(ordinal, at, at + delayOf(this.#views, row), f64[row * 4 + 1] as number, quality)
  }
}
