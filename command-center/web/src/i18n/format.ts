import type { Language } from '../theme/preferences.ts'
import type { Translate } from './translate.ts'

/** Thin no-break space, between a number and its unit. */
export const THIN_SPACE = '\u202f'
const MINUS = '\u2212'

/** Western digits with commas and points in both languages, the minus sign a real one. */
export function formatNumber(value: number, decimals = 0): string {
  const text = Math.abs(value).toLocaleString('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  })
  return value < 0 && Number(text.replaceAll(',', '')) !== 0 ? MINUS + text : text
}

/** `5230` → `5.2k`: for discs on the map, three signs at most. */
export function formatCount(count: number): string {
  if (count < 1000) return String(count)
  if (count < 9950) return `${(count / 1000).toFixed(1)}k`
  return `${Math.round(count / 1000)}k`
}

const UNIT_SIGNS: Readonly<Record<string, string>> = {
  Cel: '°C',
  '%RH': '%',
  lux: 'lx',
  'm3/h': 'm³/h',
  m3: 'm³',
  'm/s2': 'm/s²',
  'ug/m3': 'µg/m³',
  '1/h': '/h',
  'mile/h': 'mph',
  '1/s': '/s',
  '1/min': '/min',
  '%EL': '%',
  'l/s': 'L/s',
  deg: '°',
  '1': '',
  '/m2': '/m²',
  '1/m2': '/m²',
  'W/m2': 'W/m²',
}

/** How a unit is written; SenML names become signs. */
export const unitSign = (unit: string): string => UNIT_SIGNS[unit] ?? unit

const DECIMALS_BY_UNIT: Readonly<Record<string, number>> = {
  '°C': 1,
  '%': 0,
  lx: 0,
  ppm: 0,
  W: 0,
  kW: 1,
  kWh: 1,
  V: 1,
  A: 1,
  Pa: 0,
  kPa: 1,
  bar: 2,
  dB: 0,
  dBA: 0,
  'dB(A)': 0,
  'km/h': 0,
  mph: 1,
  'm/s': 1,
  'µg/m³': 1,
  'm³/h': 1,
  'mm/s': 2,
  pH: 2,
  s: 0,
  'L/s': 0,
}

/** Digits after the point that a unit's sensors resolve; from the size of the value where the unit is unknown. */
export function decimalsFor(unit: string, value: number): number {
  const known = DECIMALS_BY_UNIT[unitSign(unit)]
  if (known !== undefined) return known
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return 0
  return Math.abs(value) >= 10 ? 1 : 2
}

/** A value alone, without its unit. */
export const formatValue = (value: number, unit: string): string => formatNumber(value, decimalsFor(unit, value))

/** A value with its unit, `9.4 °C`. */
export function formatQuantity(value: number, unit: string): string {
  const sign = unitSign(unit)
  return sign ? `${formatValue(value, unit)}${THIN_SPACE}${sign}` : formatValue(value, unit)
}

/** `48 – 74 %`, or one side of it; `undefined` when neither limit is set. */
export function formatRange(min: number | null, max: number | null, unit: string): string | undefined {
  const sign = unitSign(unit) ? `${THIN_SPACE}${unitSign(unit)}` : ''
  if (min !== null && max !== null) return `${formatLimit(min)} – ${formatLimit(max)}${sign}`
  if (min !== null) return `≥ ${formatLimit(min)}${sign}`
  if (max !== null) return `≤ ${formatLimit(max)}${sign}`
  return undefined
}

/** A limit as somebody wrote it: no digits that it does not have. */
export const formatLimit = (limit: number): string =>
  (limit < 0 ? MINUS : '') + Math.abs(limit).toLocaleString('en-US', { maximumFractionDigits: 3 })

/** A length of time in its two largest parts: `1 h 36 min`. */
export function formatSpan(ms: number, t: Translate): string {
  if (ms > 0 && ms < 1000) return formatDelay(ms)
  const s = Math.max(0, Math.round(ms / 1000))
  if (s < 60) return t('span.seconds', { n: s })
  if (s < 3600) return t('span.minutes', { n: Math.floor(s / 60) })
  if (s < 86_400) {
    const h = Math.floor(s / 3600)
    const m = Math.floor((s % 3600) / 60)
    return m === 0 ? t('span.hoursOnly', { h }) : t('span.hours', { h, m })
  }
  const d = Math.floor(s / 86_400)
  const h = Math.floor((s % 86_400) / 3600)
  return h === 0 ? t('span.daysOnly', { d }) : t('span.days', { d, h })
}

/** How old a value is: `4 s old`; never less than one second. */
export function formatAge(ms: number, t: Translate): string {
  const s = Math.max(1, Math.floor(ms / 1000))
  if (s < 60) return t('age.seconds', { n: s })
  if (s < 3600) return t('age.minutes', { n: Math.floor(s / 60) })
  return t('age.long', { span: formatSpan(s * 1000, t) })
}

/** A delay with two significant digits: `340 ms`, `1.4 s`. */
export function formatDelay(ms: number): string {
  if (ms < 995) return `${formatNumber(ms < 100 ? Math.round(ms) : Math.round(ms / 10) * 10)}${THIN_SPACE}ms`
  if (ms < 99_500) return `${formatNumber(ms / 1000, ms < 9950 ? 1 : 0)}${THIN_SPACE}s`
  return `${formatNumber(ms / 60_000)}${THIN_SPACE}min`
}

const BYTE_STEPS = ['B', 'kB', 'MB', 'GB', 'TB'] as const

export function formatBytes(bytes: number): string {
  let value = bytes
  let step = 0
  while (value >= 999.5 && step < BYTE_STEPS.length - 1) {
    value /= 1000
    step++
  }
  return `${formatNumber(value, step > 1 && value < 99.5 ? 1 : 0)}${THIN_SPACE}${BYTE_STEPS[step]}`
}

/** The browser's zone, and that of the control room once the server has named it. */
const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone
let roomZone = ownZone
let isOwn = false
let formats = formatsIn(ownZone)

/** The zone in which times are shown. */
export const timeZone = (): string => (isOwn ? ownZone : roomZone)
/** Both zones between which somebody can choose. */
export const timeZones = (): { readonly own: string; readonly room: string } => ({ own: ownZone, room: roomZone })

/** Where the control room stands; times are shown in its zone unless somebody wants their own. @param name an IANA name */
export function setTimeZone(name: string): void {
  if (name === roomZone) return
  roomZone = name
  formats = formatsIn(timeZone())
}

export function showOwnTime(own: boolean): void {
  if (own === isOwn) return
  isOwn = own
  formats = formatsIn(timeZone())
}

function formatsIn(timeZone: string) {
  const time = { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  const date = { timeZone, day: 'numeric', year: 'numeric' } as const
  return {
    minutes: new Intl.DateTimeFormat('en-GB', time),
    seconds: new Intl.DateTimeFormat('en-GB', { ...time, second: '2-digit' }),
    en: new Intl.DateTimeFormat('en-GB', { ...date, weekday: 'short', month: 'short' }),
    ar: new Intl.DateTimeFormat('ar-QA-u-nu-latn', { ...date, weekday: 'long', month: 'long' }),
  }
}

/** `18:42`, or with seconds `18:42:10`. */
export const formatTime = (at: number, seconds = false): string => formats[seconds ? 'seconds' : 'minutes'].format(at)

/** `Thu 26 Nov 2026`. */
export const formatDate = (at: number, language: Language): string =>
  formats[language].format(at).replace(/^(\w+),/, '$1')
