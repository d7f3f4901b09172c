/** Even windows over a stretch of time, epoch ms. */
export interface Grid {
  readonly from: number
  /** Exclusive. */
  readonly to: number
  readonly step: number
}

const SECOND = 1_000
const MINUTE = 60_000
const HOUR = 3_600_000
const DAY = 86_400_000
const WEEK = 7 * DAY

/** Widths that read well on a clock. */
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[DAY, 2 * DAY, WEEK],
]

/**
 * Windows that hold `[from, to)`, no more of them than asked for and none finer than `leastMs`. They begin at full minutes,
 * hours or days of the wall clock.
 * @param offsetMs  what the wall clock is ahead of UTC
 */
export function gridFor(from: number, to: number, points: number, leastMs: number, offsetMs: number): Grid {
  const least = Math.max(leastMs, (to - from) / (points - 1))
  const step = STEPS.find((width) => width >= least) ?? Math.ceil(least / WEEK) * WEEK
  const begin = Math.floor((from + offsetMs) / step) * step - offsetMs
  return { from: begin, to: begin + Math.ceil((to - begin) / step) * step, step }
}

/** What the wall clock of a zone is ahead of UTC at an instant, ms. @param timeZone an IANA name */
export function offsetOf(timeZone: string, at: number): number {
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at)
  const said = parts.find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const [, sign, hours = '0', minutes = '0'] = /GMT([+-])(\d{2}):(\d{2})/.exec(said) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * HOUR + Number(minutes) * MINUTE)
}
