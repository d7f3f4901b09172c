import { QuartierError } from '@quartier/contracts'
import { offsetsOf, type ReadTime, timeReader, zoneReader } from '../time-format.ts'
import type { Field, GridTime } from './manifest.ts'

const DAY = 86_400_000

/**
 * The instant of each row of a matrix, epoch ms. On a `days` grid rows exist only on the weekdays named and within the
 * day's slots; every local time is one of the zone as its clock was set then.
 * @throws QuartierError REPLAY_MANIFEST when the manifest does not say where the rows lie in time
 */
export function rowTimes(time: GridTime | undefined, rows: number): Float64Array {
  const stepMs = (time?.stepSeconds ?? 0) * 1000
  if (!time || stepMs === 0)
    throw new QuartierError('REPLAY_MANIFEST', 'the manifest names no step of time for its rows')
  const start = time.start === undefined ? 0 : timeReader('iso', 0)(time.start)
  if (time.grid !== 'days') {
    const begin = time.start === undefined ? 0 : zoneReader(time.zone)(start)
    return Float64Array.from({ length: rows }, (_, r) => begin + Math.round(r * stepMs))
  }
  const slots = time.slotsPerDay ?? Math.round(DAY / stepMs)
  const weekdays = new Set(time.weekdays ?? [1, 2, 3, 4, 5, 6, 7])
  if (weekdays.size === 0) throw new QuartierError('REPLAY_MANIFEST', 'a grid of days needs a weekday')
  const toEpoch = zoneReader(time.zone)
  const out = new Float64Array(rows)
  let day = start
  for (let r = 0; r < rows; ) {
    if (weekdays.has(isoWeekday(day))) {
      const begin = toEpoch(day)
      for (let slot = 0; slot < slots && r < rows; slot++) out[r++] = begin + Math.round(slot * stepMs)
    }
    day += DAY
  }
  return out
}

const isoWeekday = (local: number): number => ((Math.floor(local / DAY) + 3) % 7) + 1

/**
 * Reads the time of a table's records from its fields: one `time`, or `date` and `clock`, or `date` and `hour`; without
 * any of them the row counts. Local clocks of a `clock` grid know no summer time: the zone's offset at the first stamp
 * holds for all of them.
 */
export function recordTimes(
  time: GridTime | undefined,
  fields: readonly Field[],
): (values: readonly string[], row: number) => number {
  const at = (role: string) => fields.findIndex((f) => f.role === role)
  const [whole, date, clock, hour] = [at('time'), at('date'), at('clock'), at('hour')]
  const offset = firstOffset(time)
  const reader = (i: number): ReadTime => timeReader(fields[i]?.format ?? 'iso', 0)
  if (whole >= 0) {
    const read = reader(whole)
    const isInstant = time?.grid === 'instant'
    return (values) => (isInstant ? read(values[whole] ?? '') : offset(read(values[whole] ?? '')))
  }
  if (date >= 0) {
    const readDate = reader(date)
    const readClock = clock >= 0 ? timeReader(fields[clock]!.format ?? '%H:%M:%S', 0) : undefined
    return (values) => {
      const day = readDate(values[date] ?? '')
      const within = readClock ? readClock(values[clock] ?? '') : Number(values[hour] ?? 0) * 3_600_000
      return offset(day + within)
    }
  }
  const stepMs = (time?.stepSeconds ?? 0) * 1000
  if (stepMs === 0)
    throw new QuartierError('REPLAY_MANIFEST', 'neither fields nor the manifest tell the time of a record')
  const start = time?.start === undefined ? 0 : timeReader('iso', 0)(time.start)
  return (_values, row) => start + row * stepMs
}

/** Local → epoch with the offset that holds at the first stamp seen. */
function firstOffset(time: GridTime | undefined): (local: number) => number {
  const zone = time?.zone ?? 'unknown'
  if (zone === 'unknown' || zone === 'UTC') return (local) => local
  const offsetAt = offsetsOf(zone)
  let offset: number | undefined
  return (local) => {
    if (Number.isNaN(local)) return local
    offset ??= offsetAt(local - offsetAt(local))
    return local - offset
  }
}
