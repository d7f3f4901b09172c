import { DAY_MS, type Day, dayNumber, dayOf, startOfDay } from './calendar.ts'
import { type Prayers, prayersOn } from './prayers.ts'

/** What a building is for decides when it is busy. */
export const USES = ['office', 'home', 'retail', 'hotel', 'civic', 'mosque'] as const
export type Use = (typeof USES)[number]
export const RHYTHMS = [...USES, 'traffic', 'street'] as const
export type Rhythm = (typeof RHYTHMS)[number]

type Hours = readonly [work: string, free: string, ramadan: string]

/** Tenths of the busiest hour, for each hour of a working day, of a day off and of a day in Ramadan. */
const HOURS: Readonly<Record<Exclude<Rhythm, 'mosque'>, Hours>> = {
  office: [
    '0 0 0 0 0 1 3 6 8 9 9 8 7 8 9 8 6 4 2 1 1 1 0 0',
    '0 0 0 0 0 0 0 1 1 1 1 1 1 1 1 1 1 1 1 1 0 0 0 0',
    '0 0 0 0 0 0 1 2 5 8 8 8 7 6 3 1 1 1 1 1 2 2 1 0',
  ],
  home: [
    '7 7 8 8 8 8 7 5 4 3 3 3 3 4 4 5 6 7 8 8 9 9 8 8',
    '8 8 9 9 9 9 8 8 7 6 5 4 5 6 6 5 5 4 4 5 6 7 8 8',
    '9 8 9 9 7 8 8 7 5 4 4 4 4 5 6 7 8 9 9 8 7 7 8 9',
  ],
  retail: [
    '1 1 0 0 0 0 0 1 2 4 5 5 5 4 4 4 5 7 8 9 9 7 4 2',
    '2 1 0 0 0 0 0 1 1 2 3 2 3 5 6 7 8 9 9 9 9 9 7 4',
    '7 4 2 0 0 0 0 0 0 1 2 3 3 3 3 3 3 1 1 4 8 9 9 9',
  ],
  hotel: [
    '6 6 6 6 6 6 7 8 7 5 4 4 4 4 5 5 6 6 7 8 8 8 7 7',
    '7 7 7 7 7 7 7 8 8 6 5 4 5 5 5 6 6 7 8 9 9 8 8 7',
    '7 7 7 8 7 6 6 6 6 5 4 4 4 4 5 5 6 8 9 9 8 8 8 8',
  ],
  civic: [
    '0 0 0 1 2 2 3 5 6 7 7 7 8 6 5 6 6 6 7 7 5 3 1 0',
    '0 0 0 1 2 2 2 2 3 4 5 8 9 5 4 6 7 8 8 8 6 4 2 1',
    '2 1 0 1 1 1 1 2 3 5 6 6 6 5 3 2 2 1 2 5 8 8 6 4',
  ],
  traffic: [
    '2 1 1 1 1 2 5 9 8 6 5 5 6 6 6 6 7 9 9 7 6 5 4 3',
    '4 3 2 1 1 1 1 2 3 3 4 3 4 5 5 6 7 7 8 8 8 7 6 5',
    '5 4 3 2 1 1 2 4 7 7 5 5 5 7 8 7 8 4 4 6 8 8 7 6',
  ],
  street: [
    '1 1 0 0 0 1 2 4 4 3 3 3 4 3 3 3 5 7 8 9 9 7 4 2',
    '3 2 1 0 0 1 1 1 2 3 3 3 4 4 4 5 7 8 9 9 9 9 7 5',
    '7 5 2 1 1 1 1 1 2 2 2 2 2 3 2 2 3 2 3 6 9 9 9 8',
  ],
}
const TABLE = Object.fromEntries(
  Object.entries(HOURS).map(([name, days]) => [name, days.map((d) => d.split(' ').map((n) => Number(n) / 10))]),
) as unknown as Readonly<Record<Rhythm, readonly (readonly number[])[]>>

/** Corners of a day, a quarter of an hour apart; between them values follow straight lines. */
const CORNERS = 96
const STEP_MS = DAY_MS / CORNERS
/** Meters begin here: Sunday, 2 January 2022. */
const FIRST_DAY = dayNumber(Date.UTC(2022, 0, 1, 22))
export const METERS_SINCE = startOfDay(FIRST_DAY)

interface Curves {
  readonly day: number
  /** 97 corners for each rhythm; the last is the first of the next day. */
  readonly at: Float64Array
  /** Area before each corner, hours. */
  readonly area: Float64Array
}

/** How busy places of each kind are, by the calendar alone: the same in every district. */
export interface Rhythms {
  /** 0 … about 1. */
  busy(rhythm: Rhythm, at: number): number
  /** Full hours of activity since {@link METERS_SINCE}, never falling: the integral of {@link busy}; 0 before. */
  busyHours(rhythm: Rhythm, at: number): number
}

const KEPT_DAYS = 8

export function createRhythms(): Rhythms {
  const kept = new Map<number, Curves>()
  const sums: Float64Array[] = [new Float64Array(RHYTHMS.length)]
  const curvesOf = (day: number): Curves => {
    const known = kept.get(day)
    if (known) return known
    const made = drawDay(day)
    if (kept.size >= KEPT_DAYS) kept.delete(kept.keys().next().value!)
    kept.set(day, made)
    return made
  }
  let last: Curves = curvesOf(FIRST_DAY)
  const today = (day: number): Curves => {
    if (last.day !== day) last = curvesOf(day)
    return last
  }
  /** Hours up to the beginning of a day. */
  const before = (day: number): Float64Array => {
    while (sums.length <= day - FIRST_DAY) {
      const curves = curvesOf(FIRST_DAY + sums.length - 1)
      sums.push(sums.at(-1)!.map((sum, r) => sum + integral(curves, r, CORNERS, 0)))
    }
    return sums[day - FIRST_DAY]!
  }
  return {
    busy: (rhythm, at) => {
      const day = dayNumber(at)
      const place = (at - startOfDay(day)) / STEP_MS
      const corner = Math.floor(place)
      const { at: values } = today(day)
      const i = RHYTHM_INDEX[rhythm] * (CORNERS + 1) + corner
      const a = values[i]!
      return a + (values[i + 1]! - a) * (place - corner)
    },
    busyHours: (rhythm, at) => {
      const day = dayNumber(at)
      if (day < FIRST_DAY) return 0
      const place = (at - startOfDay(day)) / STEP_MS
      const corner = Math.floor(place)
      const r = RHYTHM_INDEX[rhythm]
      return before(day)[r]! + integral(today(day), r, corner, place - corner)
    },
  }
}

export const RHYTHM_INDEX = Object.fromEntries(RHYTHMS.map((name, i) => [name, i])) as Readonly<Record<Rhythm, number>>

/** Area under the first `corners` pieces of a day and a part of the next, hours. */
function integral({ at, area }: Curves, rhythm: number, corners: number, part: number): number {
  const i = rhythm * (CORNERS + 1) + corners
  const a = at[i]!
  return part === 0 ? area[i]! : area[i]! + (a * part + ((at[i + 1]! - a) * part * part) / 2) * (24 / CORNERS)
}

function drawDay(number: number): Curves {
  const [day, next] = [dayOf(number), dayOf(number + 1)]
  const at = new Float64Array(RHYTHMS.length * (CORNERS + 1))
  const [prayers, prayersNext] = [prayersOn(number, day.ramadan), prayersOn(number + 1, next.ramadan)]
  for (let c = 0; c < CORNERS; c++) drawCorner(at, c, day, next, prayers, c / 4)
  drawCorner(at, CORNERS, next, next, prayersNext, 0)
  const area = new Float64Array(at.length)
  for (let i = 0; i < at.length; i++)
    area[i] = i % (CORNERS + 1) === 0 ? 0 : area[i - 1]! + ((at[i - 1]! + at[i]!) / 2) * (24 / CORNERS)
  return { day: number, at, area }
}

function drawCorner(at: Float64Array, corner: number, day: Day, next: Day, prayers: Prayers, hour: number): void {
  const calm = pause(prayers, hour)
  const iftar = day.ramadan ? bump(hour, prayers.maghrib + 0.25, 0.45) : 0
  const rush = day.ramadan ? bump(hour, prayers.maghrib - 0.6, 0.5) : 0
  const prayed = mosque(prayers, day, hour)
  for (const [r, name] of RHYTHMS.entries()) {
    let value = name === 'mosque' ? prayed : hourly(name, day, next, hour)
    if (name === 'retail') value *= (1 - 0.3 * calm) * (1 - 0.8 * iftar)
    else if (name === 'office') value *= 1 - 0.12 * calm
    else if (name === 'traffic') value = value * (1 - 0.14 * calm) * (1 - 0.75 * iftar) + 0.25 * rush + 0.12 * prayed
    else if (name === 'street') value = value * (1 - 0.6 * iftar) + 0.1 * prayed
    at[r * (CORNERS + 1) + corner] = value
  }
}

function hourly(name: Rhythm, day: Day, next: Day, hour: number): number {
  const h = Math.floor(hour)
  const a = rowOf(name, day)[h]!
  const b = h === 23 ? rowOf(name, next)[0]! : rowOf(name, day)[h + 1]!
  return a + (b - a) * (hour - h)
}

const rowOf = (name: Rhythm, day: Day): readonly number[] => TABLE[name][day.ramadan ? 2 : day.free ? 1 : 0]!

/** 1 at a prayer, fading within a quarter of an hour: shops close their tills, streets grow calm. */
function pause(p: Prayers, hour: number): number {
  return Math.max(
    bump(hour, p.dhuhr + 0.3, 0.25),
    bump(hour, p.asr + 0.3, 0.25),
    bump(hour, p.maghrib + 0.2, 0.25),
    bump(hour, p.isha + 0.3, 0.25),
  )
}

/** How full a mosque is; Friday noon and the nights of Ramadan fill it. */
function mosque(p: Prayers, day: Day, hour: number): number {
  const friday = day.weekday === 5
  return Math.min(
    1,
    0.3 * bump(hour, p.fajr + 0.3, 0.25) +
      (friday ? 1 : 0.5) * bump(hour, p.dhuhr + 0.3, friday ? 0.5 : 0.3) +
      0.45 * bump(hour, p.asr + 0.3, 0.3) +
      0.6 * bump(hour, p.maghrib + 0.2, 0.3) +
      (day.ramadan ? 0.95 : 0.5) * bump(hour, p.isha + (day.ramadan ? 0.8 : 0.3), day.ramadan ? 0.7 : 0.3),
  )
}

/** A bell of height 1. */
const bump = (x: number, centre: number, width: number): number => Math.exp(-(((x - centre) / width) ** 2))
