const DAY_MS = 86_400_000

/** What the wall clock of a zone is ahead of UTC at an instant, ms. @param timeZone an IANA name */
export function offsetOf(timeZone: string, at: number): number {
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at)
  const said = parts.find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const [, sign, hours = '0', minutes = '0'] = /GMT([+-])(\d{2}):(\d{2})/.exec(said) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}

/** `2026-11-26T18:42`: an instant on the wall clock of a zone, as fields for date and time hold it. */
export const toWallClock = (at: number, timeZone: string): string =>
  new Date(at + offsetOf(timeZone, at)).toISOString().slice(0, 16)

/**
 * The instant that a field for date and time means in a zone, NaN when it holds none. Where the clock is put back and shows
 * it twice, the first of the two; where it is put forward over it, the instant of the change.
 */
export function fromWallClock(text: string, timeZone: string): number {
  const shown = Date.parse(`${text}Z`)
  if (Number.isNaN(shown)) return Number.NaN
  const offsets = [shown - DAY_MS, shown + DAY_MS].map((at) => offsetOf(timeZone, at))
  const candidates = offsets.map((offset) => shown - offset).sort((a, b) => a - b)
  return candidates.find((at) => at + offsetOf(timeZone, at) === shown) ?? candidates[0]!
}

/** How much earlier the wall clock showed the same so many days before, ms: not whole days where it was changed between. */
export function daysBack(days: number, at: number, timeZone: string): number {
  const wall = at + offsetOf(timeZone, at) - days * DAY_MS
  return at - fromWallClock(new Date(wall).toISOString().slice(0, -1), timeZone)
}
