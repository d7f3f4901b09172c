import { drift, mix } from '../random.ts'

/** What all devices of the district share at one moment. */
export interface Sky {
  /** Local hour of the day with fraction, [0, 24). */
  readonly hour: number
  /** Hours since Sunday 00:00 local time, [0, 168). */
  readonly hourOfWeek: number
  /** Friday and Saturday are free. */
  readonly weekend: boolean
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
}

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** Doha keeps UTC+3 all year. */
const ZONE_OFFSET = 3 * HOUR
const LATITUDE = (25.2867 * Math.PI) / 180

/** The weather and the calendar at an instant (epoch ms): a plausible Gulf climate, the same for the same seed. */
export function skyAt(seed: number, at: number): Sky {
  const local = at + ZONE_OFFSET
  const hour = modulo(local / HOUR, 24)
  const hourOfWeek = modulo(local / HOUR + 4 * 24, 168)
  const season = Math.cos(((local / DAY - 15) / 365.2425) * 2 * Math.PI)
  const height = Math.sin(LATITUDE) * Math.sin(declination(season)) + noon(hour) * Math.cos(declination(season))
  const cloud = 0.5 + 0.5 * drift(mix(seed, 1), at, 5 * HOUR)
  const front = drift(mix(seed, 2), at, 3 * DAY)
  const mean = 27.6 - 9.2 * season + 2.4 * front
  const temperature = mean + 4.6 * Math.cos(((hour - 15) / 24) * 2 * Math.PI) + 0.5 * drift(mix(seed, 3), at, HOUR)
  const wind = Math.max(0, 3.6 + 2.2 * drift(mix(seed, 4), at, 7 * HOUR) + 1.4 * drift(mix(seed, 5), at, 4 * 60_000))
  return {
    hour,
    hourOfWeek,
    weekend: hourOfWeek >= 120,
    temperature,
    humidity: clamp(58 - 3.1 * (temperature - mean) + 16 * drift(mix(seed, 6), at, 18 * HOUR), 8, 98),
    solar: Math.max(0, 1060 * height) * (1 - 0.55 * cloud ** 4),
    wind,
    dark: clamp(0.5 - height * 9, 0, 1),
    dust: clamp(0.16 + 0.06 * wind - 0.2 + 0.25 * Math.max(0, front), 0.04, 1),
  }
}

/** Angle of the sun above the equator; `season` is the cosine of the year, 1 in mid-January. */
const declination = (season: number): number => -0.4091 * season

const noon = (hour: number): number => Math.cos(((hour - 11.6) / 12) * Math.PI) * Math.cos(LATITUDE)

export const clamp = (x: number, min: number, max: number): number => Math.max(min, Math.min(x, max))

const modulo = (x: number, m: number): number => ((x % m) + m) % m
