import { QUALITY_LEVEL } from '../readings/quality.ts'
import type { SeriesId } from '../series/id.ts'
import type { RowSpan } from './fold.ts'
import { ROLLUP } from './layout.ts'
import type { Windows } from './port.ts'

/** The answer while it is filled, one series at a time. */
export class Cells {
  readonly #from: number
  readonly #stepMs: number
  readonly #windows: number
  readonly #ids: readonly SeriesId[]
  readonly #out: Omit<Windows, 'series' | 'from' | 'stepMs' | 'windows'>
  readonly #lastAt: Float64Array
  #base = 0
  #first = 0
  #last = 0

  constructor(ids: readonly SeriesId[], from: number, stepMs: number, windows: number) {
    const cells = ids.length * windows
    const gaps = () => new Float64Array(cells).fill(Number.NaN)
    this.#ids = ids
    this.#from = from
    this.#stepMs = stepMs
    this.#windows = windows
    this.#lastAt = new Float64Array(windows)
    this.#out = {
      count: new Uint32Array(cells),
      mean: gaps(),
      min: gaps(),
      max: gaps(),
      last: gaps(),
      notGood: new Uint32Array(cells),
    }
  }

  /** The series of this row of the answer comes now, with the windows in `[from, to)`, which no other call fills. */
  start(row: number, from: number, to: number): void {
    this.#base = row * this.#windows
    this.#first = this.#base + Math.floor((from - this.#from) / this.#stepMs)
    this.#last = this.#base + Math.ceil((to - this.#from) / this.#stepMs)
    this.#lastAt.fill(Number.NEGATIVE_INFINITY, this.#first - this.#base, this.#last - this.#base)
  }

  addSpan({ columns, start, end }: RowSpan): void {
    const [times, values, qualities] = columns as [Float64Array, Float64Array, Float64Array]
    for (let i = start; i < end; i++) {
      const v = values[i] as number
      const notGood = ((qualities[i] as number) & QUALITY_LEVEL) !== 0 ? 1 : 0
      this.#add(times[i] as number, 1, v, v, v, v, times[i] as number, notGood)
    }
  }

  /** Readings that are newer than all of this series that were added before. */
  addRising({ columns, start, end }: RowSpan): void {
    const [times, values, qualities] = columns as [Float64Array, Float64Array, Float64Array]
    const { count, mean, min, max, last, notGood } = this.#out
    for (let i = start; i < end; i++) {
      const v = values[i] as number
      const k = this.#base + Math.floor(((times[i] as number) - this.#from) / this.#stepMs)
      if (count[k] === 0) {
        mean[k] = min[k] = max[k] = v
      } else {
        mean[k] = (mean[k] as number) + v
        if (v < (min[k] as number)) min[k] = v
        if (v > (max[k] as number)) max[k] = v
      }
      count[k] = (count[k] as number) + 1
      last[k] = v
      if (((qualities[i] as number) & QUALITY_LEVEL) !== 0) notGood[k] = (notGood[k] as number) + 1
    }
  }

  /** Summaries of one series, oldest source first; one that replaces takes the place of older ones of its window. */
  addSummaries(spans: readonly RowSpan[]): void {
    const replaced = new Map<number, number>()
    spans.forEach((span, age) => {
      const at = span.columns[ROLLUP.windowAt] as Float64Array
      const replaces = span.columns[ROLLUP.replaces] as Float64Array
      for (let i = span.start; i < span.end; i++) if (replaces[i] === 1) replaced.set(at[i] as number, age)
    })
    spans.forEach((span, age) => {
      const [at, count, sum, min, max, last, after, notGood] = span.columns as Float64Array[] as [
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array,
      ]
      for (let i = span.start; i < span.end; i++) {
        const windowAt = at[i] as number
        if (replaced.size > 0 && age < (replaced.get(windowAt) ?? 0)) continue
        const lastAt = windowAt + (after[i] as number)
        this.#add(
          windowAt,
          count[i] as number,
          sum[i] as number,
          min[i] as number,
          max[i] as number,
          last[i] as number,
          lastAt,
          notGood[i] as number,
        )
      }
    })
  }

  #add(
    at: number,
    count: number,
    sum: number,
    min: number,
    max: number,
    last: number,
    lastAt: number,
    notGood: number,
  ): void {
    const out = this.#out
    const w = Math.floor((at - this.#from) / this.#stepMs)
    const k = this.#base + w
    if (out.count[k] === 0) {
      out.mean[k] = sum
      out.min[k] = min
      out.max[k] = max
    } else {
      out.mean[k] = (out.mean[k] as number) + sum
      if (min < (out.min[k] as number)) out.min[k] = min
      if (max > (out.max[k] as number)) out.max[k] = max
    }
    out.count[k] = (out.count[k] as number) + count
    out.notGood[k] = (out.notGood[k] as number) + notGood
    if (lastAt >= (this.#lastAt[w] as number)) {
      this.#lastAt[w] = lastAt
      out.last[k] = last
    }
  }

  /** Turns the series' sums into means. */
  end(): void {
    const { mean, count } = this.#out
    for (let k = this.#first; k < this.#last; k++)
      if ((count[k] as number) > 0) mean[k] = (mean[k] as number) / (count[k] as number)
  }

  /** `filledBy`: for each row the row that holds its series, which is another one when a series is asked for twice. */
  result(filledBy: readonly number[]): Windows {
    const n = this.#windows
    filledBy.forEach((row, i) => {
      if (row >= 0 && row !== i)
        for (const column of Object.values(this.#out)) column.copyWithin(i * n, row * n, (row + 1) * n)
    })
    const series = this.#ids.map(({ lo, hi }) => ({ lo, hi }))
    return { series, from: this.#from, stepMs: this.#stepMs, windows: n, ...this.#out }
  }
}
