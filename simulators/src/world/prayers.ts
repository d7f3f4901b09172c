import { DAY_MS } from './calendar.ts'

/** Local hours of the five prayers; Isha may lie past midnight of nobody here. */
export interface Prayers {
  readonly fajr: number
  readonly dhuhr: number
  readonly asr: number
  readonly maghrib: number
  readonly isha: number
  readonly sunrise: number
}

const LATITUDE = 25.2867
const LONGITUDE = 51.526
const ZONE_HOURS = 3
/** Fajr when the sun stands so far below the horizon, degrees; Isha so long after sunset, hours (Umm al-Qura). */
const FAJR_ANGLE = 18
const ISHA_AFTER = 1.5
const ISHA_AFTER_IN_RAMADAN = 2

/**
 * Prayer times in Doha, good to a minute or two.
 * Source: position of the sun after the Astronomical Almanac's low-precision formulas; Asr when a shadow has grown by
 * its length.
 */
export function prayersOn(dayNumber: number, ramadan: boolean): Prayers {
  const { declination, equation } = sunOn(dayNumber)
  const noon = 12 + ZONE_HOURS - LONGITUDE / 15 - equation
  const hourAngle = (altitude: number): number => {
    const c = (sin(altitude) - sin(LATITUDE) * sin(declination)) / (cos(LATITUDE) * cos(declination))
    return degrees(Math.acos(Math.max(-1, Math.min(1, c)))) / 15
  }
  const sunset = noon + hourAngle(-0.833)
  const shadow = degrees(Math.atan(1 / (1 + Math.tan(radians(Math.abs(LATITUDE - declination))))))
  return {
    fajr: noon - hourAngle(-FAJR_ANGLE),
    sunrise: noon - hourAngle(-0.833),
    dhuhr: noon,
    asr: noon + hourAngle(shadow),
    maghrib: sunset,
    isha: sunset + (ramadan ? ISHA_AFTER_IN_RAMADAN : ISHA_AFTER),
  }
}

/** Declination in degrees and equation of time in hours, at noon. */
function sunOn(dayNumber: number): { declination: number; equation: number } {
  const d = (dayNumber * DAY_MS) / DAY_MS + 2_440_588 - 2_451_545
  const anomaly = 357.529 + 0.985_600_28 * d
  const mean = 280.459 + 0.985_647_36 * d
  const longitude = mean + 1.915 * sin(anomaly) + 0.02 * sin(2 * anomaly)
  const tilt = 23.439 - 0.000_000_36 * d
  const ascension = degrees(Math.atan2(cos(tilt) * sin(longitude), cos(longitude))) / 15
  const equation = modulo(mean / 15 - ascension + 12, 24) - 12
  return { declination: degrees(Math.asin(sin(tilt) * sin(longitude))), equation }
}

const radians = (x: number): number => (x * Math.PI) / 180
const degrees = (x: number): number => (x * 180) / Math.PI
const sin = (x: number): number => Math.sin(radians(x))
const cos = (x: number): number => Math.cos(radians(x))
const modulo = (x: number, m: number): number => ((x % m) + m) % m
