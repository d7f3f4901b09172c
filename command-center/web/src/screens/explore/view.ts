/** What the screen shows; all of it stands in the address, so that a link restores it. */
export interface ExploreView {
  /** Keys, in the order of their letters. */
  readonly series: readonly string[]
  readonly range: Range
  readonly compare: Compare | undefined
  readonly as: 'charts' | 'table'
  /** Each series in a chart of its own. */
  readonly apart: boolean
}

/** A length of time up to now, which is followed, or one that stands. Epoch ms. */
export type Range =
  | { readonly type: 'last'; readonly ms: number }
  | { readonly type: 'between'; readonly from: number; readonly to: number }

export const COMPARES = ['day', 'week'] as const
export type Compare = (typeof COMPARES)[number]

export const SERIES_MOST = 12
/** The ranges that are one press away, ms. */
export const RANGES = [3_600_000, 86_400_000, 7 * 86_400_000, 30 * 86_400_000] as const
const RANGE_LEAST = 10_000
const RANGE_MOST = 10 * 366 * 86_400_000
const USUAL: Range = { type: 'last', ms: RANGES[1] }

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const

/** `24h`, `7d`, `90s`: a length in its largest whole unit; a day is written in hours. */
export function writeSpan(ms: number): string {
  if (ms === 86_400_000) return '24h'
  const [unit, size] = UNITS.find(([, size]) => ms % size === 0) ?? UNITS[3]
  return `${Math.round(ms / size)}${unit}`
}

export function readSpan(text: string): number {
  const [, n = '', unit = ''] = /^(\d{1,7})([dhms])$/.exec(text) ?? []
  return Number(n) * (UNITS.find(([name]) => name === unit)?.[1] ?? Number.NaN)
}

/** The view that an address asks for; what it does not say, or says wrongly, is as usual. */
export function readView(search: string): ExploreView {
  const query = new URLSearchParams(search)
  const compare = COMPARES.find((one) => one === query.get('vs'))
  return {
    series: [...new Set(query.getAll('s').filter(Boolean))].slice(0, SERIES_MOST),
    range: readRange(query),
    compare,
    as: query.get('view') === 'table' ? 'table' : 'charts',
    apart: query.has('apart'),
  }
}

function readRange(query: URLSearchParams): Range {
  const [from, to] = ['from', 'to'].map((name) => Date.parse(query.get(name) ?? '')) as [number, number]
  if (to - from >= RANGE_LEAST) return between(from, to)
  const ms = readSpan(query.get('last') ?? '')
  return ms >= RANGE_LEAST && ms <= RANGE_MOST ? { type: 'last', ms } : USUAL
}

/** The query of the address, without the question mark. */
export function writeView({ series, range, compare, as, apart }: ExploreView): string {
  const query = new URLSearchParams()
  for (const key of series) query.append('s', key)
  if (range.type === 'last') query.set('last', writeSpan(range.ms))
  else {
    query.set('from', new Date(range.from).toISOString().replace('.000Z', 'Z'))
    query.set('to', new Date(range.to).toISOString().replace('.000Z', 'Z'))
  }
  if (compare) query.set('vs', compare)
  if (as === 'table') query.set('view', 'table')
  if (apart) query.set('apart', '')
  // Both may stand in a query as they are, and a key is read more easily.
  return query
    .toString()
    .replaceAll('%2F', '/')
    .replaceAll('%3A', ':')
    .replace(/=(?=&|$)/g, '')
}

/** A range that stands, of whole seconds, neither too short nor too long to show. */
export function between(from: number, to: number): Range {
  const middle = (from + to) / 2
  const half = Math.min(RANGE_MOST, Math.max(RANGE_LEAST, to - from)) / 2
  const whole = (at: number) => Math.round(at / 1000) * 1000
  return { type: 'between', from: whole(middle - half), to: whole(middle + half) }
}

/** Nearer by this factor, or farther below 1, around an instant that stays where it is. */
export function zoom(from: number, to: number, factor: number, around = (from + to) / 2): Range {
  return between(around - (around - from) / factor, around + (to - around) / factor)
}

/** Earlier or later by a share of what is shown. */
export const pan = (from: number, to: number, share: number): Range =>
  between(from + (to - from) * share, to + (to - from) * share)

/** Where these series are explored, over the last day. */
export const exploreLink = (series: readonly string[]): string =>
  `/explore?${writeView({ ...readView(''), series: series.slice(0, SERIES_MOST) })}`
