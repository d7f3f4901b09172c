import { middleOf, type Registry } from '../live/registry.ts'
import { NO_SERIES } from '../live/situation.ts'

/** Assets of one place, or of several that stand too close to be told apart. */
export interface Cluster {
  readonly id: string
  readonly longitude: number
  readonly latitude: number
  /** Places in `registry.assets`. */
  readonly assets: readonly number[]
}

export interface ClusterFigures {
  readonly series: number
  readonly reporting: number
}

/** Discs of 30 px keep this distance from middle to middle, px. */
const DISTANCE_PX = 58

/**
 * One cluster per place that has reporting assets; of places that would touch, the larger takes the smaller in.
 * @param assetState of the situation: assets without series are left out
 * @param pixelsPerDegree how far apart a degree of longitude and of latitude are on the screen
 */
export function clusterByPlace(
  registry: Registry,
  assetState: Uint8Array,
  pixelsPerDegree: readonly [number, number],
): Cluster[] {
  const byPlace = new Map<string, number[]>()
  for (const [i, asset] of registry.assets.entries()) {
    if (assetState[i] === NO_SERIES) continue
    const there = byPlace.get(asset.placeId)
    if (there) there.push(i)
    else byPlace.set(asset.placeId, [i])
  }
  const all = [...byPlace].map(([placeId, assets]) => ({ id: placeId, assets, at: middle(registry, placeId, assets) }))
  all.sort((a, b) => b.assets.length - a.assets.length || (a.id < b.id ? -1 : 1))
  const clusters: { id: string; at: readonly [number, number]; assets: number[] }[] = []
  for (const one of all) {
    const near = clusters.find(
      ({ at }) =>
        Math.hypot((at[0] - one.at[0]) * pixelsPerDegree[0], (at[1] - one.at[1]) * pixelsPerDegree[1]) < DISTANCE_PX,
    )
    if (near) near.assets.push(...one.assets)
    else clusters.push({ ...one, assets: [...one.assets] })
  }
  return clusters.map(({ id, at, assets }) => ({ id, longitude: at[0], latitude: at[1], assets }))
}

export function clusterFigures(
  cluster: Cluster,
  seriesOf: readonly (readonly number[])[],
  assetReporting: Uint16Array,
): ClusterFigures {
  let series = 0
  let reporting = 0
  for (const asset of cluster.assets) {
    series += seriesOf[asset]!.length
    reporting += assetReporting[asset]!
  }
  return { series, reporting }
}

function middle(registry: Registry, placeId: string, assets: readonly number[]): readonly [number, number] {
  const place = registry.placeById.get(placeId)
  if (place && place.kind !== 'district' && place.kind !== 'zone') return middleOf(place.geometry)
  const sum = assets.reduce(
    ([x, y], i): [number, number] => [x + registry.assets[i]!.longitude, y + registry.assets[i]!.latitude],
    [0, 0] as [number, number],
  )
  return [sum[0] / assets.length, sum[1] / assets.length]
}
