import { NORMAL, pressure, SERIES_STATES, type SeriesState } from '@quartier/contracts/live'
import { widened } from './id-table.ts'

/** Eight states, and behind them how many readings are expected from, and how many of these report. */
export const COUNTS = SERIES_STATES + 2
export const EXPECTED = SERIES_STATES
export const REPORTING = SERIES_STATES + 1

/** Rows of counts with what follows from them, by number: assets, or groups. */
export class RollupRows {
  /** {@link COUNTS} numbers a row. */
  counts = new Uint32Array(0)
  /** `SeriesState` */
  worst = new Uint8Array(0)
  measure = new Float32Array(0)
  /** As it was told, epoch ms; NaN when there is none. */
  oldestAt = new Float64Array(0)
  /** The tick in which the row last changed. */
  changed = new Uint32Array(0)
  length = 0

  /** Makes room for so many rows; new ones are empty. */
  room(rows: number): void {
    if (rows > this.worst.length) {
      const capacity = Math.max(rows, 2 * this.worst.length)
      const before = this.worst.length
      this.counts = widened(this.counts, capacity * COUNTS)
      this.worst = widened(this.worst, capacity)
      this.measure = widened(this.measure, capacity).fill(Number.NaN, before)
      this.oldestAt = widened(this.oldestAt, capacity).fill(Number.NaN, before)
      this.changed = widened(this.changed, capacity)
    }
    if (rows > this.length) this.length = rows
  }

  /** Forgets everything, and counts as changed in `tick`. */
  clear(rows: number, tick: number): void {
    this.length = 0
    this.room(rows)
    this.counts.fill(0)
    this.worst.fill(NORMAL)
    this.measure.fill(Number.NaN)
    this.oldestAt.fill(Number.NaN)
    this.changed.fill(tick)
  }

  count(row: number, column: number): number {
    return this.counts[row * COUNTS + column] as number
  }

  /** All series of the row. */
  series(row: number): number {
    let sum = 0
    for (let state = 0; state < SERIES_STATES; state++) sum += this.counts[row * COUNTS + state] as number
    return sum
  }

  /** Derives the worst state from the counts. */
  judge(row: number): void {
    let worst: SeriesState = NORMAL
    for (let state = 1; state < SERIES_STATES; state++)
      if ((this.counts[row * COUNTS + state] as number) > 0 && pressure(state) < pressure(worst))
        worst = state as SeriesState
    this.worst[row] = worst
  }
}
