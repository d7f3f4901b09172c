import type { EventView } from '@quartier/contracts/api'
import { EVENT_GROUPS, EVENT_KINDS, SEVERITIES } from '@quartier/contracts/events'
import { isNotable } from '../events/shapes.ts'
import { ON_MAP_MS } from '../events/use-events.ts'
import type { Registry } from '../live/registry.ts'
import type { EventSpot } from './layers/event-layer.ts'

/** Kinds of event that stand side by side at one spot, at most. */
const SIDE_BY_SIDE = 3
const SPOTS_MOST = 600

export const eventSymbol = (group: string, severity: string): string => `event-${group}-${severity}`

/** All symbols of events that there are. */
export const EVENT_SYMBOLS = EVENT_GROUPS.flatMap((group) => SEVERITIES.map((severity) => ({ group, severity })))

/**
 * What is drawn of the newest events: at each spot the last one of each group that has happened within the time.
 * @param events newest first @param close from afar only what is more than a piece of information is drawn
 * @param spanMs platform ms
 */
export function eventSpots(
  events: readonly EventView[],
  registry: Registry,
  now: number,
  close: boolean,
  spanMs: number = ON_MAP_MS,
): EventSpot[] {
  const drawn = new Map<string, Set<string>>()
  const spots: EventSpot[] = []
  for (const event of events) {
    if (spots.length >= SPOTS_MOST) break
    const { kind, severity, measuredAt } = event
    if (now - measuredAt > spanMs || (!close && !isNotable(severity))) continue
    const at = positionOf(event, registry)
    if (!at) continue
    const spot = `${at[0]} ${at[1]}`
    const { group } = EVENT_KINDS[kind]
    const groups = drawn.get(spot) ?? new Set()
    if (groups.has(group) || groups.size >= SIDE_BY_SIDE) continue
    drawn.set(spot, groups)
    spots.push({ longitude: at[0], latitude: at[1], icon: eventSymbol(group, severity), nth: groups.size })
    groups.add(group)
  }
  return spots
}

/** Where it happened: as the event says, else where its asset stands. */
export function positionOf(
  { attributes, assetId }: EventView,
  registry: Registry,
): readonly [number, number] | undefined {
  const { longitude, latitude } = attributes
  if (typeof longitude === 'number' && typeof latitude === 'number') return [longitude, latitude]
  const asset = assetId === null ? undefined : registry.assetById.get(assetId)
  return asset && [asset.longitude, asset.latitude]
}
