import type { Asset, Place } from '@quartier/contracts'
import type { RegistryStore } from '@quartier/contracts/records'

const PAGE = 5000
const ORDER = ['district', 'zone', 'park', 'water', 'square', 'street', 'tramline', 'carpark', 'building']

/** The places and assets of the district and how they hang together; a value, replaced whole when the registry changes. */
export interface District {
  /** Largest kinds first, as they are drawn. */
  readonly places: readonly Place[]
  readonly assets: readonly Asset[]
  readonly zones: readonly Place[]
  place(id: string): Place | undefined
  asset(id: string): Asset | undefined
  zoneOfPlace(placeId: string): string | undefined
  zoneOfAsset(assetId: string): string | undefined
  /** Assets whose topology parent this is. */
  children(assetId: string): readonly Asset[]
  /** All that hangs on the asset in the topology, level by level. */
  below(assetId: string): readonly { readonly asset: Asset; readonly depth: number }[]
  /** Topology parents, nearest first; ends at a loop. */
  parents(assetId: string): readonly Asset[]
  /** Whether the place is `within`, or lies in it. */
  lies(placeId: string, within: string): boolean
}

export function createDistrict(allPlaces: readonly Place[], assets: readonly Asset[]): District {
  const places = [...allPlaces].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))
  const placeById = new Map(places.map((p) => [p.id, p]))
  const assetById = new Map(assets.map((a) => [a.id, a]))
  const childrenOf = Map.groupBy(
    assets.filter((a) => a.parentId !== null),
    (a) => a.parentId as string,
  )
  const zoneByPlace = new Map(places.map((p) => [p.id, findZone(p, placeById)]))
  return {
    places,
    assets,
    zones: places.filter((p) => p.kind === 'zone'),
    place: (id) => placeById.get(id),
    asset: (id) => assetById.get(id),
    zoneOfPlace: (id) => zoneByPlace.get(id),
    zoneOfAsset: (id) => zoneByPlace.get(assetById.get(id)?.placeId ?? ''),
    children: (id) => childrenOf.get(id) ?? [],
    below: (id) => topologyBelow(id, childrenOf),
    parents: (id) => topologyParents(id, assetById),
    lies: (id, within) => upwards(placeById.get(id), placeById).some((p) => p.id === within),
  }
}

/** Reads places and all assets, page by page. */
export async function loadDistrict(registry: RegistryStore): Promise<District> {
  const places = await registry.places()
  const assets: Asset[] = []
  for (;;) {
    const page = await registry.assets({ limit: PAGE, after: assets.at(-1)?.id })
    for (const asset of page) assets.push(asset)
    if (page.length < PAGE) return createDistrict(places, assets)
  }
}

/** The place and those it lies in, nearest first; ends at a loop. */
function upwards(place: Place | undefined, byId: ReadonlyMap<string, Place>): Place[] {
  const chain: Place[] = []
  for (let p = place; p && !chain.includes(p); p = byId.get(p.parentId ?? '')) chain.push(p)
  return chain
}

const findZone = (place: Place, byId: ReadonlyMap<string, Place>): string | undefined =>
  upwards(place, byId).find((p) => p.kind === 'zone')?.id

function topologyParents(id: string, byId: ReadonlyMap<string, Asset>): Asset[] {
  const chain: Asset[] = []
  const start = byId.get(id)
  for (let a = byId.get(start?.parentId ?? ''); a && a !== start && !chain.includes(a); a = byId.get(a.parentId ?? ''))
    chain.push(a)
  return chain
}

function topologyBelow(id: string, childrenOf: ReadonlyMap<string, readonly Asset[]>) {
  const seen = new Set([id])
  const found: { asset: Asset; depth: number }[] = []
  for (let level = [id], depth = 1; level.length > 0; depth++) {
    const next = level.flatMap((above) => childrenOf.get(above) ?? []).filter((asset) => !seen.has(asset.id))
    for (const asset of next) {
      seen.add(asset.id)
      found.push({ asset, depth })
    }
    level = next.map((asset) => asset.id)
  }
  return found
}
