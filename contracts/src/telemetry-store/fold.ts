/**
 * What becomes of readings for one (series, measuredAt), taken in log order: the same value again is a duplicate, and the
 * reading that is there stays; another value is a correction, and takes its place.
 */
export type Verdict = 0 | 1 | 2
export const STORED = 0
export const DUPLICATE = 1
export const CORRECTION = 2

export const sameValue = (a: number, b: number): boolean => a === b || (Number.isNaN(a) && Number.isNaN(b))

/** Rows `[start, end)` of columns, the first of which is the time, the second the value. */
export interface RowSpan {
  readonly columns: readonly Float64Array[]
  readonly start: number
  readonly end: number
}

let order = new Uint32Array(1024)

/**
 * The rows of one series from several sources, given oldest source first, as one run: oldest reading first, and for each
 * instant the row that counts. Where nothing overlaps this is a plain copy.
 */
export function foldSpans(spans: readonly RowSpan[], columns: number): { columns: Float64Array[]; length: number } {
  let length = 0
  for (const span of spans) length += span.end - span.start
  const out = Array.from({ length: columns }, () => new Float64Array(length))
  let at = 0
  for (const { columns: source, start, end } of spans) {
    for (let c = 0; c < columns; c++) copyRows(source[c] as Float64Array, start, end, out[c] as Float64Array, at)
    at += end - start
  }
  return isRising(spans) ? { columns: out, length } : sortAndFold(out)
}

/** Copies `source[from, to)` to `target[at…)`; short runs, the common case, without a view of them. */
export function copyRows(source: Float64Array, from: number, to: number, target: Float64Array, at: number): void {
  if (to - from > 64) target.set(source.subarray(from, to), at)
  else for (let i = from, k = at; i < to; i++, k++) target[k] = source[i] as number
}

/** Do the spans, one after another, rise in time throughout? Then there is nothing to resolve. */
export function isRising(spans: readonly RowSpan[]): boolean {
  let before = Number.NEGATIVE_INFINITY
  for (const { columns, start, end } of spans) {
    const times = columns[0] as Float64Array
    for (let i = start; i < end; i++) {
      const at = times[i] as number
      if (at <= before) return false
      before = at
    }
  }
  return true
}

function sortAndFold(columns: readonly Float64Array[]): { columns: Float64Array[]; length: number } {
  const [times, values] = columns as [Float64Array, Float64Array]
  const n = times.length
  if (order.length < n) order = new Uint32Array(n * 2)
  const places = order.subarray(0, n)
  for (let i = 0; i < n; i++) places[i] = i
  places.sort((a, b) => (times[a] as number) - (times[b] as number) || a - b)
  let kept = 0
  for (let i = 1; i < n; i++) {
    const place = places[i] as number
    const before = places[kept] as number
    if (times[place] !== times[before]) places[++kept] = place
    else if (!sameValue(values[place] as number, values[before] as number)) places[kept] = place
  }
  const length = n === 0 ? 0 : kept + 1
  const out = columns.map((column) => {
    const folded = new Float64Array(length)
    for (let i = 0; i < length; i++) folded[i] = column[places[i] as number] as number
    return folded
  })
  return { columns: out, length }
}
