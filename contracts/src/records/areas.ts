import type { Geometry, Place } from '../schemas/registry.ts'

type Position = readonly number[]
type Ring = readonly Position[]

/** Places that have an area, the smallest first, to find the one that a point lies in. */
export class Areas {
  readonly #areas: readonly Area[]

  constructor(places: readonly Place[]) {
    this.#areas = places.flatMap((place) => areaOf(place) ?? []).sort((a, b) => a.size - b.size)
  }

  /** The smallest place that holds the point and that `accept` takes. */
  around([x = 0, y = 0]: Position, accept: (place: Place) => boolean = () => true): Place | undefined {
    return this.#areas.find((area) => isInBox(area, x, y) && isIn(area.rings, x, y) && accept(area.place))?.place
  }
}

/** A point that stands for the geometry: itself, the middle of a line, the centroid of the largest ring. */
export function middleOf(geometry: Geometry): [longitude: number, latitude: number] {
  if (geometry.type === 'Point') return [geometry.coordinates[0] as number, geometry.coordinates[1] as number]
  if (geometry.type === 'LineString') {
    const [x = 0, y = 0] = geometry.coordinates[geometry.coordinates.length >> 1] ?? []
    return [x, y]
  }
  const outer = geometry.type === 'Polygon' ? [geometry.coordinates[0]] : geometry.coordinates.map((p) => p[0])
  const rings = outer.filter((ring) => ring !== undefined).sort((a, b) => Math.abs(areaOfRing(b)) - Math.abs(areaOfRing(a))) // biome-ignore format: one line
  return centroidOf(rings[0] ?? [])
}

interface Area {
  readonly place: Place
  readonly rings: readonly Ring[]
  readonly size: number
  readonly west: number
  readonly south: number
  readonly east: number
  readonly north: number
}

function areaOf(place: Place): Area | undefined {
  const { geometry } = place
  if (geometry.type !== 'Polygon' && geometry.type !== 'MultiPolygon') return undefined
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates
  const rings = polygons.flat()
  const box = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity }
  for (const [x = 0, y = 0] of rings.flat()) {
    box.west = Math.min(box.west, x)
    box.south = Math.min(box.south, y)
    box.east = Math.max(box.east, x)
    box.north = Math.max(box.north, y)
  }
  const size = polygons.reduce((sum, polygon) => sum + Math.abs(areaOfRing(polygon[0] ?? [])), 0)
  return { place, rings, size, ...box }
}

const isInBox = (a: Area, x: number, y: number): boolean => x >= a.west && x <= a.east && y >= a.south && y <= a.north

/** Even–odd over all rings, so that holes are outside. */
function isIn(rings: readonly Ring[], x: number, y: number): boolean {
  let inside = false
  for (const ring of rings)
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [xi = 0, yi = 0] = ring[i] as Position
      const [xj = 0, yj = 0] = ring[j] as Position
      if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside
    }
  return inside
}

/** Signed, in square degrees, half of it once more: good for comparing. */
function areaOfRing(ring: Ring): number {
  let sum = 0
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi = 0, yi = 0] = ring[i] as Position
    const [xj = 0, yj = 0] = ring[j] as Position
    sum += xj * yi - xi * yj
  }
  return sum / 2
}

function centroidOf(ring: Ring): [number, number] {
  const [x0 = 0, y0 = 0] = ring[0] ?? []
  let [sum, x, y] = [0, 0, 0]
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    // Relative to the first corner: the products of whole coordinates would drown the differences.
    const [xi, yi] = [(ring[i]?.[0] ?? 0) - x0, (ring[i]?.[1] ?? 0) - y0]
    const [xj, yj] = [(ring[j]?.[0] ?? 0) - x0, (ring[j]?.[1] ?? 0) - y0]
    const cross = xj * yi - xi * yj
    sum += cross
    x += (xi + xj) * cross
    y += (yi + yj) * cross
  }
  return sum === 0 ? [x0, y0] : [x0 + x / (3 * sum), y0 + y / (3 * sum)]
}
