import { drift, jitter, mix, unit } from '../random.ts'
import type { ProcessName } from './kinds.ts'
import { busy, busyHours, type Use } from './profiles.ts'
import { clamp, type Sky } from './sky.ts'

/** Where a device stands. All devices of a place share `seed`, all of a zone `zoneSeed`: that is their correlation. */
export interface Where {
  readonly seed: number
  readonly zoneSeed: number
  readonly use: Use
  readonly floors: number
}

/** The true value of one device at one instant. `own` is the device's seed. Pure. */
export type Process = (own: number, where: Where, sky: Sky, at: number) => number

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** How busy the building is, 0 … about 1. */
const activity = (w: Where, sky: Sky, at: number): number =>
  busy(w.use, sky.hourOfWeek) * (1 + 0.12 * drift(w.seed, at, 40 * MINUTE))

/** How hard its cooling works, 0.05 … 1: people, sun and heat. */
const cooling = (w: Where, sky: Sky, at: number): number =>
  clamp(0.16 + 0.42 * activity(w, sky, at) + 0.019 * (sky.temperature - 24) + 0.00012 * sky.solar, 0.05, 1)

const chilledSupply: Process = (own, w, sky, at) =>
  5.7 + 0.35 * drift(w.zoneSeed, at, 2 * HOUR) + 0.25 * drift(own, at, 12 * MINUTE) + 0.9 * cooling(w, sky, at) ** 4
const chilledReturn: Process = (own, w, sky, at) => chilledSupply(own, w, sky, at) + 5 + 4 * cooling(w, sky, at)
const chilledFlow: Process = (own, w, sky, at) => 8 + 62 * cooling(w, sky, at) * (1 + 0.03 * drift(own, at, 3 * MINUTE))

/** Share of the road's capacity that is used, 0 … about 1. */
const demand = (own: number, w: Where, sky: Sky, at: number): number =>
  busy('traffic', sky.hourOfWeek) *
  (0.62 + 0.38 * unit(own, 1)) *
  (1 + 0.16 * drift(w.zoneSeed, at, 25 * MINUTE) + 0.1 * drift(own, at, 4 * MINUTE))

const speed: Process = (own, w, sky, at) =>
  (30 + 22 * unit(own, 2)) * (1 - 0.72 * clamp(demand(own, w, sky, at), 0, 1) ** 4) + 2 * jitter(own, at)
const flow: Process = (own, w, sky, at) => Math.max(0, 1500 * demand(own, w, sky, at) + 40 * jitter(own, at))

/** People in view; evenings fill the squares, heat empties them. */
const people: Process = (own, w, sky, at) => {
  const heat = clamp(1.25 - 0.03 * Math.max(0, sky.temperature - 27) - 0.0003 * sky.solar, 0.15, 1.2)
  const crowd = busy('street', sky.hourOfWeek) * heat * (1 + 0.2 * drift(w.zoneSeed, at, 30 * MINUTE))
  return Math.max(0, crowd * (25 + 150 * unit(own, 3)) * (1 + 0.25 * drift(own, at, 2 * MINUTE)))
}

const dimLevel: Process = (_own, w, sky) => {
  const late = sky.hour >= 23.5 || sky.hour < 5 ? 0.55 : 1
  return sky.dark * 100 * late * (0.96 + 0.04 * unit(w.seed, 4))
}

/** Counters were set to zero on Sunday, 2 January 2022, 00:00 local time. */
const METERS_SINCE = Date.UTC(2022, 0, 1, 21)
/** Hours at full activity since then. */
const metered = (w: Where, sky: Sky, at: number): number =>
  busyHours(w.use, at, sky.hourOfWeek) - busyHours(w.use, METERS_SINCE, 0)

const meterKw = (own: number): number => 4 + 90 * unit(own, 5) ** 3

/** One bay is taken or free for a stay of 20 to 90 minutes at a time. */
const bay: Process = (own, _w, sky, at) => {
  const stay = (20 + 70 * unit(own, 6)) * MINUTE
  return unit(own, Math.floor(at / stay + unit(own, 7))) < 0.12 + 0.8 * busy('retail', sky.hourOfWeek) ? 1 : 0
}

const dust = (own: number, w: Where, sky: Sky, at: number): number =>
  (0.6 + sky.dust * 1.3 + 0.25 * busy('traffic', sky.hourOfWeek)) *
  (1 + 0.2 * drift(w.zoneSeed, at, 50 * MINUTE) + 0.08 * drift(own, at, 6 * MINUTE))

export const PROCESSES: Readonly<Record<ProcessName, Process>> = {
  'room-temperature': (own, w, sky, at) =>
    21.8 +
    1.9 * unit(own, 8) +
    0.9 * activity(w, sky, at) +
    0.02 * (sky.temperature - 28) +
    0.25 * drift(w.seed, at, 2 * HOUR) +
    0.35 * drift(own, at, 25 * MINUTE),
  'room-humidity': (own, w, sky, at) =>
    47 + 0.1 * (sky.humidity - 55) + 3 * drift(w.seed, at, 3 * HOUR) + 2.5 * drift(own, at, 30 * MINUTE),
  co2: (own, w, sky, at) =>
    425 + (300 + 420 * unit(own, 9)) * activity(w, sky, at) + 45 * (1 + drift(own, at, 18 * MINUTE)),
  presence: (own, w, sky, at) =>
    unit(own, Math.floor(at / (7 * MINUTE) + unit(own, 10))) < 0.85 * busy(w.use, sky.hourOfWeek) ? 1 : 0,
  damper: (own, w, sky, at) => 10 + 80 * cooling(w, sky, at) + 6 * drift(own, at, 8 * MINUTE),
  airflow: (own, w, sky, at) => (110 + 480 * cooling(w, sky, at)) * (1 + 0.05 * drift(own, at, 8 * MINUTE)),
  'supply-air': (own, w, _sky, at) => 14 + 0.7 * drift(w.seed, at, 90 * MINUTE) + 0.4 * drift(own, at, 10 * MINUTE),
  'return-air': (own, w, sky, at) => 23.2 + 1.4 * activity(w, sky, at) + 0.3 * drift(own, at, 20 * MINUTE),
  'filter-pressure': (own, _w, _sky, at) => 85 + 170 * ((at / (60 * DAY) + unit(own, 11)) % 1) + 5 * jitter(own, at),
  'fan-power': (own, w, sky, at) => 1.2 + 11 * cooling(w, sky, at) ** 3 + 0.15 * jitter(own, at),
  valve: (own, w, sky, at) => 100 * cooling(w, sky, at) + 3 * drift(own, at, 5 * MINUTE),
  'chilled-supply': chilledSupply,
  'chilled-return': chilledReturn,
  'chilled-flow': chilledFlow,
  'cooling-power': (own, w, sky, at) =>
    1.163 * chilledFlow(own, w, sky, at) * (chilledReturn(own, w, sky, at) - chilledSupply(own, w, sky, at)),
  'pressure-difference': (own, w, sky, at) => 58 + 115 * cooling(w, sky, at) + 3 * jitter(own, at),
  'lift-floor': (own, w, sky, at) => {
    const trip = Math.floor(at / (15_000 + 45_000 * unit(own, 12)))
    const called = unit(own, trip) < 0.15 + 0.85 * busy(w.use, sky.hourOfWeek)
    return called ? Math.floor(unit(own ^ 0x55, trip) * w.floors) : 0
  },
  'lift-doors': (own, w, sky, at) => Math.floor(metered(w, sky, at) * (30 + 50 * unit(own, 13))),
  'lift-vibration': (own, w, sky, at) => 0.7 + 0.8 * activity(w, sky, at) + 0.25 * Math.abs(jitter(own, at)),
  'motor-temperature': (own, w, sky, at) => 34 + 24 * activity(w, sky, at) + 2 * drift(own, at, 15 * MINUTE),
  'dim-level': dimLevel,
  'lamp-power': (own, w, sky, at) => 0.4 + 0.62 * dimLevel(own, w, sky, at) + 0.2 * jitter(own, at),
  speed,
  flow,
  'lane-occupancy': (own, w, sky, at) =>
    clamp((0.55 * flow(own, w, sky, at)) / Math.max(6, speed(own, w, sky, at)), 0, 100),
  bay,
  'free-bays': (_own, w, sky, at) =>
    140 * (1 - clamp(0.1 + 0.88 * busy('retail', sky.hourOfWeek) + 0.06 * drift(w.seed, at, 20 * MINUTE), 0, 1)),
  pm25: (own, w, sky, at) => 26 * dust(own, w, sky, at),
  pm10: (own, w, sky, at) => 71 * dust(own, w, sky, at),
  no2: (own, w, sky, at) => Math.max(2, 14 + 48 * demand(own, w, sky, at) - 2 * sky.wind),
  ozone: (own, w, sky, at) => Math.max(4, 30 + 0.06 * sky.solar - 18 * demand(own, w, sky, at)),
  'outdoor-temperature': (own, w, sky, at) =>
    sky.temperature + 0.0015 * sky.solar + 0.4 * drift(w.zoneSeed, at, 2 * HOUR) + 0.2 * drift(own, at, 5 * MINUTE),
  'outdoor-humidity': (own, _w, sky, at) => sky.humidity + 1.5 * drift(own, at, 15 * MINUTE),
  solar: (own, _w, sky, at) => sky.solar * (1 + 0.02 * drift(own, at, 2 * MINUTE)),
  wind: (own, _w, sky, at) => Math.max(0, sky.wind + 0.8 * drift(own, at, 20_000)),
  noise: (own, w, sky, at) =>
    43 + 14 * demand(own, w, sky, at) + 8 * busy('street', sky.hourOfWeek) + 2.5 * drift(own, at, 40_000),
  power: (own, w, sky, at) =>
    meterKw(own) * (0.25 + activity(w, sky, at) + 0.15 * cooling(w, sky, at)) * (1 + 0.04 * drift(own, at, MINUTE)),
  energy: (own, w, sky, at) => meterKw(own) * (0.25 * ((at - METERS_SINCE) / HOUR) + metered(w, sky, at)),
  voltage: (own, w, _sky, at) => 239 + 2.5 * drift(w.zoneSeed, at, 3 * HOUR) + 0.8 * drift(own, at, 2 * MINUTE),
  'power-factor': (own, _w, _sky, at) => 0.93 + 0.04 * drift(own, at, 30 * MINUTE),
  'water-flow': (own, w, sky, at) =>
    Math.max(0, (0.4 + 5 * unit(own, 14)) * activity(w, sky, at) * (1 + 0.5 * drift(own, at, 6 * MINUTE))),
  'water-volume': (own, w, sky, at) => (0.4 + 5 * unit(own, 14)) * metered(w, sky, at),
  'water-pressure': (own, w, sky, at) => 420 - 60 * activity(w, sky, at) + 12 * drift(own, at, 10 * MINUTE),
  people,
  density: (own, w, sky, at) => people(own, w, sky, at) / 60,
  cpu: (own, _w, _sky, at) => 16 + 9 * unit(own, 15) + 9 * drift(own, at, 3 * MINUTE),
  uptime: (own, _w, _sky, at) => ((at + mix(own, 16)) % ((20 + 25 * unit(own, 17)) * DAY)) / 1000,
}
