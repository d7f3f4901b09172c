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

/** Summaries of each series over `[from + i·stepMs, from + (i+1)·stepMs)`, up to `to`. */
export async function readWindows(
  sources: WindowSources,
  ids: readonly SeriesId[],
  from: number,
  to: number,
  stepMs: number,
): Promise<Windows> {
  if (!(stepMs > 0) || !Number.isFinite(from) || !Number.isFinite(to))
    throw new QuartierError('QUERY_INVALID', `windows: [${from}, ${to}) cannot be cut into steps of ${stepMs} ms`)
  const windows = Math.max(0, Math.ceil((to - from) / stepMs))
  const cells = windows * ids.length
  if (cells > MAX_CELLS) throw new QuartierError('QUERY_INVALID', `windows: ${cells} cells are more than ${MAX_CELLS}`)
  const { table } = sources.catalog
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
  for (let i = 0; i < all.length; i += SERIES_AT_ONCE)
    await fill(sources, all.slice(i, i + SERIES_AT_ONCE), from, to, stepMs, put)
  return { series: ids.map(({ lo, hi }) => ({ lo, hi })), from, stepMs, windows, ...out }
}

async function fill(
  sources: WindowSources,
  ordinals: readonly number[],
  from: number,
  to: number,
  stepMs: number,
  put: (o: number, window: number, p: Partial) => void,
): Promise<void> {
  const byTier: Record<RollupTier | 'raw', number[]> = { raw: [], minute: [], hour: [] }
  for (const o of ordinals) byTier[tierFor(sources, o, from, to, stepMs)].push(o)
  for (const tier of ['minute', 'hour'] as const)
    for (const [o, found] of await readTier(sources, tier, byTier[tier], from, to))
      fold(
        [...found].sort((a, b) => a[0] - b[0]),
        from,
        stepMs,
        merge,
        (w, p) => put(o, w, p),
      )
  for (const [o, { columns, length }] of await readRaw(sources, byTier.raw, from, to)) {
    const [times, values, qualities] = columns as [Float64Array, Float64Array, Float64Array]
    const readings = Array.from({ length }, (_, i) => [times[i] as number, i] as const)
    const add = (p: Partial, i: number) =>
      addReading(p, times[i] as number, values[i] as number, qualities[i] as number)
    fold(readings, from, stepMs, add, (w, p) => put(o, w, p))
  }
}

/** The coarsest tier whose windows make up those asked for exactly, where it is less to read than raw. */
function tierFor(
  { catalog, clock, rawMs }: WindowSources,
  o: number,
  from: number,
  to: number,
  stepMs: number,
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
  from: number,
  stepMs: number,
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
