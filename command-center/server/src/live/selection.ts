import { hashed, hashText } from '@quartier/contracts'
import type { Scope } from '../access/scope.ts'
import type { SeriesTable } from './series-table.ts'
import type { ZoneIndex } from './zone-index.ts'

/** What somebody wants to watch; what is given must all hold. */
export interface Wanted {
  readonly zoneIds?: readonly string[]
  readonly bbox?: readonly [west: number, south: number, east: number, north: number]
  readonly keys?: readonly string[]
  /** Only assets of these numbers. */
  readonly assets?: ReadonlySet<number>
}

/**
 * The series that are wanted and may be seen, in the order of the table (of `keys` where given).
 * @returns the first `limit` places, and how many there are in all
 */
export function select(
  table: SeriesTable,
  index: ZoneIndex,
  scope: Scope,
  wanted: Wanted,
  limit: number,
): { places: Uint32Array; total: number } {
  index.update()
  const allowed = allowedZones(index.zones, scope, wanted.zoneIds)
  const { bbox, assets } = wanted
  const places: number[] = []
  let total = 0
  const consider = (place: number) => {
    if (!table.shown(place)) return
    const asset = table.asset[place] as number
    if (allowed[index.zone[asset] as number] === 0 || (assets && !assets.has(asset))) return
    if (bbox && !inside(bbox, index.longitude[asset] as number, index.latitude[asset] as number)) return
    total++
    if (places.length < limit) places.push(place)
  }
  if (wanted.keys) for (const place of placesOf(table, wanted.keys)) consider(place)
  else for (let place = 0; place < table.length; place++) consider(place)
  return { places: Uint32Array.from(places), total }
}

/** 1 or 0 by zone number; number 0 stands for what lies in no zone. */
export function allowedZones(zones: readonly string[], scope: Scope, zoneIds?: readonly string[]): Uint8Array {
  const wanted = zoneIds && new Set(zoneIds)
  const allowed = new Uint8Array(zones.length + 1)
  allowed[0] = scope.zones === undefined && !wanted ? 1 : 0
  zones.forEach((id, i) => {
    allowed[i + 1] = scope.sees(id) && (!wanted || wanted.has(id)) ? 1 : 0
  })
  return allowed
}

/** Places of keys that are known, each once. */
function placesOf(table: SeriesTable, keys: readonly string[]): Set<number> {
  const places = new Set<number>()
  for (const key of keys) {
    hashText(key)
    const place = table.find(hashed.lo, hashed.hi)
    if (place >= 0) places.add(place)
  }
  return places
}

const inside = (box: readonly number[], x: number, y: number): boolean =>
  x >= (box[0] as number) && y >= (box[1] as number) && x <= (box[2] as number) && y <= (box[3] as number)
