import { ROLLUP_TIERS, type RollupTier, TIER_MS } from '../layout.ts'
import type { Partial } from '../rollup.ts'
import type { Catalog } from './catalog.ts'
import type { Fleet } from './fleet.ts'
import { TIER_FIELDS } from './names.ts'
import { ask, type Points, type Sources } from './read.ts'
import type { SeriesState } from './state.ts'

const TIER_VALUES = { '/min': 'min', '/max': 'max', '/last': 'last' } as const

/** Is this tier kept for a series? None is finer than the series' own interval. */
export const isKept = ({ table }: Catalog, tier: RollupTier, o: number): boolean =>
  !((table.tierIntervalMs[o] as number) >= TIER_MS[tier])

/** Writes the summary of a window that is over, or was corrected. */
export function writeWindow(
  { catalog, fleet }: { readonly catalog: Catalog; readonly fleet: Fleet },
  tier: RollupTier,
  o: number,
  windowAt: number,
  p: Partial,
): void {
  const device = catalog.device[o] as number
  const { tags } = catalog.devices[device] as Catalog['devices'][number]
  const fields = (catalog.fields[catalog.field[o] as number] as Catalog['fields'][number]).tier
  const { MAX_VALUE } = Number
  const mean = Math.max(-MAX_VALUE, Math.min(MAX_VALUE, p.sum / p.count))
  for (const member of fleet.writersOf(catalog.slot[o] as number)) {
    const lines = member[tier]
    lines.begin(device, windowAt, tags)
    for (const [i, name] of TIER_FIELDS.entries()) {
      lines.put(fields[i] as Uint8Array)
      if (name === '/count') lines.integer(p.count)
      else if (name === '/notGood') lines.integer(p.notGood)
      else if (name === '/lastMs') lines.integer(p.lastAt - windowAt)
      else lines.float(name === '/mean' ? mean : p[TIER_VALUES[name]])
    }
  }
}

/** Takes a reading that is newer than all of its series into the open windows; writes the window that it ends. */
export function addToWindows(
  parts: { readonly catalog: Catalog; readonly fleet: Fleet; readonly state: SeriesState },
  o: number,
  at: number,
  value: number,
  quality: number,
): void {
  const { catalog, state } = parts
  for (const tier of ROLLUP_TIERS) {
    if (!isKept(catalog, tier, o)) continue
    const open = state.open[tier]
    const openAt = state.windowAt(tier, o)
    if (at >= openAt + TIER_MS[tier]) {
      writeWindow(parts, tier, o, openAt, state.openWindow(tier, o))
      open.count[o] = 0
    }
    open.add(o, value, quality)
  }
}

/** The windows of a tier that lie in `[from, to)`, by series and start; those still open are taken from memory. */
export async function readTier(
  sources: Sources & { readonly state: SeriesState },
  tier: RollupTier,
  ordinals: readonly number[],
  from: number,
  to: number,
): Promise<Map<number, Map<number, Partial>>> {
  const { state } = sources
  const open = ordinals.map((o) => [o, state.windowAt(tier, o), state.openWindow(tier, o)] as const)
  const out = await readWritten(sources, tier, ordinals, from, to)
  for (const [o, at, window] of open) {
    const windows = out.get(o) as Map<number, Partial>
    // What is written counts more than what was open: a window may have ended meanwhile.
    if (at >= from && at < to && !windows.has(at)) windows.set(at, window)
  }
  return out
}

/** The windows of a tier that lie in `[from, to)` and are over, by series and start. */
export async function readWritten(
  sources: Sources,
  tier: RollupTier,
  ordinals: readonly number[],
  from: number,
  to: number,
): Promise<Map<number, Map<number, Partial>>> {
  const out = new Map(ordinals.map((o) => [o, new Map<number, Partial>()]))
  const question = { bucket: sources.buckets[tier], measurement: tier, suffixes: TIER_FIELDS, from, to }
  for (const [o, generations] of await ask(sources, ordinals, question))
    for (const points of generations) if (points) addWindows(out.get(o) as Map<number, Partial>, points)
  return out
}

/** A newer generation counts more. */
function addWindows(windows: Map<number, Partial>, points: readonly Points[]): void {
  const [counts, means, mins, maxs, lasts, lastMs, notGood] = points.map(
    ({ at, value }) => new Map(at.map((t, i) => [t, value[i] as number])),
  ) as [...Array<Map<number, number>>] as Map<number, number>[]
  for (const [at, count] of counts ?? []) {
    const of = (column: Map<number, number> | undefined) => column?.get(at) ?? Number.NaN
    windows.set(at, {
      count,
      sum: of(means) * count,
      min: of(mins),
      max: of(maxs),
      last: of(lasts),
      lastAt: at + of(lastMs),
      notGood: of(notGood),
    })
  }
}
