import { drift, jitter, unit } from '../random.ts'
import { clamp } from '../world/sky.ts'
import { parkedCars, type Where } from '../world/world.ts'
import { DAY, HOUR, MINUTE, type Process } from './process.ts'

/** Share of the road's capacity that wants through, 0 … about 1. */
const demand: Process = (own, w, now) =>
  w.demand * (0.62 + 0.38 * unit(own, 1)) * (1 + 0.1 * drift(own, now.at, 4 * MINUTE))
const capacity = (w: Where): number => 1 - 0.85 * w.trouble.blocked

const speed: Process = (own, w, now) => {
  const free = (30 + 22 * unit(own, 2)) * (1 - 0.18 * now.sky.rain - 0.1 * Math.max(0, now.sky.dust - 0.5))
  const use = clamp(demand(own, w, now) / capacity(w), 0, 1)
  return Math.max(3, free * (1 - 0.72 * use ** 4) * (1 - 0.6 * w.trouble.blocked) + 2 * jitter(own, now.at))
}
const flow: Process = (own, w, now) =>
  Math.max(0, 1500 * Math.min(demand(own, w, now), capacity(w)) + 40 * jitter(own, now.at))

/** People in view; evenings fill the squares, heat empties them, guests come to concerts. */
const people: Process = (own, w, now) => {
  const { sky } = now
  const heat = clamp(1.25 - 0.03 * Math.max(0, sky.temperature - 27) - 0.0003 * sky.solar - 0.6 * sky.rain, 0.1, 1.2)
  const crowd = now.busy('street') * heat * (1 + 0.2 * drift(w.zoneSeed, now.at, 30 * MINUTE))
  const usual = crowd * (25 + 150 * unit(own, 3)) * (1 + 0.25 * drift(own, now.at, 2 * MINUTE))
  const guests = w.guests * (w.isStop ? 0.5 : 0.05 + 0.07 * unit(own, 21)) * (1 + 0.1 * drift(own, now.at, 3 * MINUTE))
  return Math.max(0, usual + guests)
}

const dimLevel: Process = (_own, w, now) => {
  const { sky } = now
  const late = sky.hour >= 23.5 || sky.hour < 5 ? 0.55 : 1
  return w.trouble.power ? sky.dark * 100 * late * (0.96 + 0.04 * unit(w.seed, 4)) : 0
}

/** One bay is taken or free for a stay of 20 to 90 minutes at a time. */
const bay: Process = (own, _w, now) => {
  const stay = (20 + 70 * unit(own, 6)) * MINUTE
  const full = 0.12 + 0.8 * now.busy('retail') + parkedCars(now.crowds) / BAYS
  return unit(own, Math.floor(now.at / stay + unit(own, 7))) < full ? 1 : 0
}

/** Bays of one car park, and of all three. */
const BAYS_OF_ONE = 600
const BAYS = 3 * BAYS_OF_ONE

const dust: Process = (own, w, now) =>
  (0.6 + now.sky.dust * 1.3 + 0.25 * now.busy('traffic')) *
  (1 + 0.2 * drift(w.zoneSeed, now.at, 50 * MINUTE) + 0.08 * drift(own, now.at, 6 * MINUTE))

/** A bin fills with the people around it and is emptied every one to three days. */
const fill: Process = (own, _w, now) => {
  const everyDays = 1 + 2 * unit(own, 22)
  const since = (now.at / DAY + unit(own, 23) * everyDays) % everyDays
  return clamp((since / everyDays) * (55 + 55 * unit(own, 24)) + 3 * drift(own, now.at, HOUR), 0, 100)
}

/** What happens in streets, squares and car parks. */
export const STREET_PROCESSES = {
  'dim-level': dimLevel,
  'lamp-power': (own, w, now) => 0.4 + 0.62 * dimLevel(own, w, now) + 0.2 * jitter(own, now.at),
  speed,
  flow,
  'lane-occupancy': (own, w, now) => clamp((0.55 * flow(own, w, now)) / Math.max(6, speed(own, w, now)), 0, 100),
  queue: (own, w, now) => {
    const use = clamp(demand(own, w, now) / capacity(w), 0, 1.6)
    return Math.max(0, 18 * use ** 3 * (0.6 + 0.4 * Math.sin(now.at / 14_300 + own)))
  },
  'green-share': (own, w, now) => clamp(38 + 16 * w.demand + 4 * drift(own, now.at, 5 * MINUTE), 15, 75),
  bay,
  'free-bays': (_own, w, now) => {
    const full = 0.1 + 0.88 * now.busy('retail') + 0.06 * drift(w.seed, now.at, 20 * MINUTE)
    return BAYS_OF_ONE * (1 - clamp(full + parkedCars(now.crowds) / BAYS, 0, 1))
  },
  'charging-power': (own, w, now) =>
    w.trouble.power && bay(own, w, now) === 1 ? 7 + 15 * unit(own, 25) + 0.3 * jitter(own, now.at) : 0,
  pm25: (own, w, now) => 26 * dust(own, w, now),
  pm10: (own, w, now) => 71 * dust(own, w, now),
  no2: (own, w, now) => Math.max(2, 14 + 48 * demand(own, w, now) + 20 * w.trouble.blocked - 2 * now.sky.wind),
  ozone: (own, w, now) => Math.max(4, 30 + 0.06 * now.sky.solar - 18 * demand(own, w, now)),
  'outdoor-temperature': (own, w, now) =>
    now.sky.temperature +
    0.0015 * now.sky.solar +
    0.4 * drift(w.zoneSeed, now.at, 2 * HOUR) +
    0.2 * drift(own, now.at, 5 * MINUTE),
  'outdoor-humidity': (own, _w, now) => now.sky.humidity + 1.5 * drift(own, now.at, 15 * MINUTE),
  solar: (own, _w, now) => now.sky.solar * (1 + 0.02 * drift(own, now.at, 2 * MINUTE)),
  wind: (own, _w, now) => Math.max(0, now.sky.wind + 0.8 * drift(own, now.at, 20_000)),
  noise: (own, w, now) =>
    43 +
    14 * demand(own, w, now) +
    8 * now.busy('street') +
    9 * clamp(w.guests / 2_000, 0, 1.6) +
    2.5 * drift(own, now.at, 40_000),
  people,
  density: (own, w, now) => people(own, w, now) / 110,
  'fill-level': fill,
  'cars-in-view': (own, w, now) => Math.max(0, 9 * demand(own, w, now) + 2 * drift(own, now.at, MINUTE)),
  'lora-rssi': (own, _w, now) => -118 + 42 * unit(own, 26) + 4 * jitter(own, now.at),
  'lora-snr': (own, _w, now) => -4 + 12 * unit(own, 26) + 2 * jitter(own ^ 0x736e, now.at),
  'tram-speed': (own, w, now) => (w.trouble.power ? Math.max(0, 18 + 16 * Math.sin(now.at / 41_000 + own)) : 0),
  'tram-passengers': (own, _w, now) => {
    const { crowds } = now
    const usual = 70 * now.busy('street') * (1 + 0.2 * drift(own, now.at, 6 * MINUTE))
    return Math.max(0, usual + ((crowds.arriving + crowds.leaving) * 0.42) / 4 / 9) // four trams, nine minutes a ride
  },
  'tram-vibration': (own, w, now) => 0.9 + 0.05 * w.activity + 0.3 * Math.abs(jitter(own, now.at)),
  'axle-temperature': (own, _w, now) => now.sky.temperature + 14 + 3 * drift(own, now.at, 12 * MINUTE),
} satisfies Record<string, Process>
