import { drift, jitter, unit } from '../random.ts'
import { METERS_SINCE } from '../world/rhythms.ts'
import { DAY, HOUR, MINUTE, type Process } from './process.ts'

const chilledSupply: Process = (own, w, now) =>
  5.7 +
  0.35 * drift(w.zoneSeed, now.at, 2 * HOUR) +
  0.25 * drift(own, now.at, 12 * MINUTE) +
  0.9 * w.cooling ** 4 +
  // A plant at its limit sends warmer water.
  4 * Math.max(0, now.plantLoad() - 0.85)
const chilledReturn: Process = (own, w, now) => chilledSupply(own, w, now) + 5 + 4 * w.cooling
const chilledFlow: Process = (own, w, now) => 8 + 62 * w.cooling * (1 + 0.03 * drift(own, now.at, 3 * MINUTE))

const meterKw = (own: number): number => 4 + 90 * unit(own, 5) ** 3
const litres = (own: number): number => 0.4 + 5 * unit(own, 14)
const metered: Process = (_own, w, now) => now.rhythms.busyHours(w.use, now.at)

/** What happens in buildings. */
export const BUILDING_PROCESSES = {
  'room-temperature': (own, w, now) =>
    21.8 +
    1.9 * unit(own, 8) +
    0.9 * w.activity +
    0.02 * (now.sky.temperature - 28) +
    (w.trouble.power ? 0 : 2.5) +
    0.25 * drift(w.seed, now.at, 2 * HOUR) +
    0.35 * drift(own, now.at, 25 * MINUTE),
  'room-humidity': (own, w, now) =>
    47 + 0.1 * (now.sky.humidity - 55) + 3 * drift(w.seed, now.at, 3 * HOUR) + 2.5 * drift(own, now.at, 30 * MINUTE),
  co2: (own, w, now) => 425 + (300 + 420 * unit(own, 9)) * w.activity + 45 * (1 + drift(own, now.at, 18 * MINUTE)),
  presence: (own, w, now) => (unit(own, Math.floor(now.at / (7 * MINUTE) + unit(own, 10))) < 0.85 * w.activity ? 1 : 0),
  damper: (own, w, now) => 10 + 80 * w.cooling + 6 * drift(own, now.at, 8 * MINUTE),
  airflow: (own, w, now) => (110 + 480 * w.cooling) * (1 + 0.05 * drift(own, now.at, 8 * MINUTE)),
  'supply-air': (own, w, now) => 14 + 0.7 * drift(w.seed, now.at, 90 * MINUTE) + 0.4 * drift(own, now.at, 10 * MINUTE),
  'return-air': (own, w, now) => 23.2 + 1.4 * w.activity + 0.3 * drift(own, now.at, 20 * MINUTE),
  'filter-pressure': (own, _w, now) => 85 + 170 * ((now.at / (60 * DAY) + unit(own, 11)) % 1) + 5 * jitter(own, now.at),
  'fan-power': (own, w, now) => (w.trouble.power ? 1.2 + 11 * w.cooling ** 3 + 0.15 * jitter(own, now.at) : 0),
  valve: (own, w, now) => 100 * w.cooling + 3 * drift(own, now.at, 5 * MINUTE),
  'chilled-supply': chilledSupply,
  'chilled-return': chilledReturn,
  'chilled-flow': chilledFlow,
  'cooling-power': (own, w, now) => 1.163 * chilledFlow(own, w, now) * (5 + 4 * w.cooling),
  'pressure-difference': (own, w, now) => 58 + 115 * w.cooling + 3 * jitter(own, now.at),
  'lift-floor': (own, w, now) => {
    const trip = Math.floor(now.at / (15_000 + 45_000 * unit(own, 12)))
    const called = unit(own, trip) < 0.15 + 0.85 * w.activity
    return called && w.trouble.power ? Math.floor(unit(own ^ 0x55, trip) * w.floors) : 0
  },
  'lift-doors': (own, w, now) => Math.floor(metered(own, w, now) * (30 + 50 * unit(own, 13))),
  'lift-vibration': (own, w, now) => 0.7 + 0.8 * w.activity + 0.25 * Math.abs(jitter(own, now.at)),
  'motor-temperature': (own, w, now) => 34 + 24 * w.activity + 2 * drift(own, now.at, 15 * MINUTE),
  'escalator-running': (_own, w) => (w.trouble.power && w.activity > 0.04 ? 1 : 0),
  'escalator-power': (own, w, now) =>
    w.trouble.power && w.activity > 0.04 ? 2.1 + 5.5 * w.activity + 0.2 * jitter(own, now.at) : 0.1,
  power: (own, w, now) =>
    w.trouble.power
      ? meterKw(own) * (0.25 + w.activity + 0.15 * w.cooling) * (1 + 0.04 * drift(own, now.at, MINUTE))
      : 0,
  energy: (own, w, now) => meterKw(own) * (0.25 * ((now.at - METERS_SINCE) / HOUR) + metered(own, w, now)),
  voltage: (own, w, now) =>
    w.trouble.power ? 239 + 2.5 * drift(w.zoneSeed, now.at, 3 * HOUR) + 0.8 * drift(own, now.at, 2 * MINUTE) : 0,
  'power-factor': (own, _w, now) => 0.93 + 0.04 * drift(own, now.at, 30 * MINUTE),
  'water-flow': (own, w, now) =>
    Math.max(0, litres(own) * w.activity * (1 + 0.5 * drift(own, now.at, 6 * MINUTE))) + w.trouble.leak,
  'water-volume': (own, w, now) => litres(own) * metered(own, w, now),
  'water-pressure': (own, w, now) => 420 - 60 * w.activity - 14 * w.trouble.leak + 12 * drift(own, now.at, 10 * MINUTE),
} satisfies Record<string, Process>
