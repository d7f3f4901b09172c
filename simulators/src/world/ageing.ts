import { createRandom, mix } from '../random.ts'
import type { WorldSettings } from './settings.ts'

/** How a kind of machine fails, and what shows before. */
export interface FailureMode {
  readonly mode: string
  /** Mean days of life after a repair. */
  readonly lifeDays: number
  /** Days from the first sign to the failure. */
  readonly warningDays: number
  /** Days until it is repaired. */
  readonly repairDays: number
  /** By property, what it adds at the moment of failure and how late it grows: the power of the elapsed share. */
  readonly signs: Readonly<Record<string, { readonly adds: number; readonly power: number }>>
  /** By property, what the machine says while it stands; absent properties go on. */
  readonly stands: Readonly<Record<string, number>>
}

/** One life of a machine, from one repair to the next. */
export interface Life {
  readonly mode: FailureMode
  readonly firstSignAt: number
  readonly failedAt: number
  readonly repairedAt: number
}

const BEARING = { lifeDays: 260, warningDays: 18, repairDays: 0.6 }

/** Failure modes by kind of asset. */
export const FAILURE_MODES: Readonly<Record<string, readonly FailureMode[]>> = {
  lift: [
    {
      ...BEARING,
      mode: 'motor bearing',
      signs: { motorTemperature: { adds: 26, power: 1.6 }, vibration: { adds: 5.5, power: 2.4 } },
      stands: { floor: 0, vibration: 0, motorTemperature: 26 },
    },
    {
      mode: 'door drive',
      lifeDays: 180,
      warningDays: 9,
      repairDays: 0.25,
      signs: { vibration: { adds: 1.6, power: 1.2 } },
      stands: { floor: 0, vibration: 0 },
    },
  ],
  escalator: [
    {
      ...BEARING,
      mode: 'drive chain',
      signs: {
        vibration: { adds: 4.8, power: 2.2 },
        motorTemperature: { adds: 17, power: 1.5 },
        power: { adds: 2.4, power: 1.5 },
      },
      stands: { running: 0, vibration: 0, power: 0.1, motorTemperature: 27 },
    },
  ],
  'air-handler': [
    {
      ...BEARING,
      lifeDays: 420,
      mode: 'fan bearing',
      signs: { fanPower: { adds: 4.5, power: 1.8 }, supplyTemperature: { adds: 2.2, power: 2.5 } },
      stands: { fanPower: 0, supplyTemperature: 25 },
    },
    {
      mode: 'stuck valve',
      lifeDays: 500,
      warningDays: 6,
      repairDays: 1,
      signs: { supplyTemperature: { adds: 6, power: 1.1 } },
      stands: { valvePosition: 4, supplyTemperature: 24.5 },
    },
  ],
  chiller: [
    {
      ...BEARING,
      lifeDays: 330,
      warningDays: 26,
      repairDays: 2,
      mode: 'compressor bearing',
      signs: {
        bearingTemperature: { adds: 31, power: 1.5 },
        vibration: { adds: 7, power: 2.6 },
        power: { adds: 90, power: 1.8 },
      },
      stands: { power: 0, vibration: 0, bearingTemperature: 30, supplyTemperature: 13 },
    },
    {
      mode: 'condenser fouling',
      lifeDays: 300,
      warningDays: 40,
      repairDays: 0.5,
      signs: { condenserTemperature: { adds: 8, power: 1 }, power: { adds: 120, power: 1.1 } },
      stands: { power: 0, supplyTemperature: 12 },
    },
  ],
  'chilled-water-pump': [
    {
      ...BEARING,
      mode: 'pump bearing',
      signs: { bearingTemperature: { adds: 33, power: 1.5 }, vibration: { adds: 8, power: 2.3 } },
      stands: { flow: 0, power: 0, vibration: 0, bearingTemperature: 29 },
    },
  ],
  'cooling-tower': [
    {
      ...BEARING,
      lifeDays: 350,
      mode: 'fan gearbox',
      signs: { vibration: { adds: 6, power: 2 }, fanPower: { adds: 6, power: 1.4 } },
      stands: { fanPower: 0, vibration: 0 },
    },
  ],
  tram: [
    {
      ...BEARING,
      lifeDays: 240,
      mode: 'wheel bearing',
      signs: { axleTemperature: { adds: 38, power: 1.8 }, vibration: { adds: 5, power: 2 } },
      stands: { speed: 0, passengers: 0, vibration: 0, axleTemperature: 28 },
    },
  ],
  luminaire: [
    {
      mode: 'driver',
      lifeDays: 1_500,
      warningDays: 20,
      repairDays: 4,
      signs: { power: { adds: -14, power: 1 } },
      stands: { power: 0 },
    },
  ],
}

const DAY = 86_400_000
/** Lives are known from here to there. */
const SINCE = Date.UTC(2022, 0, 1)
const UNTIL = Date.UTC(2036, 0, 1)

/** All lives of one machine from 2022 to 2035, in order; none for a kind that does not fail. */
export function livesOf(kind: string, machineSeed: number, settings: WorldSettings): Life[] {
  const modes = FAILURE_MODES[kind]
  if (!modes || settings.failures <= 0) return []
  const random = createRandom(mix(machineSeed, 0x61676531))
  const lives: Life[] = []
  const mean = (mode: FailureMode) => (mode.lifeDays * DAY) / settings.failures
  for (let at = SINCE - random.next() * mean(modes[0]!); at < UNTIL; ) {
    const mode = random.pick(modes)
    const life = mean(mode) * random.between(0.45, 1.7)
    const warning = Math.min(life * 0.8, mode.warningDays * DAY * settings.warning * random.between(0.6, 1.5))
    const failedAt = Math.round(at + life)
    const repairedAt = Math.round(failedAt + mode.repairDays * DAY * random.between(0.5, 1.8))
    lives.push({ mode, firstSignAt: Math.round(failedAt - warning), failedAt, repairedAt })
    at = repairedAt
  }
  return lives
}

/** The state of a machine: how far its failure has come, 0 … 1, or that it stands. */
export interface Wear {
  readonly mode: FailureMode
  /** Share of the time from the first sign to the failure that is over; 1 while it stands. */
  readonly share: number
  readonly stands: boolean
}

/** The wear at an instant, `undefined` while nothing shows. `hint` is a place in `lives` to begin at. */
export function wearAt(lives: readonly Life[], at: number, hint: { life: number }): Wear | undefined {
  let i = hint.life
  while (i > 0 && at < lives[i - 1]!.repairedAt) i--
  while (i < lives.length - 1 && at >= lives[i]!.repairedAt) i++
  hint.life = i
  const life = lives[i]
  if (!life || at < life.firstSignAt || at >= life.repairedAt) return undefined
  if (at >= life.failedAt) return { mode: life.mode, share: 1, stands: true }
  return { mode: life.mode, share: (at - life.firstSignAt) / (life.failedAt - life.firstSignAt), stands: false }
}
