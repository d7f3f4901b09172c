import { QuartierError } from '@quartier/contracts'

/** Reads a time stamp: epoch ms, or NaN when the text is none. */
export type ReadTime = (text: string) => number

/**
 * A reader for stamps in `format`: `iso` (ISO 8601, with or without an offset), `s`, `ms` (numbers since 1970), or a
 * pattern of `%Y %y %m %d %H %I %M %S %f %p %z %b`, as strptime has them. Stamps without an offset are local times of
 * `zone`: a time that the clock skips in spring counts as the one after the gap, one that comes twice in autumn as
 * the first. A number instead of a zone is a fixed offset in ms, east positive.
 * @throws QuartierError REPLAY_MAPPING for a pattern or zone that does not exist
 */
export function timeReader(format: string, zone: string | number): ReadTime {
  const toEpoch = typeof zone === 'number' ? (local: number) => local - zone : zoneReader(zone)
  if (format === 's' || format === 'ms') return numberReader(format === 's' ? 1000 : 1)
  const { pattern, names } = format === 'iso' ? ISO : compile(format)
  return (text) => {
    const match = pattern.exec(text.trim())
    if (!match) return Number.NaN
    const parts: Partial<Record<string, string>> = {}
    names.forEach((name, i) => {
      parts[name] = match[i + 1]
    })
    const local = localOf(parts)
    return parts.z ? local - offsetOf(parts.z) : toEpoch(local)
  }
}

/** Local ms (as if it were UTC) → epoch ms; NaN stays NaN. */
export function zoneReader(zone: string): (local: number) => number {
  if (zone === 'UTC' || zone === 'unknown') return (local) => local
  const offsetAt = offsetsOf(zone)
  return (local) => {
    if (Number.isNaN(local)) return Number.NaN
    // The offset before and after this moment; of two right answers the earlier instant.
    const [before, after] = [offsetAt(local - 86_400_000), offsetAt(local + 86_400_000)]
    if (local - before + offsetAt(local - before) === local) return local - before
    if (local - after + offsetAt(local - after) === local) return local - after
    return local - before
  }
}

/** The zone's offset from UTC at an instant, ms, east positive. */
export function offsetsOf(zone: string): (at: number) => number {
  const format = formatOf(zone)
  const known = new Map<number, number>()
  return (at) => {
    const quarter = Math.floor(at / 900_000)
    const cached = known.get(quarter)
    if (cached !== undefined) return cached
    const parts = Object.fromEntries(format.formatToParts(quarter * 900_000).map((p) => [p.type, Number(p.value)]))
    const { year, month, day, hour, minute, second } = parts as Record<string, number>
    const offset = Date.UTC(year!, month! - 1, day!, hour! % 24, minute!, second!) - quarter * 900_000
    known.set(quarter, offset)
    return offset
  }
}

function formatOf(zone: string): Intl.DateTimeFormat {
  try {
    const fields = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const
    return new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', second: 'numeric', ...fields })
  } catch (cause) {
    throw new QuartierError('REPLAY_MAPPING', `there is no time zone "${zone}"`, { cause })
  }
}

const FIELDS: Readonly<Record<string, string>> = {
  Y: '(\\d{4})',
  y: '(\\d{2})',
  m: '(\\d{1,2})',
  d: '(\\d{1,2})',
  H: '(\\d{1,2})',
  I: '(\\d{1,2})',
  M: '(\\d{1,2})',
  S: '(\\d{1,2})',
  f: '(\\d{1,9})',
  p: '([AaPp][Mm])',
  b: '([A-Za-z]{3})',
  z: '([Zz]|[+-]\\d{2}:?\\d{2})',
}

function compile(format: string): { pattern: RegExp; names: string[] } {
  const names: string[] = []
  const source = format.replaceAll(/%(.)|[.*+?^${}()|[\]\\]/g, (whole, letter: string | undefined) => {
    if (letter === undefined) return `\\${whole}`
    if (letter === '%') return '%'
    const field = FIELDS[letter]
    if (!field)
      throw new QuartierError('REPLAY_MAPPING', `the time format "${format}" holds %${letter}, which is unknown`)
    names.push(letter)
    return field
  })
  return { pattern: new RegExp(`^${source}$`), names }
}

const ISO = {
  pattern:
    /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)? ?([Zz]|[+-]\d{2}:?\d{2})?$/,
  names: ['Y', 'm', 'd', 'H', 'M', 'S', 'f', 'z'],
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** The stamp as if it were UTC; NaN when it is not on the calendar. Fractions below a millisecond are cut off. */
function localOf(parts: Partial<Record<string, string>>): number {
  const year = parts.Y ? Number(parts.Y) : parts.y ? Number(parts.y) + (Number(parts.y) < 69 ? 2000 : 1900) : 1970
  const month = parts.b ? MONTHS.indexOf(parts.b.toLowerCase()) : Number(parts.m ?? 1) - 1
  const day = Number(parts.d ?? 1)
  const hour = parts.I ? (Number(parts.I) % 12) + (/p/i.test(parts.p ?? '') ? 12 : 0) : Number(parts.H ?? 0)
  const [minute, second] = [Number(parts.M ?? 0), Number(parts.S ?? 0)]
  const ms = Number((parts.f ?? '').padEnd(3, '0').slice(0, 3))
  const midnight = Date.UTC(year, month, day)
  const onCalendar = month >= 0 && new Date(midnight).getUTCMonth() === month && day >= 1
  if (!onCalendar || hour > 24 || minute > 59 || second > 60) return Number.NaN
  return midnight + ((hour * 60 + minute) * 60 + second) * 1000 + ms
}

function offsetOf(z: string): number {
  if (z === 'Z' || z === 'z') return 0
  const minutes = Number(z.slice(1, 3)) * 60 + Number(z.slice(-2))
  return (z.startsWith('-') ? -1 : 1) * minutes * 60_000
}

const numberReader =
  (scale: number): ReadTime =>
  (text) => {
    const n = text.trim() === '' ? Number.NaN : Number(text)
    return Number.isFinite(n) ? Math.round(n * scale) : Number.NaN
  }
