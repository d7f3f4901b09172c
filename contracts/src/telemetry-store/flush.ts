import { MARK_HISTORICAL } from '../readings/quality.ts'
import { CORRECTION, DUPLICATE, STORED, sameValue } from './fold.ts'
import { delayOf, LATE, type WindowViews } from './hot-window.ts'
import type { LastValues } from './last-values.ts'
import { RAW } from './layout.ts'
import { type LateRows, lookUp } from './look-up.ts'
import type { Overrides } from './parquet/page-index.ts'
import type { SortedFile } from './parquet/sorted-file.ts'
import { GROUP_ROWS, type SortedFileWriter } from './parquet/writer.ts'
import { sortWindow } from './sort-window.ts'

export interface FlushResult {
  readonly overrides: Overrides
  readonly historical: boolean
  /** By row of the window: STORED, DUPLICATE or CORRECTION; only where a row is LATE. */
  readonly verdicts: Uint8Array | undefined
  readonly written: number
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
): FlushResult & { writer: SortedFileWriter | undefined } {
  const order = sortWindow(views, rows)
  const lateRows = late > 0 ? lookUp(views, order, rows, older) : undefined
  const emit = new Emitter(views, last, openWriter, late > 0 ? new Uint8Array(rows) : undefined)
  const { u32, f64 } = views
  for (let i = 0; i < rows; ) {
    const row = order[i] as number
    const ordinal = u32[row * 8 + 6] as number
    const at = f64[row * 4] as number
    let end = i + 1
    while (end < rows && u32[(order[end] as number) * 8 + 6] === ordinal && f64[(order[end] as number) * 4] === at)
      end++
    if (end === i + 1 && !lateRows) emit.row(row, ordinal, at)
    else emit.group(order, i, end, ordinal, at, lateRows)
    i = end
  }
  return { ...emit.result(), writer: emit.writer }
}

class Emitter {
  writer: SortedFileWriter | undefined
  #views: WindowViews
  #last: LastValues
  #open: () => SortedFileWriter
  #verdicts: Uint8Array | undefined
  #historical = false
  #written = 0
  #overridden = { ordinal: [] as number[], from: [] as number[], to: [] as number[] }

  constructor(views: WindowViews, last: LastValues, open: () => SortedFileWriter, verdicts: Uint8Array | undefined) {
    this.#views = views
    this.#last = last
    this.#open = open
    this.#verdicts = verdicts
  }

  row(row: number, ordinal: number, at: number): void {
    this.writer ??= this.#open()
    const { writer } = this
    const { f64, u8 } = this.#views
    const i = writer.count
    const delay = delayOf(this.#views, row)
    const value = f64[row * 4 + 1] as number
    const quality = (u8[row * 32 + 28] as number) & ~LATE
    writer.ordinals[i] = ordinal
    ;(writer.columns[RAW.measuredAt] as Float64Array)[i] = at
    ;(writer.columns[RAW.delayMs] as Float64Array)[i] = delay
    ;(writer.columns[RAW.value] as Float64Array)[i] = value
    ;(writer.columns[RAW.quality] as Float64Array)[i] = quality
    if (quality & MARK_HISTORICAL) this.#historical = true
    this.#remember(ordinal, at, at + delay, value, quality)
    this.#written++
    if (++writer.count === GROUP_ROWS) writer.endGroup()
  }

  /** Rows `order[from, to)` are of one series and instant, in log order. */
  group(order: Uint32Array, from: number, to: number, ordinal: number, at: number, late: LateRows | undefined): void {
    const { f64, u8 } = this.#views
    const first = order[from] as number
    const older = (u8[first * 32 + 28] as number) & LATE ? late?.olderValue(ordinal, at) : undefined
    let current = older
    let keep = -1
    for (let i = from; i < to; i++) {
      const row = order[i] as number
      const value = f64[row * 4 + 1] as number
      const verdict = current === undefined ? STORED : sameValue(current, value) ? DUPLICATE : CORRECTION
      if (this.#verdicts) this.#verdicts[row] = verdict
      if (verdict === DUPLICATE) continue
      current = value
      keep = row
    }
    if (keep < 0) return
    if (older !== undefined) this.#override(ordinal, at)
    this.row(keep, ordinal, at)
  }

  result(): FlushResult {
    const { ordinal, from, to } = this.#overridden
    return {
      overrides: { ordinal: Uint32Array.from(ordinal), from: Float64Array.from(from), to: Float64Array.from(to) },
      historical: this.#historical,
      verdicts: this.#verdicts,
      written: this.#written,
    }
  }

  #override(ordinal: number, at: number): void {
    const o = this.#overridden
    if (o.ordinal.at(-1) !== ordinal) {
      o.ordinal.push(ordinal)
      o.from.push(at)
      o.to.push(at)
    } else o.to[o.to.length - 1] = at
  }

  #remember(ordinal: number, at: number, receivedAt: number, value: number, quality: number): void {
    const last = this.#last
    const known = !Number.isNaN(last.value[ordinal])
    if (known && at < (last.measuredAt[ordinal] as number)) return
    last.measuredAt[ordinal] = at
    last.receivedAt[ordinal] = receivedAt
    last.value[ordinal] = value
    last.quality[ordinal] = quality
  }
}
