import { QUALITY_LEVEL } from '../readings/quality.ts'
import { ROLLUP, type RollupTier, TIER_MS } from './layout.ts'
import { GROUP_ROWS, type SortedFileWriter } from './parquet/writer.ts'

/** A mergeable summary of the readings of one series in one window. */
export interface Partial {
  count: number
  sum: number
  min: number
  max: number
  last: number
  lastAt: number
  notGood: number
}

export const emptyPartial = (): Partial => ({
  count: 0,
  sum: 0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
  last: Number.NaN,
  lastAt: Number.NEGATIVE_INFINITY,
  notGood: 0,
})

/** Windows of which older files hold readings that these rows correct. */
export interface Corrections {
  affects(ordinal: number, windowAt: number, windowEnd: number): boolean
  /** The window's summary from all readings there are; `undefined` when the older ones are no longer kept. */
  recompute(ordinal: number, windowAt: number, windowEnd: number): Partial | undefined
}

/**
 * Writes one rollup tier of rows that pass by sorted by series and time. No tier is kept for a series whose own interval
 * is at least as long as the tier's.
 */
export class RollupBuilder {
  writer: SortedFileWriter | undefined
  readonly #stepMs: number
  readonly #intervalMs: ArrayLike<number>
  readonly #open: () => SortedFileWriter
  readonly #corrections: Corrections
  #ordinal = -1
  #windowAt = 0
  #windowEnd = Number.NEGATIVE_INFINITY
  #keep = false
  #partial = emptyPartial()

  constructor(tier: RollupTier, intervalMs: ArrayLike<number>, corrections: Corrections, open: () => SortedFileWriter) {
    this.#stepMs = TIER_MS[tier]
    this.#intervalMs = intervalMs
    this.#corrections = corrections
    this.#open = open
  }

  /** Takes rows `[from, to)` of one series, later than those it took before. */
  add(
    ordinal: number,
    times: Float64Array,
    values: Float64Array,
    qualities: Float64Array,
    from: number,
    to: number,
  ): void {
    if (ordinal !== this.#ordinal) {
      this.#close()
      this.#ordinal = ordinal
      this.#windowEnd = Number.NEGATIVE_INFINITY
      const interval = this.#intervalMs[ordinal] ?? 0
      this.#keep = !(interval >= this.#stepMs)
    }
    if (!this.#keep) return
    let p = this.#partial
    for (let i = from; i < to; i++) {
      const at = times[i] as number
      if (at >= this.#windowEnd) {
        this.#close()
        p = this.#partial
        this.#windowAt = Math.floor(at / this.#stepMs) * this.#stepMs
        this.#windowEnd = this.#windowAt + this.#stepMs
      }
      addReading(p, at, values[i] as number, qualities[i] as number)
    }
  }

  finish(): void {
    this.#close()
  }

  #close(): void {
    const p = this.#partial
    if (p.count === 0) return
    const corrected = this.#corrections.affects(this.#ordinal, this.#windowAt, this.#windowEnd)
    const whole = corrected ? this.#corrections.recompute(this.#ordinal, this.#windowAt, this.#windowEnd) : undefined
    this.#write(whole ?? p, whole ? 1 : 0)
    p.count = 0
    p.sum = 0
    p.min = Number.POSITIVE_INFINITY
    p.max = Number.NEGATIVE_INFINITY
    p.lastAt = Number.NEGATIVE_INFINITY
    p.notGood = 0
  }

  #write(p: Partial, replaces: number): void {
    this.writer ??= this.#open()
    const { writer } = this
    const i = writer.count
    const columns = writer.columns as Float64Array[]
    writer.ordinals[i] = this.#ordinal
    ;(columns[ROLLUP.windowAt] as Float64Array)[i] = this.#windowAt
    ;(columns[ROLLUP.count] as Float64Array)[i] = p.count
    ;(columns[ROLLUP.sum] as Float64Array)[i] = p.sum
    ;(columns[ROLLUP.min] as Float64Array)[i] = p.min
    ;(columns[ROLLUP.max] as Float64Array)[i] = p.max
    ;(columns[ROLLUP.last] as Float64Array)[i] = p.last
    ;(columns[ROLLUP.lastAfterMs] as Float64Array)[i] = p.lastAt - this.#windowAt
    ;(columns[ROLLUP.notGood] as Float64Array)[i] = p.notGood
    ;(columns[ROLLUP.replaces] as Float64Array)[i] = replaces
    if (++writer.count === GROUP_ROWS) writer.endGroup()
  }
}

export function addReading(p: Partial, at: number, value: number, quality: number): void {
  p.count++
  p.sum += value
  if (value < p.min) p.min = value
  if (value > p.max) p.max = value
  if (at >= p.lastAt) {
    p.lastAt = at
    p.last = value
  }
  if ((quality & QUALITY_LEVEL) !== 0) p.notGood++
}
