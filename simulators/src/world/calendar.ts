/** Doha keeps UTC+3 all year. */
export const ZONE_OFFSET_MS = 3 * 3_600_000
export const DAY_MS = 86_400_000

/** Number of the local day, 0 on 1 January 1970. */
export const dayNumber = (at: number): number => Math.floor((at + ZONE_OFFSET_MS) / DAY_MS)
/** Instant at which a local day begins. */
export const startOfDay = (day: number): number => day * DAY_MS - ZONE_OFFSET_MS
/** Local hour with fraction, [0, 24). */
export const hourOf = (at: number): number => (at - startOfDay(dayNumber(at))) / 3_600_000

export interface Day {
  readonly number: number
  /** 0 is Sunday. */
  readonly weekday: number
  /** Friday, Saturday and public holidays. */
  readonly free: boolean
  readonly ramadan: boolean
  /** Name of the public holiday, empty otherwise. */
  readonly holiday: string
}

/** What kind of day it is in Qatar. */
export function dayOf(number: number): Day {
  const weekday = (((number + 4) % 7) + 7) % 7
  const { month, day } = hijri(number)
  const holiday = holidayOn(number, weekday, month, day)
  return { number, weekday, free: weekday >= 5 || holiday !== '', ramadan: month === 9, holiday }
}

function holidayOn(number: number, weekday: number, hijriMonth: number, hijriDay: number): string {
  if (hijriMonth === 10 && hijriDay <= 4) return 'Eid al-Fitr'
  if (hijriMonth === 12 && hijriDay >= 9 && hijriDay <= 13) return 'Eid al-Adha'
  const date = new Date(number * DAY_MS)
  const [month, day] = [date.getUTCMonth() + 1, date.getUTCDate()]
  if (month === 12 && day === 18) return 'National Day'
  if (month === 2 && weekday === 2 && day >= 8 && day <= 14) return 'National Sport Day'
  return ''
}

/**
 * Year, month and day of the tabular Islamic calendar (30-year cycle, civil epoch). The announced calendar follows
 * the moon and differs by a day now and then.
 * Source: Reingold & Dershowitz, Calendrical Calculations, ch. 7.
 */
export function hijri(number: number): { readonly year: number; readonly month: number; readonly day: number } {
  // Days since 1 Muharram of year 1: Friday, 16 July 622 of the Julian calendar.
  const since = number + 492_148
  const year = Math.floor((30 * since + 10_646) / 10_631)
  const inYear = since - daysBeforeYear(year)
  const month = Math.min(12, Math.ceil((inYear + 1 - 29.5) / 29.5) + 1)
  const before = Math.ceil(29.5 * (month - 1))
  return inYear < before
    ? { year, month: month - 1, day: inYear - Math.ceil(29.5 * (month - 2)) + 1 }
    : { year, month, day: inYear - before + 1 }
}

const daysBeforeYear = (year: number): number => (year - 1) * 354 + Math.floor((3 + 11 * year) / 30)
