import {
  MARK_HISTORICAL,
  MARK_OUT_OF_RANGE,
  MAX_TIME_MS,
  QUALITY_GOOD,
  QUALITY_LEVEL,
  QUALITY_UNCERTAIN,
  type ReadingColumns,
} from '@quartier/contracts'
import { F64S, FLAGS_U8, HISTORICAL, MAX_F64, MIN_F64, type SeriesTable, TOUCHED_U8, U8S } from './series-table.ts'

export interface CheckLimits {
  /** Readings measured longer before their arrival than this are too late, ms. */
  readonly rawRetentionMs: number
  /** Readings measured later after their arrival than this come from the future, ms. */
  readonly futureMs: number
}

export const REASONS = ['not-finite', 'no-time', 'too-late', 'future'] as const
export type Reason = (typeof REASONS)[number]

/** One reading that must not be stored. */
export interface RefusedRow {
  readonly row: number
  readonly series: number
  readonly reason: Reason
  readonly measuredAt: number
  readonly value: number
}

/** Where a check stands: rows before `write` are good, rows from `read` on are still to be looked at. */
export interface Progress {
  read: number
  write: number
}

/** Rows whose series are looked up together, few enough that what was fetched for them is still near. */
const AHEAD = 512
const numbers = new Int32Array(AHEAD)

/**
 * Checks rows in place from `progress.read` up to `columns.length`: closes the gaps that refused rows leave and marks
 * values outside the valid range of their series. Stops before a row whose series is unknown, so that the caller can
 * learn it and call again. A verdict depends on nothing but the record and the definition, never on the time of the
 * check: a replay decides alike.
 * @returns true when all rows are done; `columns.length` is then the number of good ones
 */
export function check(
  columns: ReadingColumns,
  progress: Progress,
  table: SeriesTable,
  limits: CheckLimits,
  refuse: (refused: RefusedRow) => void,
): boolean {
  const { seriesLo, seriesHi, measuredAt, receivedAt, value, quality } = columns
  const { rawRetentionMs, futureMs } = limits
  const { f64, u8 } = table
  let { read, write } = progress
  for (let from = read, known = read; read < columns.length; read++) {
    if (read === known) {
      from = read
      known = Math.min(read + AHEAD, columns.length)
      table.findAll(seriesLo, seriesHi, from, known, numbers)
    }
    const series = numbers[read - from] as number
    if (series < 0) break
    const at = measuredAt[read] as number
    const received = receivedAt[read] as number
    const delay = received - at
    const v = value[read] as number
    let q = quality[read] as number
    const exempt = (q & MARK_HISTORICAL) !== 0 || ((u8[series * U8S + FLAGS_U8] as number) & HISTORICAL) !== 0
    if (
      !(v - v === 0) ||
      !(Math.abs(at) <= MAX_TIME_MS) ||
      !(Math.abs(received) <= MAX_TIME_MS) ||
      ((delay > rawRetentionMs || -delay > futureMs) && !exempt)
    ) {
      refuse({ row: read, series, reason: reasonOf(v, at, received), measuredAt: at, value: v })
      continue
    }
    if (v < (f64[series * F64S + MIN_F64] as number) || v > (f64[series * F64S + MAX_F64] as number)) {
      q |= MARK_OUT_OF_RANGE
      if ((q & QUALITY_LEVEL) === QUALITY_GOOD) q |= QUALITY_UNCERTAIN
      quality[read] = q
    }
    if (write !== read) {
      seriesLo[write] = seriesLo[read] as number
      seriesHi[write] = seriesHi[read] as number
      measuredAt[write] = at
      receivedAt[write] = received
      value[write] = v
      quality[write] = q
    }
    write++
    u8[series * U8S + TOUCHED_U8] = 1
  }
  progress.read = read
  progress.write = write
  if (read < columns.length) return false
  columns.length = write
  return true
}

function reasonOf(value: number, at: number, received: number): Reason {
  if (!Number.isFinite(value)) return 'not-finite'
  if (!(Math.abs(at) <= MAX_TIME_MS && Math.abs(received) <= MAX_TIME_MS)) return 'no-time'
  return received > at ? 'too-late' : 'future'
}
