import type uPlot from 'uplot'
import { formatNumber, formatTime, timeZone } from '../i18n/format.ts'
import type { Language } from '../theme/preferences.ts'

/** Ticks with the digits that tell them apart. */
export function tickWords(ticks: readonly number[]): string[] {
  const step = Math.abs((ticks[1] ?? 1) - (ticks[0] ?? 0)) || 1
  const decimals = Math.min(4, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)))
  return ticks.map((value) => formatNumber(value, decimals))
}

/** Values between two gaps have no line: they are shown as dots. */
export function lonePoints(chart: uPlot, seriesIndex: number): number[] {
  const values = chart.data[seriesIndex]!
  const alone: number[] = []
  let heard = -1
  let joined = false
  for (let i = 0; i <= values.length; i++) {
    // What is passed over joins; null, and the ends, do not.
    if (i < values.length && values[i] === undefined) continue
    const isValue = i < values.length && values[i] !== null
    if (heard >= 0 && !isValue && !joined) alone.push(heard)
    joined = isValue && heard >= 0
    heard = isValue ? i : -1
  }
  return alone
}

const DAY_S = 86_400

/** What stands below ticks of time, s: dates where days begin, and once at the first where the ticks go over days. */
export function instantWords(ticks: readonly number[], stepS: number, language: Language): string[] {
  const overDays = (ticks.at(-1) ?? 0) - (ticks[0] ?? 0) > DAY_S
  return ticks.map((s, i) => {
    const time = formatTime(s * 1000, stepS < 60)
    if (stepS >= DAY_S || (overDays && /^00:00(:00)?$/.test(time))) return dayWords(s * 1000, language)
    return i === 0 && overDays ? `${dayWords(s * 1000, language)} ${time}` : time
  })
}

/** `26 Nov`, in figures that read alike in both languages. */
export const dayWords = (at: number, language: Language): string => dayFormat(language, timeZone()).format(at)

const formats = new Map<string, Intl.DateTimeFormat>()

function dayFormat(language: Language, zone: string): Intl.DateTimeFormat {
  const name = `${language} ${zone}`
  const known = formats.get(name)
  if (known) return known
  const locale = language === 'ar' ? 'ar-QA-u-nu-latn' : 'en-GB'
  const made = new Intl.DateTimeFormat(locale, { timeZone: zone, day: 'numeric', month: 'short' })
  formats.set(name, made)
  return made
}
