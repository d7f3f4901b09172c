import type { ColumnSpec } from './parquet/footer.ts'

/** Which tier a file belongs to: readings, or their summaries by minute or hour. */
export type Tier = 'raw' | 'minute' | 'hour'
export type RollupTier = Exclude<Tier, 'raw'>

export const ROLLUP_TIERS: readonly RollupTier[] = ['minute', 'hour']
export const TIER_MS: Readonly<Record<RollupTier, number>> = { minute: 60_000, hour: 3_600_000 }

/** Places of the raw columns among those after the series. */
export const RAW = { measuredAt: 0, delayMs: 1, value: 2, quality: 3 } as const

/** Places of the rollups' columns among those after the series. */
export const ROLLUP = {
  windowAt: 0,
  count: 1,
  sum: 2,
  min: 3,
  max: 4,
  last: 5,
  lastAfterMs: 6,
  notGood: 7,
  replaces: 8,
} as const

const RAW_COLUMNS: readonly ColumnSpec[] = [
  { name: 'series', kind: 'seriesId' },
  { name: 'measured_at', kind: 'time' },
  { name: 'delay_ms', kind: 'long' },
  { name: 'value', kind: 'double' },
  { name: 'quality', kind: 'byte' },
]

const ROLLUP_COLUMNS: readonly ColumnSpec[] = [
  { name: 'series', kind: 'seriesId' },
  { name: 'window_at', kind: 'time' },
  { name: 'count', kind: 'int' },
  { name: 'sum', kind: 'double' },
  { name: 'min', kind: 'double' },
  { name: 'max', kind: 'double' },
  { name: 'last', kind: 'double' },
  { name: 'last_after_ms', kind: 'int' },
  { name: 'not_good', kind: 'int' },
  { name: 'replaces', kind: 'byte' },
]

export const columnsOf = (tier: Tier): readonly ColumnSpec[] => (tier === 'raw' ? RAW_COLUMNS : ROLLUP_COLUMNS)

/** One file of the store, as its manifest tells it. */
export interface StoreFile {
  /** Name in the store's folder. */
  readonly name: string
  readonly tier: Tier
  /** How often its rows have been merged; 0 as flushed. */
  readonly level: number
  /** The flushes whose rows it holds, first and last. Of two rows for one reading the later flush's counts. */
  readonly fromFlush: number
  readonly toFlush: number
  readonly rows: number
  readonly bytes: number
  readonly checksum: number
  readonly indexAt: number
  readonly indexBytes: number
  readonly minAt: number
  readonly maxAt: number
  /** Platform time of the last flush in it. */
  readonly writtenAt: number
  /** Holds readings sent as history, which age does not remove. */
  readonly historical: boolean
  /** Are there rollups of exactly these rows? */
  readonly rolledUp: boolean
}

/** Oldest flush first. */
export const byFlush = (a: StoreFile, b: StoreFile): number => a.fromFlush - b.fromFlush || a.toFlush - b.toFlush
