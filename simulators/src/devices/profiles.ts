/** What a building is for decides when it is busy. */
export const USES = ['office', 'home', 'retail', 'hotel', 'civic'] as const
export type Use = (typeof USES)[number]
export type ProfileName = Use | 'traffic' | 'street'

/** Share of the busiest hour, for each hour of a working day and of a day off. */
const DAYS: Readonly<Record<ProfileName, readonly [work: string, free: string]>> = {
  office: ['0 0 0 0 0 1 3 6 8 9 9 8 7 8 9 8 6 4 2 1 1 1 0 0', '0 0 0 0 0 0 0 1 1 1 1 1 1 1 1 1 1 1 1 1 0 0 0 0'],
  home: ['7 7 8 8 8 8 7 5 4 3 3 3 3 4 4 5 6 7 8 8 9 9 8 8', '8 8 9 9 9 9 8 8 7 6 5 4 5 6 6 5 5 4 4 5 6 7 8 8'],
  retail: ['1 1 0 0 0 0 0 1 2 4 5 5 5 4 4 4 5 7 8 9 9 7 4 2', '2 1 0 0 0 0 0 1 1 2 3 2 3 5 6 7 8 9 9 9 9 9 7 4'],
  hotel: ['6 6 6 6 6 6 7 8 7 5 4 4 4 4 5 5 6 6 7 8 8 8 7 7', '7 7 7 7 7 7 7 8 8 6 5 4 5 5 5 6 6 7 8 9 9 8 8 7'],
  civic: ['0 0 0 1 2 2 3 5 6 7 7 7 8 6 5 6 6 6 7 7 5 3 1 0', '0 0 0 1 2 2 2 2 3 4 5 8 9 5 4 6 7 8 8 8 6 4 2 1'],
  traffic: ['2 1 1 1 1 2 5 9 8 6 5 5 6 6 6 6 7 9 9 7 6 5 4 3', '4 3 2 1 1 1 1 2 3 3 4 3 4 5 5 6 7 7 8 8 8 7 6 5'],
  street: ['1 1 0 0 0 1 2 4 4 3 3 3 4 3 3 3 5 7 8 9 9 7 4 2', '3 2 1 0 0 1 1 1 2 3 3 3 4 4 4 5 7 8 9 9 9 9 7 5'],
}

interface Profile {
  /** 169 corners of the week from Sunday 00:00, 0 … 0.9; the last equals the first. */
  readonly week: Float64Array
  /** Integral from the start of the week to each corner, in full hours. */
  readonly sum: Float64Array
}

const PROFILES = Object.fromEntries(Object.entries(DAYS).map(([name, days]) => [name, profileOf(...days)])) as Record<
  ProfileName,
  Profile
>

/** How busy it is, 0 … 0.9, between the corners along a straight line. */
export function busy(name: ProfileName, hourOfWeek: number): number {
  const { week } = PROFILES[name]
  const h = Math.floor(hourOfWeek)
  const a = week[h]!
  return a + (week[h + 1]! - a) * (hourOfWeek - h)
}

const WEEK_MS = 7 * 86_400_000

/** Full hours since Sunday, 4 January 1970, 00:00 local: the exact integral of {@link busy}, so it never falls. */
export function busyHours(name: ProfileName, at: number, hourOfWeek: number): number {
  const { week, sum } = PROFILES[name]
  const h = Math.floor(hourOfWeek)
  const t = hourOfWeek - h
  const a = week[h]!
  const weeks = Math.floor((at - hourOfWeek * 3_600_000) / WEEK_MS)
  return weeks * sum[168]! + sum[h]! + a * t + ((week[h + 1]! - a) * t * t) / 2
}

function profileOf(work: string, free: string): Profile {
  const [onWork, onFree] = [work, free].map((day) => day.split(' ').map((n) => Number(n) / 10))
  const week = new Float64Array(169)
  for (let h = 0; h < 168; h++) week[h] = (h < 120 ? onWork! : onFree!)[h % 24]!
  week[168] = week[0]!
  const sum = new Float64Array(169)
  for (let h = 0; h < 168; h++) sum[h + 1] = sum[h]! + (week[h]! + week[h + 1]!) / 2
  return { week, sum }
}
