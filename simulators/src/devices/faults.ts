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

/**
 * Whether a thing has a spell of trouble at `at`, and since when.
 * @param seed     of the thing and the kind of trouble
 * @param rate     expected spells per hour of this one thing
 * @param shortest and longest duration of a spell, ms; at most half of `slot`
 * @returns        the instant when the spell began, NaN when there is none
 */
function spell(seed: number, rate: number, at: number, slot: number, shortest: number, longest: number): number {
  const n = Math.floor(at / slot)
  if (unit(seed, n) >= (rate * slot) / (60 * MINUTE)) return Number.NaN
  const began = n * slot + unit(seed ^ 0x5bd1, n) * (slot - longest)
  const ends = began + shortest + unit(seed ^ 0x27d4, n) * (longest - shortest)
  return at >= began && at < ends ? began : Number.NaN
}

/** Is this gateway, one of `gateways`, off the network? */
export const gatewaySilent = (seed: number, gateways: number, at: number, often = 1): boolean =>
  spell(mix(seed, 101), (often * FAULTS_PER_HOUR.gatewaySilent) / gateways, at, 20 * MINUTE, 2 * MINUTE, 6 * MINUTE) > 0

/** Does this sensor, one of `sensors`, report nothing? */
export const sensorSilent = (seed: number, sensors: number, at: number, often = 1): boolean =>
  spell(mix(seed, 102), (often * FAULTS_PER_HOUR.sensorSilent) / sensors, at, 60 * MINUTE, 10 * MINUTE, 20 * MINUTE) > 0

/** The instant at which this sensor froze, NaN when it works. */
export const sensorFrozenSince = (seed: number, sensors: number, at: number, often = 1): number =>
  spell(mix(seed, 103), (often * FAULTS_PER_HOUR.sensorFrozen) / sensors, at, 60 * MINUTE, 10 * MINUTE, 20 * MINUTE)

/** Is the reading of this sensor nonsense? True for about one reading at a time. */
export const outOfRange = (seed: number, sensors: number, intervalMs: number, at: number, often = 1): boolean => {
  const slot = Math.max(20 * MINUTE, 2 * intervalMs)
  return spell(mix(seed, 104), (often * FAULTS_PER_HOUR.outOfRange) / sensors, at, slot, intervalMs, intervalMs) > 0
}
