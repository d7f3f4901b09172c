import type { Place } from '@quartier/contracts/schemas'
import { createRandom, mix } from '../random.ts'
import { DAY_MS, dayNumber, startOfDay } from './calendar.ts'
import type { WorldSettings } from './settings.ts'
import { clamp } from './sky.ts'

/** Something that goes wrong in a place for a while. */
export interface Incident {
  readonly kind: 'crash' | 'leak' | 'power-cut'
  /** The street, the building or the zone. */
  readonly placeId: string
  readonly startsAt: number
  readonly endsAt: number
  /** 0 … 1. */
  readonly severity: number
}

/** What incidents do to one place at an instant. */
export interface Trouble {
  /** Share of a street's capacity that is gone, 0 … 1. */
  readonly blocked: number
  /** Water that runs away in a building, m³/h. */
  readonly leak: number
  readonly power: boolean
}

export const NO_TROUBLE: Trouble = { blocked: 0, leak: 0, power: true }

export interface Incidents {
  /** The trouble of a place; the same object when there is none. */
  troubleAt(place: Place, at: number): Trouble
  between(from: number, to: number): Incident[]
  /** Streets that a crash slows: the own one at once, its neighbours minutes later. */
  spread(incident: Incident): { readonly placeId: string; readonly fromAt: number; readonly toAt: number }[]
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** How much of a street's trouble its neighbours have, by the number of corners between; and how much later. */
const SPREAD = [0.75, 0.5, 0.25]
const HOP_MS = 5 * MINUTE
/** In the whole district in a day. */
const A_DAY = { crash: 0.9, leak: 0.35, 'power-cut': 0.03 } as const

export function createIncidents(seed: number, places: readonly Place[], settings: WorldSettings): Incidents {
  const streets = places.filter((p) => p.kind === 'street')
  const buildings = places.filter((p) => p.kind === 'building')
  const zones = places.filter((p) => p.kind === 'zone')
  const hops = hopsBetween(streets)
  const kept = new Map<number, readonly Incident[]>()
  const onDay = (day: number): readonly Incident[] => {
    const known = kept.get(day)
    if (known) return known
    if (kept.size > 16) kept.clear()
    const drawn = [
      ...draw('crash', streets, mix(seed, 0x637261), day, settings),
      ...draw('leak', buildings, mix(seed, 0x6c6561), day, settings),
      ...draw('power-cut', zones, mix(seed, 0x706f77), day, settings),
    ]
    kept.set(day, drawn)
    return drawn
  }
  let stampedDay = Number.NaN
  let current: readonly Incident[] = []
  const around = (at: number): readonly Incident[] => {
    const day = dayNumber(at)
    if (day !== stampedDay) {
      current = [...onDay(day - 1), ...onDay(day)]
      stampedDay = day
    }
    return current
  }
  return {
    troubleAt: (place, at) => {
      let [blocked, leak, power] = [0, 0, true]
      for (const i of around(at)) {
        if (at < i.startsAt || at > i.endsAt + HOUR) continue
        if (i.kind === 'crash') blocked = Math.max(blocked, blockedBy(i, hops.get(i.placeId)?.get(place.id), at))
        else if (at > i.endsAt) continue
        else if (i.kind === 'leak' && i.placeId === place.id) leak = 2 + 10 * i.severity
        else if (i.kind === 'power-cut' && (i.placeId === place.parentId || i.placeId === place.id)) power = false
      }
      return blocked > 0 || leak > 0 || !power ? { blocked, leak, power } : NO_TROUBLE
    },
    between: (from, to) => {
      const days = Math.ceil((to - from) / DAY_MS) + 2
      return Array.from({ length: days }, (_, n) => onDay(dayNumber(from) - 1 + n))
        .flat()
        .filter((i) => i.endsAt > from && i.startsAt < to)
        .sort((a, b) => a.startsAt - b.startsAt)
    },
    spread: (incident) =>
      incident.kind !== 'crash'
        ? [{ placeId: incident.placeId, fromAt: incident.startsAt, toAt: incident.endsAt }]
        : [...(hops.get(incident.placeId) ?? [])]
            .filter(([, hop]) => hop < SPREAD.length)
            .map(([placeId, hop]) => ({
              placeId,
              fromAt: incident.startsAt + hop * HOP_MS,
              toAt: incident.endsAt + (hop + 2) * HOP_MS,
            })),
  }
}

function blockedBy(i: Incident, hop: number | undefined, at: number): number {
  const share = hop === undefined ? undefined : SPREAD[hop]
  if (share === undefined) return 0
  const since = at - (i.startsAt + hop! * HOP_MS)
  const after = at - (i.endsAt + hop! * HOP_MS)
  return share * i.severity * clamp(since / (4 * MINUTE), 0, 1) * clamp(1 - after / (12 * MINUTE), 0, 1)
}

function draw(
  kind: Incident['kind'],
  places: readonly Place[],
  seed: number,
  day: number,
  settings: WorldSettings,
): Incident[] {
  if (places.length === 0) return []
  const random = createRandom(mix(seed, day))
  const mean = A_DAY[kind] * settings.incidents
  const count = Math.floor(mean) + (random.next() < mean % 1 ? 1 : 0)
  return Array.from({ length: count }, () => {
    const place = random.pick(places)
    // Crashes happen when there is traffic; the rest at any hour.
    const hour = kind === 'crash' ? 6.5 + 15 * random.next() : 24 * random.next()
    const severity = random.between(0.35, 1)
    const startsAt = Math.round(startOfDay(day) + hour * HOUR)
    const minutes = kind === 'leak' ? 60 + 400 * severity : 15 + 55 * severity
    return { kind, placeId: place.id, startsAt, endsAt: Math.round(startsAt + minutes * MINUTE), severity }
  })
}

/** Corners between streets that meet or cross, up to the reach of a crash. */
function hopsBetween(streets: readonly Place[]): Map<string, Map<string, number>> {
  const near = new Map(streets.map((a) => [a.id, streets.filter((b) => b !== a && meet(a, b)).map((b) => b.id)]))
  return new Map(
    streets.map(({ id }) => {
      const found = new Map([[id, 0]])
      let edge = [id]
      for (let hop = 1; hop < SPREAD.length; hop++) {
        edge = edge.flatMap((from) => near.get(from)!).filter((to) => !found.has(to))
        for (const to of edge) found.set(to, hop)
      }
      return [id, found] as const
    }),
  )
}

type Point = readonly number[]
/** About 20 m, in degrees of latitude. */
const TOUCH = 0.000_18

function meet(a: Place, b: Place): boolean {
  const [p, q] = [pointsOf(a), pointsOf(b)]
  for (let i = 1; i < p.length; i++)
    for (let j = 1; j < q.length; j++)
      if (cross(p[i - 1]!, p[i]!, q[j - 1]!, q[j]!) || near(p[i - 1]!, p[i]!, q[j - 1]!, q[j]!)) return true
  return false
}

const pointsOf = (street: Place): readonly Point[] =>
  street.geometry.type === 'LineString' ? street.geometry.coordinates : []

const side = (a: Point, b: Point, c: Point): number =>
  (b[0]! - a[0]!) * (c[1]! - a[1]!) - (b[1]! - a[1]!) * (c[0]! - a[0]!)

const cross = (a: Point, b: Point, c: Point, d: Point): boolean =>
  side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0

/** An end of one line touches the other. */
const near = (a: Point, b: Point, c: Point, d: Point): boolean =>
  [a, b].some((p) => toSegment(p, c, d) < TOUCH) || [c, d].some((p) => toSegment(p, a, b) < TOUCH)

function toSegment(p: Point, a: Point, b: Point): number {
  const [dx, dy] = [b[0]! - a[0]!, b[1]! - a[1]!]
  const t = clamp(((p[0]! - a[0]!) * dx + (p[1]! - a[1]!) * dy) / (dx * dx + dy * dy || 1), 0, 1)
  return Math.hypot(p[0]! - a[0]! - t * dx, p[1]! - a[1]! - t * dy)
}
