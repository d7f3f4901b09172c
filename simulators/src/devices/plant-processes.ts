import { drift, jitter, mix, unit } from '../random.ts'
import { clamp } from '../world/sky.ts'
import { DAY, MINUTE, type Process } from './process.ts'

/** How hard one machine of the plant works, 0 … 1: all share the load, none quite as the next. */
const load: Process = (own, _w, now) =>
  clamp(now.plantLoad() * (0.94 + 0.12 * unit(own, 31)) + 0.02 * drift(own, now.at, 9 * MINUTE), 0, 1)

/** The cooling plant, which all buildings hang on; and the gateways. */
export const PLANT_PROCESSES = {
  'chiller-supply': (own, w, now) =>
    5.1 + 0.2 * drift(own, now.at, 20 * MINUTE) + 3 * Math.max(0, load(own, w, now) - 0.88),
  'chiller-return': (own, w, now) => 9.6 + 4.2 * load(own, w, now) + 0.2 * drift(own, now.at, 15 * MINUTE),
  'chiller-power': (own, w, now) =>
    // Warm outside air makes every kilowatt of cooling dearer.
    Math.max(0, (40 + 620 * load(own, w, now)) * (1 + 0.012 * (now.sky.temperature - 30)) + 4 * jitter(own, now.at)),
  'condenser-temperature': (own, w, now) => 22 + 0.42 * now.sky.temperature + 5.5 * load(own, w, now),
  'bearing-temperature': (own, w, now) => 41 + 15 * load(own, w, now) + 1.2 * drift(own, now.at, 25 * MINUTE),
  'machine-vibration': (own, w, now) => 1.1 + 0.9 * load(own, w, now) + 0.2 * Math.abs(jitter(own, now.at)),
  'pump-flow': (own, w, now) => 60 + 540 * load(own, w, now) + 4 * jitter(own, now.at),
  'pump-power': (own, w, now) => 6 + 84 * load(own, w, now) ** 2.4 + 0.4 * jitter(own, now.at),
  'tower-basin': (own, w, now) => 12 + 0.52 * now.sky.temperature + 0.06 * now.sky.humidity + 2 * load(own, w, now),
  'tower-fan': (own, w, now) => 3 + 34 * load(own, w, now) ** 2 + 0.3 * jitter(own, now.at),
  cpu: (own, _w, now) => 16 + 9 * unit(own, 15) + 9 * drift(own, now.at, 3 * MINUTE),
  uptime: (own, _w, now) => ((now.at + mix(own, 16)) % ((20 + 25 * unit(own, 17)) * DAY)) / 1000,
  battery: (own, _w, now) => 100 - 92 * ((now.at / ((300 + 300 * unit(own, 41)) * DAY) + unit(own, 42)) % 1),
  'link-quality': (own, _w, now) => 60 + 150 * unit(own, 43) + 12 * jitter(own, now.at),
} satisfies Record<string, Process>
