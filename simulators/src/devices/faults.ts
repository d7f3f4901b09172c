import { mix, unit } from '../random.ts'

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

/** `[from, to)`, epoch ms, without a fault. */
export interface Calm {
  from: number
  to: number
}

/** What is wrong with a sensor: nothing, no word, nonsense for about one reading, or the instant at which it froze. */
export type SensorFault = 'none' | 'silent' | 'out of range' | number

/** The faults of the sensors of a district that has `sensors` of them, `often` times as often as usual. */
export function createSensorFaults(sensors: number, often: number) {
  const chance = (perHour: number) => (often * perHour) / sensors
  return {
    /** The fault of the sensor with this seed at an instant; where none is near, `calm` tells how far that holds. */
    at: (seed: number, intervalMs: number, at: number, calm: Calm): SensorFault => {
      const nonsense = Math.max(20 * MINUTE, 2 * intervalMs)
      const silent = spell(mix(seed, 102), chance(FAULTS_PER_HOUR.sensorSilent), at, HOUR, 10 * MINUTE, 20 * MINUTE)
      if (silent > 0) return 'silent'
      const { outOfRange, sensorFrozen } = FAULTS_PER_HOUR
      if (spell(mix(seed, 104), chance(outOfRange), at, nonsense, intervalMs, intervalMs) > 0) return 'out of range'
      const frozen = spell(mix(seed, 103), chance(sensorFrozen), at, HOUR, 10 * MINUTE, 20 * MINUTE)
      if (frozen > 0) return frozen
      if (
        !strikes(mix(seed, 102), chance(FAULTS_PER_HOUR.sensorSilent), at, HOUR) &&
        !strikes(mix(seed, 104), chance(outOfRange), at, nonsense) &&
        !strikes(mix(seed, 103), chance(sensorFrozen), at, HOUR)
      ) {
        calm.from = Math.max(Math.floor(at / HOUR) * HOUR, Math.floor(at / nonsense) * nonsense)
        calm.to = Math.min((Math.floor(at / HOUR) + 1) * HOUR, (Math.floor(at / nonsense) + 1) * nonsense)
      }
      return 'none'
    },
  }
}
