import { LATE, type WindowViews } from './hot-window.ts'

/**
 * A window's rows by series. Rows of one series lie in `order` between the end of the series before and `ends[series]`,
 * by arrival until {@link sortRun} has put them in order of time. Both arrays are used again by the next call.
 */
export interface WindowOrder {
  readonly order: Uint32Array
  readonly ends: Uint32Array
  /** Series ordinals are below this. */
  readonly series: number
}

let order = new Uint32Array(1024)
let ends = new Uint32Array(1024)
let moved = new Uint32Array(64)

/** Sorts by series: a counting sort, two passes over the rows. */
export function sortBySeries(views: WindowViews, rows: number): WindowOrder {
  const { u32 } = views
  if (order.length < rows) order = new Uint32Array(rows)
  const series = countRows(u32, rows)
  let sum = 0
  for (let s = 0; s < series; s++) {
    const n = ends[s] as number
    ends[s] = sum
    sum += n
  }
  for (let row = 0; row < rows; row++) {
    const ordinal = u32[row * 8 + 6] as number
    const place = ends[ordinal] as number
    order[place] = row
    ends[ordinal] = place + 1
  }
  return { order, ends, series }
}

/** Counts the rows of each series into `ends`; returns how many series there may be. */
function countRows(u32: Uint32Array, rows: number): number {
  let max = -1
  for (let row = 0; row < rows; row++) {
    const ordinal = u32[row * 8 + 6] as number
    if (ordinal > max) max = ordinal
  }
  if (ends.length <= max) ends = new Uint32Array((max + 1) * 2)
  ends.fill(0, 0, max + 1)
  for (let row = 0; row < rows; row++) {
    const ordinal = u32[row * 8 + 6] as number
    ends[ordinal] = (ends[ordinal] as number) + 1
  }
  return max + 1
}

/**
 * Puts one series' rows in order of time; rows of one instant stay in order of arrival. `true`: every row has an instant
 * of its own and none is late, so that nothing is left to resolve.
 */
export function sortRun(views: WindowViews, start: number, end: number): boolean {
  const { f64, u8 } = views
  let plain = true
  let before = Number.NEGATIVE_INFINITY
  for (let i = start; i < end; i++) {
    const row = order[i] as number
    const at = f64[row * 4] as number
    if (at <= before || (u8[row * 32 + 28] as number) >= LATE) {
      plain = false
      if (at < before) {
        insertRows(f64, start, i, end)
        return false
      }
    }
    before = at
  }
  return plain
}

/** Insertion sort from `from` on, where the rows before it are in order. */
function insertRows(f64: Float64Array, start: number, from: number, end: number): void {
  let steps = 0
  for (let i = from; i < end; i++) {
    const row = order[i] as number
    const at = f64[row * 4] as number
    let k = i
    while (k > start && (f64[(order[k - 1] as number) * 4] as number) > at) {
      order[k] = order[k - 1] as number
      k--
    }
    order[k] = row
    steps += i - k
    if (steps > 64 * (end - start)) {
      mergeRows(f64, start, end)
      return
    }
  }
}

/** For runs that are far from sorted. Rows rise with arrival, so that the row number breaks ties. */
function mergeRows(f64: Float64Array, start: number, end: number): void {
  const n = end - start
  if (moved.length < n) moved = new Uint32Array(n * 2)
  const run = moved.subarray(0, n)
  run.set(order.subarray(start, end))
  run.sort((a, b) => (f64[a * 4] as number) - (f64[b * 4] as number) || a - b)
  order.set(run, start)
}
