/**
 * Readings as columns: row `i` of every array is one reading. Arrays may be longer than `length`.
 * Times are epoch milliseconds; `value` is finite (booleans 0/1); `quality` as in quality.ts.
 */
export interface ReadingColumns {
  length: number
  readonly seriesLo: Uint32Array
  readonly seriesHi: Uint32Array
  readonly measuredAt: Float64Array
  readonly receivedAt: Float64Array
  readonly value: Float64Array
  readonly quality: Uint8Array
}

/** Empty columns with room for `capacity` readings. */
export function createColumns(capacity: number): ReadingColumns {
  return {
    length: 0,
    seriesLo: new Uint32Array(capacity),
    seriesHi: new Uint32Array(capacity),
    measuredAt: new Float64Array(capacity),
    receivedAt: new Float64Array(capacity),
    value: new Float64Array(capacity),
    quality: new Uint8Array(capacity),
  }
}
