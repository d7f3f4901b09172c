import type { Clock } from '../../runtime/clock.ts'
import type { SeriesId } from '../../series/id.ts'
import { type RollupTier, TIER_MS } from '../layout.ts'
import type { Windows } from '../port.ts'
import type { Partial } from '../rollup.ts'
import { readNewest, readRaw, type Sources } from './read.ts'
import { isKept, readWritten } from './tiers.ts'
import { foldReadings, foldWindows, gatherWindows, type PutWindow, tierFor, type WindowSpan } from './windows.ts'

interface ReaderSources extends Sources {
  readonly clock: Clock
  readonly rawMs: number
}

type Tier = RollupTier | 'raw'

/** A part of the time asked for that is read from one tier. */
interface Stretch {
  readonly tier: Tier
  readonly from: number
  readonly to: number
}

/**
 * Summaries of each series for somebody who does not write the store: the window that holds the newest reading of a
 * series is in its writer's memory and not among the tiers yet, so that the end of each series is computed from what
 * is finer.
 */
export function readWindowsOutside(
  sources: ReaderSources,
  ids: readonly SeriesId[],
  span: WindowSpan,
): Promise<Windows> {
  return gatherWindows(sources, ids, span, (ordinals, put) => fill(sources, ordinals, span, put))
}

async function fill(
  sources: ReaderSources,
  ordinals: readonly number[],
  span: WindowSpan,
  put: PutWindow,
): Promise<void> {
  const tiers = new Map(ordinals.map((o) => [o, tierFor(sources, o, span)]))
  const summed = ordinals.filter((o) => tiers.get(o) !== 'raw')
  const newest = await readNewest(sources, summed, span.from, span.to)
  const plan = new Map<string, { readonly stretch: Stretch; readonly ordinals: number[] }>()
  for (const o of ordinals)
    for (const stretch of stretchesOf(sources, o, tiers.get(o) as Tier, span, newest.get(o)?.at)) {
      const name = `${stretch.tier} ${stretch.from} ${stretch.to}`
      const known = plan.get(name)
      if (known) known.ordinals.push(o)
      else plan.set(name, { stretch, ordinals: [o] })
    }
  const pieces = new Map<number, [at: number, p: Partial][]>(ordinals.map((o) => [o, []]))
  for (const { stretch, ordinals: some } of plan.values())
    await readStretch(sources, stretch, some, span, (o, at, p) => pieces.get(o)?.push([at, p]))
  for (const [o, found] of pieces) foldWindows(found, span, (w, p) => put(o, w, p))
}

/** From which tier each part of the time asked for is read, oldest first; `newestAt` is the series' newest reading in it. */
export function stretchesOf(
  { catalog }: Pick<Sources, 'catalog'>,
  o: number,
  tier: Tier,
  { from, to }: WindowSpan,
  newestAt: number | undefined,
): Stretch[] {
  if (tier === 'raw' || newestAt === undefined) return [{ tier, from, to }]
  // A window that is just over may be on its way still: what is a minute older than the newest reading is there.
  const overIn = (ms: number) => Math.max(from, Math.floor((newestAt - TIER_MS.minute) / ms) * ms)
  const minutes = isKept(catalog, 'minute', o) ? overIn(TIER_MS.minute) : undefined
  const stretches: Stretch[] = []
  if (tier === 'minute') stretches.push({ tier, from, to: minutes as number })
  else {
    const hours = overIn(TIER_MS.hour)
    stretches.push({ tier, from, to: hours })
    if (minutes !== undefined) stretches.push({ tier: 'minute', from: hours, to: minutes })
  }
  const end = stretches.at(-1)?.to ?? from
  return [...stretches, { tier: 'raw' as const, from: end, to }].filter((s) => s.from < s.to)
}

async function readStretch(
  sources: ReaderSources,
  { tier, from, to }: Stretch,
  ordinals: readonly number[],
  { from: origin, stepMs }: WindowSpan,
  take: (ordinal: number, at: number, p: Partial) => void,
): Promise<void> {
  if (tier === 'raw') {
    const steps = { from: origin, to, stepMs }
    for (const [o, readings] of await readRaw(sources, ordinals, from, to))
      foldReadings(readings, steps, (w, p) => take(o, origin + w * stepMs + stepMs - 1, p))
    return
  }
  for (const [o, windows] of await readWritten(sources, tier, ordinals, from, to))
    for (const [at, p] of windows) take(o, at, p)
}
