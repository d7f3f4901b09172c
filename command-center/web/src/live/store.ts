import { type LiveFrame, type LiveSeries, type LiveTick, NO_VALUE } from '@quartier/contracts/live'
import { MARK_HISTORICAL, MARK_RETAINED } from '@quartier/contracts/quality'
import type { PlatformClock } from './clock.ts'
import type { DelayMeter } from './delay.ts'

/** The newest value of every series that is followed by itself, one row each; the arrays are written in place. */
export interface LiveData {
  /** New whenever the index changes, the same otherwise. */
  readonly series: readonly LiveSeries[]
  readonly value: Float64Array
  /** Platform time, epoch ms; NaN where there is no value yet. */
  readonly measuredAt: Float64Array
  readonly quality: Uint8Array
  /** How many series matched; more than `series.length` when the server's limit left some out. */
  readonly total: number
}

export const emptyData: LiveData = dataFor([], 0)

export function dataFor(series: readonly LiveSeries[], total: number): LiveData {
  return {
    series,
    total,
    value: new Float64Array(series.length).fill(Number.NaN),
    measuredAt: new Float64Array(series.length).fill(Number.NaN),
    quality: new Uint8Array(series.length),
  }
}

/** Writes a frame's rows into `data`; rows of places that the index does not have are left out. */
export function applyFrame(data: LiveData, frame: LiveFrame): void {
  const { index, value, age, quality, rows, platformAt } = frame
  for (let row = 0; row < rows; row++) {
    const at = index[row]!
    if (at >= data.series.length) continue
    const known = age[row] !== NO_VALUE
    data.value[at] = known ? value[row]! : Number.NaN
    data.measuredAt[at] = known ? platformAt - age[row]! : Number.NaN
    data.quality[at] = quality[row]!
  }
}

/** Notes how old the frame's rows are now that they are drawn. History and retained state are old by nature. */
export function measureDelays(frame: LiveFrame, clock: PlatformClock, meter: DelayMeter): void {
  const sinceSent = Math.max(0, clock.now() - frame.platformAt)
  for (let row = 0; row < frame.rows; row++) {
    const age = frame.age[row]!
    if (age === NO_VALUE || frame.quality[row]! & (MARK_HISTORICAL | MARK_RETAINED)) continue
    meter.add((age + sinceSent) / clock.speed)
  }
}

/** Of many rows so many are measured: the tail of a minute is the same. */
const MEASURED_MOST = 500

/** The same for the sensors of a tick; a snapshot holds values that came at any time. */
export function measureTick(tick: LiveTick, clock: PlatformClock, meter: DelayMeter): void {
  const now = clock.now()
  for (const section of tick.sections) {
    if (section.level !== 'sensors' || section.since === 0) continue
    const { columns, rows } = section
    const step = Math.max(1, Math.ceil(rows / MEASURED_MOST))
    for (let row = 0; row < rows; row += step) {
      const measuredAt = columns.measuredAt[row]!
      if (Number.isNaN(measuredAt) || columns.quality[row]! & (MARK_HISTORICAL | MARK_RETAINED)) continue
      meter.add(Math.max(0, now - measuredAt) / clock.speed)
    }
  }
}
