import { useEffect, useRef } from 'react'
import { select } from '../desk-state.ts'
import type { Registry } from '../live/registry.ts'
import { goTo, pixelsPerDegree } from './camera.ts'
import type { DistrictMap } from './create-map.ts'
import type { ClusterMark } from './layers/cluster-layers.ts'
import { nearestAsset } from './marks.ts'
import { DOTS_ZOOM } from './zoom.ts'

const HIT_PX = 12
const CLUSTER_HIT_PX = 18

/** A click takes the nearest mark; on a cluster it goes closer. */
export function useClicks(
  instance: DistrictMap | undefined,
  registry: Registry,
  assetState: Uint8Array | undefined,
  /** Absent while every asset has its own mark. */
  clusters: readonly ClusterMark[] | undefined,
): void {
  const latest = useRef({ registry, assetState, clusters })
  latest.current = { registry, assetState, clusters }
  useEffect(() => {
    if (!instance) return
    const { map } = instance
    const targetAt = (lngLat: { lng: number; lat: number }) => {
      const { registry, assetState, clusters } = latest.current
      const perDegree = pixelsPerDegree(map.getZoom(), map.getCenter().lat)
      if (clusters) {
        return clusters.find(
          ({ longitude, latitude }) =>
            Math.hypot((longitude - lngLat.lng) * perDegree[0], (latitude - lngLat.lat) * perDegree[1]) <
            CLUSTER_HIT_PX,
        )
      }
      if (!assetState) return undefined
      const at = nearestAsset(registry, assetState, [lngLat.lng, lngLat.lat], perDegree, HIT_PX)
      return registry.assets[at]
    }
    const click = map.on('click', ({ lngLat }) => {
      const target = targetAt(lngLat)
      if (!target) select(undefined)
      else if ('assets' in target) goTo(map, [target.longitude, target.latitude], DOTS_ZOOM + 0.6)
      else select({ type: 'asset', id: target.id })
    })
    const move = map.on('mousemove', ({ lngLat }) => {
      map.getCanvas().style.cursor = targetAt(lngLat) ? 'pointer' : ''
    })
    return () => {
      click.unsubscribe()
      move.unsubscribe()
    }
  }, [instance])
}
