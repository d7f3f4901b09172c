import type { DistrictView, TileAsset } from '@quartier/contracts/api'
import type { Place } from '@quartier/contracts/schemas'

export type PlaceNode = Place & { readonly zoneId: string | null }
/** An asset as maps and lists need it; what only its card tells is asked for by itself. */
export type AssetNode = TileAsset & { readonly zoneId: string | null }
/** west, south, east, north */
export type Bounds = readonly [number, number, number, number]

/** The district's places with the ways between them. */
export interface Registry {
  readonly places: readonly PlaceNode[]
  readonly placeById: ReadonlyMap<string, PlaceNode>
  readonly district: PlaceNode | undefined
  readonly zones: readonly PlaceNode[]
  /** What the whole-district view must show; `undefined` when nothing has a position. */
  readonly bounds: Bounds | undefined
}

export const emptyRegistry: Registry = createRegistry({ type: 'FeatureCollection', bbox: null, features: [] })

export function createRegistry(view: DistrictView): Registry {
  const places: PlaceNode[] = []
  for (const { geometry, properties } of view.features) {
    if (properties.type !== 'place') continue
    const { type: _, ...place } = properties
    places.push({ ...place, geometry })
  }
  const district = places.find((place) => place.kind === 'district')
  return {
    places,
    placeById: new Map(places.map((place) => [place.id, place])),
    district,
    zones: places.filter((place) => place.kind === 'zone'),
    bounds: district ? boundsOf(district.geometry) : ((view.bbox as Bounds | null) ?? undefined),
  }
}

/** The place and those it lies in, innermost first. */
export function placePath(registry: Registry, placeId: string | null): PlaceNode[] {
  const path: PlaceNode[] = []
  let at = placeId
  while (at !== null && path.length < 8) {
    const place = registry.placeById.get(at)
    if (!place) break
    path.push(place)
    at = place.parentId
  }
  return path
}

export const isGateway = (asset: { readonly kind: string }): boolean => /gateway/i.test(asset.kind)

export function boundsOf(geometry: Place['geometry']): Bounds {
  const bounds: [number, number, number, number] = [180, 90, -180, -90]
  for (const [x, y] of positionsOf(geometry)) {
    bounds[0] = Math.min(bounds[0], x!)
    bounds[1] = Math.min(bounds[1], y!)
    bounds[2] = Math.max(bounds[2], x!)
    bounds[3] = Math.max(bounds[3], y!)
  }
  return bounds
}

/** Every position of a geometry, outer rings first. */
export function positionsOf(geometry: Place['geometry']): readonly (readonly number[])[] {
  if (geometry.type === 'Point') return [geometry.coordinates]
  if (geometry.type === 'LineString') return geometry.coordinates
  if (geometry.type === 'Polygon') return geometry.coordinates.flat()
  return geometry.coordinates.flat(2)
}

/** The middle of a geometry's extent: good enough to put a mark on. */
export function middleOf(geometry: Place['geometry']): [number, number] {
  if (geometry.type === 'LineString') {
    const middle = geometry.coordinates[Math.floor((geometry.coordinates.length - 1) / 2)]!
    const next = geometry.coordinates[Math.ceil((geometry.coordinates.length - 1) / 2)]!
    return [(middle[0]! + next[0]!) / 2, (middle[1]! + next[1]!) / 2]
  }
  const [west, south, east, north] = boundsOf(geometry)
  return [(west + east) / 2, (south + north) / 2]
}
