import type { Position } from '../event-log/port.ts'
import type { ReadingColumns } from '../readings/columns.ts'
import type { SeriesId } from '../series/id.ts'

/** What the store must know about a series; a definition precedes the data. */
export interface SeriesMeta extends SeriesId {
  /** Empty while data has come and no definition: a later definition of the id names it. */
  readonly key: string
  /** Name of the principal's source, the first part of the key. */
  readonly source: string
  readonly unit: string
  /** Expected interval between readings, ms; 0 when unknown. No rollup tier finer than this is kept. */
  readonly intervalMs: number
}

/** Readings of one log partition, `[firstOffset, nextOffset)`, in log order. */
export interface StoreBatch {
  readonly partition: number
  readonly firstOffset: number
  readonly nextOffset: number
  readonly columns: ReadingColumns
}

/** How many readings of one source the store found in one range of offsets: its own count, of its own rows. */
export interface StoreCounts {
  readonly partition: number
  readonly firstOffset: number
  readonly nextOffset: number
  readonly source: string
  readonly stored: number
  readonly duplicates: number
  readonly corrections: number
  /** Not decided yet: late rows that must be held against older files. Zero in a range that is settled. */
  readonly undecided: number
}

/** Latest value of each series asked for, row by row; NaN and 0 where there is none yet. */
export interface LastValues {
  readonly length: number
  readonly seriesLo: Uint32Array
  readonly seriesHi: Uint32Array
  readonly measuredAt: Float64Array
  readonly receivedAt: Float64Array
  readonly value: Float64Array
  readonly quality: Uint8Array
}

/** Readings of one series in `[from, to)`, oldest first, duplicates and corrections resolved. */
export interface SeriesRange {
  readonly series: SeriesId
  readonly measuredAt: Float64Array
  readonly value: Float64Array
  readonly quality: Uint8Array
}

/** Row-major [series][window]: `x[s * windows + w]`; empty windows have count 0 and NaN elsewhere. */
export interface Windows {
  readonly series: readonly SeriesId[]
  readonly from: number
  readonly stepMs: number
  readonly windows: number
  readonly count: Uint32Array
  readonly mean: Float64Array
  readonly min: Float64Array
  readonly max: Float64Array
  readonly last: Float64Array
  /** Readings of the window whose quality level is not good. */
  readonly notGood: Uint32Array
}

export interface StoreUsage {
  readonly series: number
  /** Readings on disk and in the hot window. */
  readonly readings: number
  readonly files: number
  readonly bytes: number
  readonly oldestAt: number
  readonly newestAt: number
}

/**
 * Readings by series and time. Identity is (series, measuredAt): the same value again is a duplicate, another value
 * a correction, and the last in log order wins. The store remembers up to which log position it has everything:
 * after a crash the caller feeds it from there again and nothing is lost or doubled.
 *
 * Errors are `QuartierError`: STORE_CLOSED, STORE_UNAVAILABLE (retriable), STORE_FULL (no space, retriable),
 * STORE_CORRUPT, SERIES_COLLISION (another key has this id).
 */
export interface TelemetryStore {
  /** What an adapter cannot do is said here. */
  readonly supports: { readonly atomicPosition: boolean; readonly sql: boolean; readonly exactDuplicateCounts: boolean }
  /** The log position up to which every reading is held durably. */
  position(): Promise<Position>
  define(series: readonly SeriesMeta[]): Promise<void>
  /**
   * Takes batches in log order. Afterwards queries see them; they are durable when `position()` passes them, which
   * `flush` forces. A batch wholly before `position()` is ignored. The caller may use the columns again afterwards.
   */
  write(batches: readonly StoreBatch[]): Promise<void>
  flush(): Promise<void>
  /** Counts by offset range and source since the last call that returned them settled; see {@link StoreCounts}. */
  takeCounts(): Promise<readonly StoreCounts[]>
  /** Latest values: of these series, or of all when `series` is absent. */
  last(series?: readonly SeriesId[]): Promise<LastValues>
  range(series: readonly SeriesId[], from: number, to: number, limitPerSeries?: number): Promise<readonly SeriesRange[]>
  /** Windows `[from + i·stepMs, from + (i+1)·stepMs)` up to `to`, half-open, at most 1e7 cells. */
  windows(series: readonly SeriesId[], from: number, to: number, stepMs: number): Promise<Windows>
  /** Writes readings of these series (all when absent) to a file; resolves to the number of rows. */
  export(
    request: { format: 'csv' | 'parquet'; path: string; series?: readonly SeriesId[]; from: number; to: number },
    onProgress?: (share: number) => void,
  ): Promise<number>
  /** The defined series, in definition order. */
  series(): Promise<readonly SeriesMeta[]>
  usage(): Promise<StoreUsage>
  close(): Promise<void>
}
