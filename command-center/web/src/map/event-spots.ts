import type { EventView } from '@quartier/contracts/api'
import { EVENT_GROUPS, EVENT_KINDS, SEVERITIES } from '@quartier/contracts/events'
import { isNotable } from '../events/shapes.ts'
import { ON_MAP_MS } from '../events/use-events.ts'
import type { AssetBook } from '../live/asset-book.ts'
import type { EventSpot } from './layers/event-layer.ts'

/** Kinds of event that stand side by side at one spot, at most. */
const SIDE_BY_SIDE = 3
const SPOTS_MOST = 600

export const eventSymbol = (group: string, severity: string): string => `event-${group}-${severity}`

/** All symbols of events that there are. */
export const EVENT_SYMBOLS = EVENT_GROUPS.flatMap((group) => SEVERITIES.map((severity) => ({ group, severity })))

export interface FoundSpots {
  readonly spots: readonly EventSpot[]
  /** Assets whose position is not known yet. */
  readonly unknown: readonly string[]
}

type Position = readonly [longitude: number, latitude: number]

/**
 * What is drawn of the newest events: at each spot the last one of each group that has happened within the time.
 * @param events newest first @param close from afar only what is more than a piece of information is drawn
 * @param at where an event happened: `undefined` nowhere, a text an asset to look up
 * @param spanMs platform ms
 */
export function eventSpots(
  events: readonly EventView[],
  at: (event: EventView) => Position | string | undefined,
  now: number,
  close: boolean,
  spanMs: number = ON_MAP_MS,
): FoundSpots {
  const drawn = new Map<string, Set<string>>()
  const spots: EventSpot[] = []
  const unknown = new Set<string>()
  for (const event of events) {
    if (spots.length >= SPOTS_MOST) break
    const { kind, severity, measuredAt } = event
    if (now - measuredAt > spanMs || (!close && !isNotable(severity))) continue
    const position = at(event)
    if (typeof position === 'string') unknown.add(position)
    if (!position || typeof position === 'string') continue
    const spot = `${position[0]} ${position[1]}`
    const { group } = EVENT_KINDS[kind]
    const groups = drawn.get(spot) ?? new Set()
    if (groups.has(group) || groups.size >= SIDE_BY_SIDE) continue
    drawn.set(spot, groups)
    spots.push({ longitude: position[0], latitude: position[1], icon: eventSymbol(group, severity), nth: groups.size })
    groups.add(group)
  }
  return { spots, unknown: [...unknown] }
}

/** Where it happened: as the event says, else where its asset stands; the asset's id while that is not known. */
export function positionOf(
  { attributes, assetId }: EventView,
  book: Pick<AssetBook, 'get'>,
): Position | string | undefined {
  const { longitude, latitude } = attributes
  if (typeof longitude === 'number' && typeof latitude === 'number') return [longitude, latitude]
  if (assetId === null) return undefined
  const asset = book.get(assetId)
  if (asset === undefined) return assetId
  return asset ? [asset.longitude, asset.latitude] : undefined
}
