import { drift, mix } from '../random.ts'
import { DAY_MS, ZONE_OFFSET_MS } from './calendar.ts'

/** The weather at one moment, the same for the whole district. */
export interface Sky {
  /** Local hour of the day with fraction, [0, 24). */
  readonly hour: number
  /** Air temperature in the shade, °C. */
  readonly temperature: number
  /** Relative humidity, %. */
  readonly humidity: number
  /** On the horizontal, W/m². */
  readonly solar: number
  /** m/s. */
  readonly wind: number
  /** 0 (day) … 1 (night), with a dusk between. */
  readonly dark: number
  /** Dust in the air, 0 … 1. */
  readonly dust: number
  /** 0 … 1; a few winter days have some. */
  readonly rain: number
}

const HOUR = 3_600_000
const LATITUDE = (25.2867 * Math.PI) / 180

/** The weather at an instant (epoch ms): a plausible Gulf climate, the same for the same seed. */
export function skyAt(seed: number, at: number): Sky {
  const local = at + ZONE_OFFSET_MS
  const hour = modulo(local / HOUR, 24)
  const season = Math.cos(((local / DAY_MS - 15) / 365.2425) * 2 * Math.PI)
  const height = Math.sin(LATITUDE) * Math.sin(declination(season)) + noon(hour) * Math.cos(declination(season))
  const cloud = 0.5 + 0.5 * drift(mix(seed, 1), at, 5 * HOUR)
  const front = drift(mix(seed, 2), at, 3 * DAY_MS)
  const mean = 27.6 - 9.2 * season + 2.4 * front
  const wind = Math.max(0, 3.6 + 2.2 * drift(mix(seed, 4), at, 7 * HOUR) + 1.4 * drift(mix(seed, 5), at, 4 * 60_000))
  // Rain comes with a cold front in winter.
  const rain = clamp((-front - 0.55) * 3 * season * (cloud - 0.3), 0, 1)
  const temperature =
    mean + 4.6 * Math.cos(((hour - 15) / 24) * 2 * Math.PI) + 0.5 * drift(mix(seed, 3), at, HOUR) - 3 * rain
  return {
    hour,
    temperature,
    humidity: clamp(58 - 3.1 * (temperature - mean) + 16 * drift(mix(seed, 6), at, 18 * HOUR) + 25 * rain, 8, 98),
    solar: Math.max(0, 1060 * height) * (1 - 0.55 * cloud ** 4) * (1 - 0.6 * rain),
    wind,
    dark: clamp(0.5 - height * 9, 0, 1),
    dust: clamp(0.16 + 0.06 * wind - 0.2 + 0.25 * Math.max(0, front), 0.04, 1) * (1 - 0.8 * rain),
    rain,
  }
}

/** Angle of the sun above the equator; `season` is the cosine of the year, 1 in mid-January. */
const declination = (season: number): number => -0.4091 * season

const noon = (hour: number): number => Math.cos(((hour - 11.6) / 12) * Math.PI) * Math.cos(LATITUDE)

export const clamp = (x: number, min: number, max: number): number => Math.max(min, Math.min(x, max))

const modulo = (x: number, m: number): number => ((x % m) + m) % m
