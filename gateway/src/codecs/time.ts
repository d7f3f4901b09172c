import { latin1 } from './bytes.ts'
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

/**
 * {@link timeOfText} of ASCII bytes, for the form that servers write: `2026-03-01T12:00:00.123456789Z`, also with `+00:00`
 * and without a fraction; everything else is read as text.
 */
export function timeOfBytes(b: Uint8Array, from: number, to: number): number {
  const isZoned = to - from >= 20 && b[from + 4] === DASH && b[from + 7] === DASH && b[from + 10] === 0x54
  if (!isZoned || b[from + 13] !== COLON || b[from + 16] !== COLON) return timeOfText(latin1(b, from, to))
  const year = two(b, from) * 100 + two(b, from + 2)
  const [month, day] = [two(b, from + 5), two(b, from + 8)]
  const [hour, minute, second] = [two(b, from + 11), two(b, from + 14), two(b, from + 17)]
  let i = from + 19
  let ms = 0
  if (b[i] === POINT) {
    const first = ++i
    for (let scale = 100; i < to && isDigit(b[i] as number); i++, scale = Math.floor(scale / 10))
      ms += ((b[i] as number) - ZERO) * scale
    if (i === first || i - first > 9) return Number.NaN
  }
  const isUtc = b[i] === 0x5a ? i + 1 === to : i + 6 === to && b[i] === 0x2b && isMidnight(b, i + 1)
  // Days of the month are left to the calendar of the engine where they could be wrong.
  if (!isUtc || !(month >= 1 && month <= 12 && day >= 1 && day <= 28 && hour <= 23 && minute <= 59 && second <= 59))
    return timeOfText(latin1(b, from, to))
  return year >= 1970
    ? ((daysTo(year, month, day) * 24 + hour) * 60 + minute) * 60_000 + second * 1_000 + ms
    : Number.NaN
}

const [DASH, COLON, POINT, ZERO] = [0x2d, 0x3a, 0x2e, 0x30]
const isDigit = (c: number): boolean => c >= 0x30 && c <= 0x39
const isMidnight = (b: Uint8Array, i: number): boolean => two(b, i) === 0 && b[i + 2] === COLON && two(b, i + 3) === 0

/** Two digits as a number; NaN for anything else. */
function two(b: Uint8Array, i: number): number {
  const [tens, ones] = [b[i] as number, b[i + 1] as number]
  return isDigit(tens) && isDigit(ones) ? (tens - ZERO) * 10 + ones - ZERO : Number.NaN
}

/** Days from 1970-01-01 on; years begin in March, so that the leap day ends one. */
function daysTo(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const m = month <= 2 ? month + 9 : month - 3
  const leapDays = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400)
  return y * 365 + leapDays + Math.floor((m * 153 + 2) / 5) + day - 719_469
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
