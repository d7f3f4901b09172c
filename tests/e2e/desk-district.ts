import type { AssetPage, DistrictView, SearchView } from '@quartier/contracts/api'
import type { Asset, DistrictModel, Place } from '@quartier/contracts/schemas'

/** What the fixture answers about its district: straight from the model. */

export type Zones = (placeId: string | null) => string | null

export const foundOf = ({ craft: _, contractor: __, statutoryClass: ___, ...asset }: Asset, zoneOf: Zones) => ({
  ...asset,
  zoneId: zoneOf(asset.placeId),
})

/** Assets and series that carry all the words. */
export function searched({ assets, series }: DistrictModel, query: URLSearchParams, zoneOf: Zones): SearchView {
  const words = (query.get('text') ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  const [kind, property] = [query.get('kind'), query.get('property')]
  const fits = (...texts: string[]) => words.every((word) => texts.join(' ').toLowerCase().includes(word))
  const byId = new Map(assets.map((asset) => [asset.id, asset]))
  const found = assets.filter((a) => (!kind || a.kind === kind) && !property && fits(a.id, a.name, a.nameAr))
  const rest = series.filter((s) => {
    const asset = byId.get(s.assetId ?? '')
    const meant = (!kind || asset?.kind === kind) && (!property || s.property === property)
    return meant && fits(s.key, asset?.name ?? '')
  })
  return {
    assets: found.slice(0, 12).map((asset) => foundOf(asset, zoneOf)),
    series: rest.slice(0, 12).map(({ key, property, unit, assetId }) => {
      const asset = byId.get(assetId ?? '')
      return { key, property, unit, asset: asset ? foundOf(asset, zoneOf) : null }
    }),
  }
}

export function assetPage({ assets, places }: DistrictModel, id: string, zoneOf: Zones): AssetPage | undefined {
  const asset = assets.find((one) => one.id === id)
  if (!asset) return undefined
  const byId = new Map(assets.map((one) => [one.id, one]))
  const parents: Asset[] = []
  for (let at = byId.get(asset.parentId ?? ''); at; at = byId.get(at.parentId ?? '')) parents.push(at)
  const below = assets.filter(({ parentId }) => parentId === id).map((one) => ({ asset: one, depth: 1 }))
  return {
    asset,
    place: places.find((place) => place.id === asset.placeId) ?? null,
    zone: places.find((place) => place.id === zoneOf(asset.placeId)) ?? null,
    topology: { parents, below, assets: below.length },
    versions: [],
  }
}

export function districtView({ places }: DistrictModel): DistrictView {
  const zoneOf = zoneFinder(places)
  return {
    type: 'FeatureCollection',
    bbox: null,
    features: [
      ...places.map(({ geometry, ...place }) => ({
        type: 'Feature' as const,
        id: `place:${place.id}`,
        geometry,
        properties: { type: 'place' as const, zoneId: zoneOf(place.id), ...place },
      })),
    ],
  }
}

export function zoneFinder(places: readonly Place[]): Zones {
  const byId = new Map(places.map((place) => [place.id, place]))
  return (placeId) => {
    let place = placeId === null ? undefined : byId.get(placeId)
    while (place && place.kind !== 'zone') place = place.parentId === null ? undefined : byId.get(place.parentId)
    return place?.id ?? null
  }
}
