import type { Clock } from '../../runtime/clock.ts'
import { CORRECTION, DUPLICATE, STORED, sameValue } from '../fold.ts'
import { ROLLUP_TIERS, TIER_MS } from '../layout.ts'
import { addReading, emptyPartial, type Partial } from '../rollup.ts'
import { readRaw, type Sources } from './read.ts'
import type { SeriesState } from './state.ts'
import { isKept, writeWindow } from './tiers.ts'
import { writeReading } from './write-reading.ts'

/** A reading that is not newer than all of its series, in log order among its like. */
export interface LateReading {
  readonly ordinal: number
  readonly at: number
  readonly receivedAt: number
  readonly value: number
  readonly quality: number
}

interface Held {
  value: number
  quality: number
}

const HOUR = TIER_MS.hour
/** Series of one question. */
const SERIES_AT_ONCE = 500

/**
 * Decides about late readings by what the servers hold, writes those that are no duplicates, and computes the windows
 * that they change from raw anew. Returns the verdict of each.
 */
export async function settleLate(
  sources: Sources & { readonly state: SeriesState; readonly clock: Clock; readonly rawMs: number },
  late: readonly LateReading[],
): Promise<Uint8Array> {
  const verdicts = new Uint8Array(late.length)
  const byHour = new Map<number, number[]>()
  late.forEach(({ at }, i) => {
    const hour = Math.floor(at / HOUR) * HOUR
    const list = byHour.get(hour)
    if (list) list.push(i)
    else byHour.set(hour, [i])
  })
  const held = new Map<number, Map<number, Map<number, Held>>>()
  for (const [hour, rows] of byHour)
    held.set(hour, await readHour(sources, hour, new Set(rows.map((i) => late[i]?.ordinal ?? -1))))
  // Nothing is written before everything is known: a question that fails leaves all as it was.
  const dirty = new Map<number, Set<number>>()
  late.forEach((reading, i) => {
    const hour = held.get(Math.floor(reading.at / HOUR) * HOUR) as Map<number, Map<number, Held>>
    const verdict = take(hour.get(reading.ordinal) as Map<number, Held>, reading)
    verdicts[i] = verdict
    if (verdict !== DUPLICATE)
      writeReading(sources, reading.ordinal, reading.at, reading.receivedAt, reading.value, reading.quality, true)
    // A duplicate may be the replay of what a crashed run wrote, after which its window was written without it.
    const minutes = dirty.get(reading.ordinal) ?? new Set()
    dirty.set(reading.ordinal, minutes.add(Math.floor(reading.at / TIER_MS.minute) * TIER_MS.minute))
  })
  const expiredBefore = sources.clock.now() - sources.rawMs
  for (const [ordinal, minutes] of dirty)
    for (const hour of new Set([...minutes].map((m) => Math.floor(m / HOUR) * HOUR)))
      if (hour >= expiredBefore) rewrite(sources, ordinal, hour, minutes, held.get(hour)?.get(ordinal) ?? new Map())
  return verdicts
}

async function readHour(sources: Sources, hour: number, ordinals: ReadonlySet<number>) {
  const out = new Map<number, Map<number, Held>>()
  const list = [...ordinals]
  for (let from = 0; from < list.length; from += SERIES_AT_ONCE) {
    const some = list.slice(from, from + SERIES_AT_ONCE)
    const found = await readRaw(sources, some, hour, hour + HOUR)
    for (const ordinal of some) {
      const readings = new Map<number, Held>()
      out.set(ordinal, readings)
      const { columns = [], length = 0 } = found.get(ordinal) ?? {}
      const [times, values, qualities] = columns as [Float64Array, Float64Array, Float64Array]
      for (let i = 0; i < length; i++)
        readings.set(times[i] as number, { value: values[i] as number, quality: qualities[i] as number })
    }
  }
  return out
}

function take(readings: Map<number, Held>, { at, value, quality }: LateReading): number {
  const before = readings.get(at)
  if (before && sameValue(before.value, value)) return DUPLICATE
  readings.set(at, { value, quality })
  return before ? CORRECTION : STORED
}

/** Computes the hour and those of its minutes that changed; an open window changes in memory. */
function rewrite(
  sources: Sources & { readonly state: SeriesState },
  o: number,
  hour: number,
  minutes: ReadonlySet<number>,
  readings: ReadonlyMap<number, Held>,
): void {
  // What is newer than the newest stands there from a run that crashed, and is still to be replayed.
  const newest = sources.state.measuredAt[o] as number
  const sorted = [...readings].filter(([at]) => at <= newest).sort((a, b) => a[0] - b[0])
  for (const tier of ROLLUP_TIERS) {
    if (!isKept(sources.catalog, tier, o)) continue
    const step = TIER_MS[tier]
    const windows = new Map<number, Partial>()
    for (const [at, { value, quality }] of sorted) {
      const windowAt = Math.floor(at / step) * step
      if (tier === 'minute' && !minutes.has(windowAt)) continue
      const p = windows.get(windowAt) ?? emptyPartial()
      windows.set(windowAt, p)
      addReading(p, at, value, quality)
    }
    for (const [windowAt, p] of windows)
      if (windowAt === sources.state.windowAt(tier, o)) sources.state.setOpen(tier, o, p)
      else if (windowAt >= hour) writeWindow(sources, tier, o, windowAt, p)
  }
}
