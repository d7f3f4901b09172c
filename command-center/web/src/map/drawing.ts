import type { PlaceNode, Registry } from '../live/registry.ts'
import { paving, trees } from './texture.ts'

type Point = readonly [number, number]
type Ring = readonly (readonly number[])[]

/** One drawn shape: `part` says which layer draws it, `w` is a line's width in metres. */
export interface Shape {
  readonly type: 'Feature'
  readonly geometry:
    | { readonly type: 'Polygon'; readonly coordinates: readonly Ring[] }
    | { readonly type: 'LineString'; readonly coordinates: Ring }
    | { readonly type: 'Point'; readonly coordinates: readonly number[] }
  readonly properties: { readonly part: string; readonly w?: number; readonly order?: number }
}

/** A building's roof is shifted by this share of its height: to the north, and a little to the west. */
const NORTH_SHIFT = 0.24
const WEST_SHIFT = 0.1
const STREET_WIDTH_M = 12
const METRES_PER_DEGREE = 111_320

/** The district as shapes, ready to be filled and stroked. */
export function drawDistrict(registry: Registry): Shape[] {
  const shapes: Shape[] = []
  const buildings = registry.places.filter((place) => place.kind === 'building')
  for (const place of registry.places) shapes.push(...drawGround(place))
  // North first, so that a roof in front covers what lies behind it.
  const northFirst = buildings
    .map((place) => ({ place, south: Math.min(...polygonsOf(place).flatMap((rings) => rings[0]!.map((p) => p[1]!))) }))
    .sort((a, b) => b.south - a.south)
  for (const [order, { place }] of northFirst.entries()) shapes.push(...drawBuilding(place, order))
  return shapes
}

/** A place whose look follows its state; its number is its place in the registry. */
export interface LiveShape {
  readonly type: 'Feature'
  readonly id: number
  readonly geometry: PlaceNode['geometry']
  readonly properties: { readonly kind: string; readonly w: number }
}

/** What is drawn of places as they are now: streets, open spaces, zones, and of buildings the roof. */
export function liveShapes(registry: Registry): LiveShape[] {
  return registry.places.flatMap((place, id) => {
    const { kind, geometry, widthM } = place
    if (kind === 'district' || kind === 'tramline' || kind === 'water') return []
    const shape = kind === 'building' ? roofOf(place) : geometry
    return [{ type: 'Feature', id, geometry: shape, properties: { kind, w: widthM || STREET_WIDTH_M } }]
  })
}

function roofOf(place: PlaceNode): PlaceNode['geometry'] {
  const polygons = polygonsOf(place)
  const latitude = polygons[0]?.[0]?.[0]?.[1]
  if (latitude === undefined) return place.geometry
  const raise = raised(place.heightM || 9, latitude)
  const coordinates = polygons.map((rings) => rings.map((ring) => ring.map((p) => [...raise(p as unknown as Point)])))
  return { type: 'MultiPolygon', coordinates }
}

function drawGround(place: PlaceNode): Shape[] {
  const { kind, geometry, widthM } = place
  if (geometry.type === 'LineString') {
    if (kind === 'tramline') return [line('tram', geometry.coordinates, 3.2)]
    if (kind === 'water') return [line('canal', geometry.coordinates, widthM || STREET_WIDTH_M)]
    return [line('street', geometry.coordinates, widthM || STREET_WIDTH_M)]
  }
  const polygons = polygonsOf(place)
  const filled = (part: string) => polygons.map((rings) => polygon(part, rings))
  const edges = (part: string) => polygons.flatMap((rings) => rings.map((ring) => line(part, ring)))
  switch (kind) {
    case 'district':
      return [...filled('ground'), ...edges('boundary')]
    case 'zone':
      // A zone that lies in no district is all there is of its site.
      return place.parentId === null ? edges('boundary') : []
    case 'street':
      return filled('street-area')
    case 'square':
      return [...filled('square'), ...pave(polygons, 9, 9), ...edges('square-edge')]
    case 'carpark':
      return [...filled('square'), ...pave(polygons, 2.6, Number.POSITIVE_INFINITY), ...edges('square-edge')]
    case 'park':
      return [...filled('park'), ...polygons.flatMap((rings) => trees(rings, place.id).map(tree))]
    case 'water':
      return [...filled('water'), ...edges('shore')]
    default:
      return []
  }
}

function drawBuilding(place: PlaceNode, order: number): Shape[] {
  const height = place.heightM || 9
  return polygonsOf(place).flatMap((rings) => {
    const raise = raised(height, rings[0]![0]![1]!)
    const walls = rings.flatMap((ring) => wallsOf(ring, raise, order))
    const roof = polygon(
      'roof',
      rings.map((ring) => ring.map((p) => raise(p as unknown as Point))),
      order,
    )
    const parapet =
      roof.geometry.type === 'Polygon' ? roof.geometry.coordinates.map((ring) => line('parapet', ring)) : []
    return [polygon('plot', rings, order), ...walls, roof, ...parapet]
  })
}

/** One quad per edge; the two tones tell walls that face south from those that face the sides. */
function wallsOf(ring: Ring, raise: (p: Point) => Point, order: number): Shape[] {
  return ring.slice(1).map((to, i) => {
    const a = ring[i] as unknown as Point
    const b = to as unknown as Point
    const part = Math.abs(b[0] - a[0]) > Math.abs(b[1] - a[1]) ? 'wall-a' : 'wall-b'
    return polygon(part, [[a, b, raise(b), raise(a), a]], order)
  })
}

/** Moves a point from the ground to the roof. @param height metres */
function raised(height: number, latitude: number): (p: Point) => Point {
  const north = (NORTH_SHIFT * height) / METRES_PER_DEGREE
  const west = (WEST_SHIFT * height) / (METRES_PER_DEGREE * Math.cos((latitude * Math.PI) / 180))
  return ([x, y]) => [x - west, y + north]
}

const pave = (polygons: readonly (readonly Ring[])[], across: number, along: number): Shape[] =>
  polygons.flatMap((rings) => paving(rings[0]!, across, along).map((segment) => line('paving', segment)))

export function polygonsOf(place: PlaceNode): readonly (readonly Ring[])[] {
  if (place.geometry.type === 'Polygon') return [place.geometry.coordinates]
  return place.geometry.type === 'MultiPolygon' ? place.geometry.coordinates : []
}

const polygon = (part: string, coordinates: readonly Ring[], order?: number): Shape => ({
  type: 'Feature',
  geometry: { type: 'Polygon', coordinates },
  properties: order === undefined ? { part } : { part, order },
})

const line = (part: string, coordinates: Ring, w?: number): Shape => ({
  type: 'Feature',
  geometry: { type: 'LineString', coordinates },
  properties: w === undefined ? { part } : { part, w },
})

const tree = ({ at, radiusM }: { at: Point; radiusM: number }): Shape => ({
  type: 'Feature',
  geometry: { type: 'Point', coordinates: at },
  properties: { part: 'tree', w: radiusM },
})
