import type { Asset, Geometry, Place } from '@quartier/contracts'
import type { DistrictView } from '@quartier/contracts/api'
import type { Scope } from '../access/scope.ts'
import type { District } from './district.ts'

type Feature = DistrictView['features'][number]

/** The part of the district that `scope` sees, as GeoJSON. Places that hold the zones are seen by everybody. */
export function toGeoJson(district: District, scope: Scope, withAssets: boolean): DistrictView {
  const places = district.places.filter((p) => p.kind === 'district' || scope.sees(district.zoneOfPlace(p.id)))
  const features = places.map((p) => placeFeature(p, district))
  if (withAssets)
    for (const asset of district.assets) {
      const zoneId = district.zoneOfAsset(asset.id)
      if (scope.sees(zoneId)) features.push(assetFeature(asset, zoneId))
    }
  return { type: 'FeatureCollection', bbox: bboxOf(places.map((p) => p.geometry)), features }
}

function placeFeature(place: Place, district: District): Feature {
  const { geometry, ...properties } = place
  return {
    type: 'Feature',
    id: `place:${place.id}`,
    geometry,
    properties: { type: 'place', ...properties, zoneId: district.zoneOfPlace(place.id) ?? null },
  }
}

function assetFeature(asset: Asset, zoneId: string | undefined): Feature {
  const { longitude, latitude, ...properties } = asset
  return {
    type: 'Feature',
    id: `asset:${asset.id}`,
    geometry: { type: 'Point', coordinates: [longitude, latitude] },
    properties: { type: 'asset', ...properties, zoneId: zoneId ?? null },
  }
}

export type Bbox = [west: number, south: number, east: number, north: number]

/** The smallest box around the geometries, `null` without any. */
export function bboxOf(geometries: readonly Geometry[]): Bbox | null {
  const box: Bbox = [Infinity, Infinity, -Infinity, -Infinity]
  for (const geometry of geometries) widen(box, geometry.coordinates)
  return box[0] === Infinity ? null : box
}

type Coordinates = readonly (number | Coordinates)[]

function widen(box: Bbox, coordinates: Coordinates): void {
  const [x, y] = coordinates
  if (typeof x !== 'number' || typeof y !== 'number') {
    for (const inner of coordinates) widen(box, inner as Coordinates)
    return
  }
  box[0] = Math.min(box[0], x)
  box[1] = Math.min(box[1], y)
  box[2] = Math.max(box[2], x)
  box[3] = Math.max(box[3], y)
}
