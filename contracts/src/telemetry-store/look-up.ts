import { LATE, type WindowViews } from './hot-window.ts'
import { RAW } from './layout.ts'
import { gather } from './parquet/gather.ts'
import { Gathered } from './parquet/gathered.ts'
import type { SortedFile } from './parquet/sorted-file.ts'
import { sortRun, type WindowOrder } from './sort-window.ts'

/** Series asked for at once. */
const SERIES_AT_ONCE = 512

/** Late instants of a window and the values that older files hold for them. */
export class LateRows {
  readonly ordinals: number[] = []
  readonly times: number[] = []
  values = new Float64Array(0)
  found = new Uint8Array(0)
  #next = 0

  /** Takes the late instants of one series' sorted rows. */
  take(views: WindowViews, order: Uint32Array, ordinal: number, start: number, end: number): void {
    for (let i = start; i < end; i++) {
      const row = order[i] as number
      if ((views.u8[row * 32 + 28] as number) < LATE) continue
      const at = views.f64[row * 4] as number
      if (this.ordinals.at(-1) === ordinal && this.times.at(-1) === at) continue
      this.ordinals.push(ordinal)
      this.times.push(at)
    }
  }

  /** The value that counts in older files; asked in rising order of series and time. `undefined`: there is none. */
  olderValue(ordinal: number, at: number): number | undefined {
    while (
      this.#next < this.times.length &&
      ((this.ordinals[this.#next] as number) < ordinal ||
        (this.ordinals[this.#next] === ordinal && (this.times[this.#next] as number) < at))
    )
      this.#next++
    const hit = this.ordinals[this.#next] === ordinal && this.times[this.#next] === at && this.found[this.#next] === 1
    return hit ? this.values[this.#next] : undefined
  }
}

/** Holds a window's late rows against the older files, which come oldest flush first. Sorts their series by time. */
export function lookUp(views: WindowViews, sorted: WindowOrder, older: readonly SortedFile[]): LateRows {
  const late = new LateRows()
  const { order, ends, series } = sorted
  let start = 0
  for (let ordinal = 0; ordinal < series; ordinal++) {
    const end = ends[ordinal] as number
    if (end > start && !sortRun(views, start, end)) late.take(views, order, ordinal, start, end)
    start = end
  }
  late.values = new Float64Array(late.times.length)
  late.found = new Uint8Array(late.times.length)
  for (let from = 0; from < late.times.length; ) {
    const to = endOfSeries(late.ordinals, from)
    for (const file of older) findIn(file, late, from, to)
    from = to
  }
  return late
}

/** The end of the part from `from` on that spans at most SERIES_AT_ONCE series. */
function endOfSeries(ordinals: readonly number[], from: number): number {
  let series = 1
  let i = from + 1
  for (; i < ordinals.length; i++) if (ordinals[i] !== ordinals[i - 1] && ++series > SERIES_AT_ONCE) return i
  return i
}

function findIn(file: SortedFile, late: LateRows, from: number, to: number): void {
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (let i = from; i < to; i++) {
    min = Math.min(min, late.times[i] as number)
    max = Math.max(max, late.times[i] as number)
  }
  const wanted = Uint32Array.from(new Set(late.ordinals.slice(from, to)))
  let i = from
  gather(file, wanted, min, max + 1, [RAW.measuredAt, RAW.value], new Gathered(2), (part) => {
    i = match(part, wanted, late, i, to)
  })
}

/** Notes the values of late instants that these rows hold; returns from where on later rows may match. */
function match(part: Gathered, wanted: Uint32Array, late: LateRows, from: number, to: number): number {
  const [times, values] = part.columns as [Float64Array, Float64Array]
  let i = from
  for (let run = 0; run < part.runs; run++) {
    const ordinal = wanted[part.series[run] as number] as number
    while (i < to && (late.ordinals[i] as number) < ordinal) i++
    const end = part.end(run)
    for (let row = part.start[run] as number; row < end && i < to && late.ordinals[i] === ordinal; ) {
      const at = times[row] as number
      const wantedAt = late.times[i] as number
      if (at === wantedAt) {
        late.values[i] = values[row] as number
        late.found[i] = 1
      }
      if (at <= wantedAt) row++
      if (wantedAt <= at) i++
    }
  }
  return i
}
