import { MAX_TIME_MS } from './limits.ts'

/** How numbers of time are to be read; `auto` goes by their size, `iso` accepts no numbers at all. */
export type TimeUnit = 'ms' | 's' | 'us' | 'ns' | 'iso' | 'auto'

/** Epoch ms of a number in `unit`, rounded to a whole one; NaN when it is no instant from 1970 on. */
export function timeOfNumber(n: number, unit: TimeUnit): number {
  const ms = Math.round(toMs(n, unit)) + 0
  return ms >= 0 && ms <= MAX_TIME_MS ? ms : Number.NaN
}

function toMs(n: number, unit: TimeUnit): number {
  switch (unit) {
    case 'ms':
      return n
    case 's':
      return n * 1e3
    case 'us':
      return n / 1e3
    case 'ns':
      return n / 1e6
    case 'iso':
      return Number.NaN
    case 'auto':
      return toMs(n, n < 1e11 ? 's' : n < 1e14 ? 'ms' : n < 1e17 ? 'us' : 'ns')
  }
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?([Zz]|[+-]\d\d(?::?\d\d)?)$/

/**
 * Epoch ms of an ISO 8601 time with a zone (`2026-03-01T12:00:00.5Z`, `…+03:00`), rounded down to a whole one; NaN
 * for anything else. A time without a zone is refused: whose local time it is would be a guess. A leap second
 * (`:60`) counts as the first instant of the next minute.
 */
export function timeOfText(text: string): number {
  const m = ISO.exec(text)
  if (m === null) return Number.NaN
  const [year, month, day, hour, minute, second] = [m[1], m[2], m[3], m[4], m[5], m[6] ?? 0].map(Number) as Six
  const midnight = Date.UTC(year, month - 1, day)
  const date = new Date(midnight)
  const onCalendar = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCFullYear() === year
  if (!onCalendar || hour > 23 || minute > 59 || second > 60) return Number.NaN
  const offset = offsetMinutes(m[8] as string)
  const fraction = Number((m[7] ?? '').padEnd(3, '0').slice(0, 3))
  const ms = midnight + ((hour * 60 + minute - offset) * 60 + second) * 1000 + fraction
  return ms >= 0 ? ms : Number.NaN
}

type Six = [number, number, number, number, number, number]

/** Minutes east of UTC; NaN when out of range. */
function offsetMinutes(zone: string): number {
  if (zone === 'Z' || zone === 'z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(3).replace(':', ''))
  if (hours > 23 || minutes > 59) return Number.NaN
  return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes)
}
