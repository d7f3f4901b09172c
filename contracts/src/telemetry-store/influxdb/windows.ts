import { QuartierError } from '../../errors.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { SeriesId } from '../../series/id.ts'
import { type RollupTier, TIER_MS } from '../layout.ts'
import type { Windows } from '../port.ts'
import { addReading, emptyPartial, type Partial } from '../rollup.ts'
import { UNKNOWN } from '../series-table.ts'
import { readRaw, type Sources } from './read.ts'
import type { SeriesState } from './state.ts'
import { isKept, readTier } from './tiers.ts'

const MAX_CELLS = 1e7
/** Series whose readings are in memory at once. */
const SERIES_AT_ONCE = 256
/** A window of a tier is seven values: below this many readings to a minute the readings themselves are less. */
const MINUTE_PAYS_FROM_MS = 60_000 / 7

interface WindowSources extends Sources {
  readonly state: SeriesState
  readonly clock: Clock
  readonly rawMs: number
}

/** What windows are asked for: `[from + i·stepMs, from + (i+1)·stepMs)`, up to `to`. */
export interface WindowSpan {
  readonly from: number
  readonly to: number
  readonly stepMs: number
}

/** Takes the summary of a window of a series. */
export type PutWindow = (ordinal: number, window: number, summary: Partial) => void

/** Summaries of each series, as whoever writes the store knows them. */
export function readWindows(sources: WindowSources, ids: readonly SeriesId[], span: WindowSpan): Promise<Windows> {
  return gatherWindows(sources, ids, span, (ordinals, put) => fill(sources, ordinals, span, put))
}

/** Lays out the answer and has it filled, some series at a time. @throws QuartierError QUERY_INVALID */
export async function gatherWindows(
  { catalog: { table } }: Sources,
  ids: readonly SeriesId[],
  { from, to, stepMs }: WindowSpan,
  fillSome: (ordinals: readonly number[], put: PutWindow) => Promise<void>,
): Promise<Windows> {
  if (!(stepMs > 0) || !Number.isFinite(from) || !Number.isFinite(to))
    throw new QuartierError('QUERY_INVALID', `windows: [${from}, ${to}) cannot be cut into steps of ${stepMs} ms`)
  const windows = Math.max(0, Math.ceil((to - from) / stepMs))
  const cells = windows * ids.length
  if (cells > MAX_CELLS) throw new QuartierError('QUERY_INVALID', `windows: ${cells} cells are more than ${MAX_CELLS}`)
  const rowsOf = new Map<number, number[]>()
  ids.forEach(({ lo, hi }, row) => {
    const o = table.find(lo, hi)
    if (o !== UNKNOWN) rowsOf.set(o, [...(rowsOf.get(o) ?? []), row])
  })
  const gaps = () => new Float64Array(cells).fill(Number.NaN)
  const out = {
    count: new Uint32Array(cells),
    mean: gaps(),
    min: gaps(),
    max: gaps(),
    last: gaps(),
    notGood: new Uint32Array(cells),
  }
  const put = (o: number, w: number, p: Partial) => {
    for (const row of rowsOf.get(o) ?? []) {
      const k = row * windows + w
      out.count[k] = p.count
      out.mean[k] = p.sum / p.count
      out.min[k] = p.min
      out.max[k] = p.max
      out.last[k] = p.last
      out.notGood[k] = p.notGood
    }
  }
  const all = [...rowsOf.keys()]
  for (let i = 0; i < all.length; i += SERIES_AT_ONCE) await fillSome(all.slice(i, i + SERIES_AT_ONCE), put)
  return { series: ids.map(({ lo, hi }) => ({ lo, hi })), from, stepMs, windows, ...out }
}

async function fill(
  sources: WindowSources,
  ordinals: readonly number[],
  span: WindowSpan,
  put: PutWindow,
): Promise<void> {
  const { from, to } = span
  const byTier: Record<RollupTier | 'raw', number[]> = { raw: [], minute: [], hour: [] }
  for (const o of ordinals) byTier[tierFor(sources, o, span)].push(o)
  for (const tier of ['minute', 'hour'] as const)
    for (const [o, found] of await readTier(sources, tier, byTier[tier], from, to))
      foldWindows(found, span, (w, p) => put(o, w, p))
  for (const [o, readings] of await readRaw(sources, byTier.raw, from, to))
    foldReadings(readings, span, (w, p) => put(o, w, p))
}

/** Folds windows of a tier, by their start, into those asked for. */
export function foldWindows(
  windows: Iterable<readonly [at: number, p: Partial]>,
  span: WindowSpan,
  put: (window: number, p: Partial) => void,
): void {
  const inOrder = [...windows].sort((a, b) => a[0] - b[0])
  fold(inOrder, span, merge, put)
}

/** Folds readings, oldest first, into the windows asked for. */
export function foldReadings(
  { columns, length }: { readonly columns: readonly Float64Array[]; readonly length: number },
  span: WindowSpan,
  put: (window: number, p: Partial) => void,
): void {
  const [times, values, qualities] = columns as [Float64Array, Float64Array, Float64Array]
  const readings = Array.from({ length }, (_, i) => [times[i] as number, i] as const)
  const add = (p: Partial, i: number) => addReading(p, times[i] as number, values[i] as number, qualities[i] as number)
  fold(readings, span, add, put)
}

/** The coarsest tier whose windows make up those asked for exactly, where it is less to read than raw. */
export function tierFor(
  { catalog, clock, rawMs }: Omit<WindowSources, 'state'>,
  o: number,
  { from, to, stepMs }: WindowSpan,
): RollupTier | 'raw' {
  const fits = (tier: RollupTier) =>
    isKept(catalog, tier, o) && [stepMs, from, to - from].every((ms) => ms % TIER_MS[tier] === 0)
  if (fits('hour')) return 'hour'
  if (!fits('minute')) return 'raw'
  const isGone = from < clock.now() - rawMs
  return isGone || (catalog.table.tierIntervalMs[o] as number) < MINUTE_PAYS_FROM_MS ? 'minute' : 'raw'
}

/** Gathers what comes in order of time into the windows asked for. */
function fold<T>(
  items: readonly (readonly [at: number, item: T])[],
  { from, stepMs }: WindowSpan,
  add: (p: Partial, item: T) => void,
  put: (window: number, p: Partial) => void,
): void {
  let p = emptyPartial()
  let window = -1
  for (const [at, item] of items) {
    const w = Math.floor((at - from) / stepMs)
    if (w !== window && p.count > 0) {
      put(window, p)
      p = emptyPartial()
    }
    window = w
    add(p, item)
  }
  if (p.count > 0) put(window, p)
}

function merge(p: Partial, q: Partial): void {
  p.count += q.count
  p.sum += q.sum
  p.min = Math.min(p.min, q.min)
  p.max = Math.max(p.max, q.max)
  p.notGood += q.notGood
  p.last = q.last
  p.lastAt = q.lastAt
}
