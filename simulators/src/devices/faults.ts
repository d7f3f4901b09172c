import { mix, unit } from '../random.ts'
import type { Sensors } from './sensors.ts'

/**
 * What goes wrong, honestly and rarely, in the whole district in an hour. Everything follows from the seed and the
 * time, so that a test or a judge can ask afterwards what really happened.
 */
export const FAULTS_PER_HOUR = {
  /** A gateway loses its network for 2 to 6 minutes. */
  gatewaySilent: 1,
  /** A sensor stops reporting for 10 to 20 minutes. */
  sensorSilent: 2,
  /** A sensor repeats one value for 10 to 20 minutes. */
  sensorFrozen: 2,
  /** One reading lies outside what can be true. */
  outOfRange: 3,
} as const

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/**
 * Whether a thing has a spell of trouble at `at`, and since when.
 * @param seed     of the thing and the kind of trouble
 * @param rate     expected spells per hour of this one thing
 * @param shortest and longest duration of a spell, ms; at most half of `slot`
 * @returns        the instant when the spell began, NaN when there is none
 */
function spell(seed: number, rate: number, at: number, slot: number, shortest: number, longest: number): number {
  if (!strikes(seed, rate, at, slot)) return Number.NaN
  const n = Math.floor(at / slot)
  const began = n * slot + unit(seed ^ 0x5bd1, n) * (slot - longest)
  const ends = began + shortest + unit(seed ^ 0x27d4, n) * (longest - shortest)
  return at >= began && at < ends ? began : Number.NaN
}

/** Whether there is a spell of trouble at all in the slot of an instant. */
const strikes = (seed: number, rate: number, at: number, slot: number): boolean =>
  unit(seed, Math.floor(at / slot)) < (rate * slot) / HOUR

/** Is this gateway, one of `gateways`, off the network? */
export const gatewaySilent = (seed: number, gateways: number, at: number, often = 1): boolean =>
  spell(mix(seed, 101), (often * FAULTS_PER_HOUR.gatewaySilent) / gateways, at, 20 * MINUTE, 2 * MINUTE, 6 * MINUTE) > 0

/** What is wrong with a sensor: nothing, no word, nonsense for about one reading, or the instant at which it froze. */
export type SensorFault = 'none' | 'silent' | 'out of range' | number

/** How far ahead a sensor is looked at when it works. */
const LOOK_AHEAD = 24 * HOUR

type Columns = Pick<Sensors, 'mine' | 'intervalMs' | 'calmFrom' | 'calmTo'>

/**
 * The fault of a sensor of a district at an instant, `often` times as often as usual. Where none is near, the calm of
 * the sensor says how far that holds.
 */
export function createSensorFaults(sensors: Columns, often: number): (i: number, at: number) => SensorFault {
  const { mine, intervalMs, calmFrom, calmTo } = sensors
  const rate = (perHour: number) => (often * perHour) / mine.length
  const [silence, freeze, nonsense] = [
    rate(FAULTS_PER_HOUR.sensorSilent),
    rate(FAULTS_PER_HOUR.sensorFrozen),
    rate(FAULTS_PER_HOUR.outOfRange),
  ]
  return (i, at) => {
    const [a, b, c] = [mix(mine[i]!, 102), mix(mine[i]!, 103), mix(mine[i]!, 104)]
    const interval = intervalMs[i]!
    const slot = Math.max(20 * MINUTE, 2 * interval)
    if (spell(a, silence, at, HOUR, 10 * MINUTE, 20 * MINUTE) > 0) return 'silent'
    if (spell(c, nonsense, at, slot, interval, interval) > 0) return 'out of range'
    const frozen = spell(b, freeze, at, HOUR, 10 * MINUTE, 20 * MINUTE)
    if (frozen > 0) return frozen
    const from = Math.floor(at / HOUR) * HOUR
    const isCalm = (hour: number): boolean => {
      if (strikes(a, silence, hour, HOUR) || strikes(b, freeze, hour, HOUR)) return false
      for (let n = Math.floor(hour / slot); n * slot < hour + HOUR; n++)
        if (strikes(c, nonsense, n * slot, slot)) return false
      return true
    }
    let to = from
    while (to < from + LOOK_AHEAD && isCalm(to)) to += HOUR
    calmFrom[i] = from
    calmTo[i] = to
    return 'none'
  }
}
