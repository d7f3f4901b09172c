import type { WindowViews } from './hot-window.ts'

let order = new Uint32Array(1024)
let ends = new Uint32Array(1024)
let moved = new Uint32Array(64)

/** The window's rows by series, time and arrival. The result is used again by the next call. */
export function sortWindow(views: WindowViews, rows: number): Uint32Array {
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
  let start = 0
  for (let s = 0; s < series; s++) {
    const end = ends[s] as number
    if (end > start + 1) sortRun(views.f64, start, end)
    start = end
  }
  return order
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

/** Puts one series' rows in order of time; rows of one instant stay in order of arrival. */
function sortRun(f64: Float64Array, start: number, end: number): void {
  let steps = 0
  for (let i = start + 1; i < end; i++) {
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
      mergeRun(f64, start, end)
      return
    }
  }
}

/** For runs that are far from sorted. Rows rise with arrival, so that the row number breaks ties. */
function mergeRun(f64: Float64Array, start: number, end: number): void {
  const n = end - start
  if (moved.length < n) moved = new Uint32Array(n * 2)
  const run = moved.subarray(0, n)
  run.set(order.subarray(start, end))
  run.sort((a, b) => (f64[a * 4] as number) - (f64[b * 4] as number) || a - b)
  order.set(run, start)
}
