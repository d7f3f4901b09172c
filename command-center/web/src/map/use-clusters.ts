import { useMemo, useRef } from 'react'
import type { Registry } from '../live/registry.ts'
import type { Situation } from '../live/situation.ts'
import { pixelsPerDegree } from './camera.ts'
import { clusterByPlace, clusterFigures } from './clusters.ts'
import type { ClusterMark } from './layers/cluster-layers.ts'
import type { MapView } from './use-map.ts'

/** Half the room that the tag of a selection takes, px. */
const TAG_PX = { across: 92, from: 8, to: 84 }

/** A cluster under the tag of the selection is hidden, never half covered. */
export function outsideTag(
  clusters: readonly ClusterMark[],
  selected: { readonly longitude: number; readonly latitude: number } | undefined,
  view: MapView | undefined,
): readonly ClusterMark[] {
  if (!selected || !view) return clusters
  const [perLongitude, perLatitude] = pixelsPerDegree(view.zoom, view.latitude)
  return clusters.filter(({ longitude, latitude }) => {
    const across = Math.abs(longitude - selected.longitude) * perLongitude
    const down = (selected.latitude - latitude) * perLatitude
    return across > TAG_PX.across || down < TAG_PX.from || down > TAG_PX.to
  })
}

/** Clusters follow the zoom in half steps; their figures follow the values. */
export function useClusters(
  registry: Registry,
  situation: Situation | undefined,
  view: MapView | undefined,
): ClusterMark[] {
  const zoom = view ? Math.round(view.zoom * 2) / 2 : undefined
  const latitude = view?.latitude ?? 0
  const topology = situation?.topology
  // biome-ignore lint/correctness/useExhaustiveDependencies: which assets have series changes with the topology only
  const clusters = useMemo(
    () =>
      zoom === undefined || !situation
        ? []
        : clusterByPlace(registry, situation.assetState, pixelsPerDegree(zoom, latitude)),
    [registry, topology, zoom],
  )
  const kept = useRef<ClusterMark[]>([])
  return useMemo(() => {
    if (!situation) return []
    const next = clusters.map((cluster) => ({
      ...cluster,
      ...clusterFigures(cluster, situation.topology.seriesOf, situation.assetReporting),
    }))
    const same =
      next.length === kept.current.length &&
      next.every((mark, i) => {
        const old = kept.current[i]!
        return old.assets === mark.assets && old.series === mark.series && old.reporting === mark.reporting
      })
    if (!same) kept.current = next
    return kept.current
  }, [clusters, situation])
}
