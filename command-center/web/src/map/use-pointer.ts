import type { MapMouseEvent } from 'maplibre-gl'
import { type RefObject, useEffect, useState } from 'react'
import { select } from '../desk-state.ts'
import type { TileStore } from '../live/tiles.ts'
import { goTo, pixelsPerDegree } from './camera.ts'
import type { ClusterMark } from './clusters.ts'
import type { DistrictMap } from './create-map.ts'
import { type Hit, nearest } from './marks.ts'
import type { Passing } from './passing.ts'
import { assetAt } from './spots.ts'

const HIT_PX = 12
const CLUSTER_HIT_PX = 18
/** How much nearer a click on a cluster goes. */
const CLOSER = 1.6
const CLOSE_ZOOM = 18

/** What the pointer is on. */
export type Pointed =
  | { readonly type: 'cluster'; readonly mark: ClusterMark }
  | ({ readonly type: 'thing' } & Hit)
  | undefined

export interface PointerInput {
  readonly tiles: TileStore
  readonly passing: Passing
  readonly clusters: readonly ClusterMark[]
  /** Takes a click, instead of what lies there, and says so. */
  readonly onSpot: ((longitude: number, latitude: number) => boolean) | undefined
}

/** A click takes the nearest mark; on a cluster it goes closer. @returns what the pointer is on */
export function usePointer(instance: DistrictMap | undefined, input: RefObject<PointerInput>): Pointed {
  const [pointed, setPointed] = useState<Pointed>()
  useEffect(() => {
    if (!instance) return
    const { map } = instance
    const at = ({ lng, lat }: { lng: number; lat: number }): Pointed => {
      const { tiles, passing, clusters } = input.current
      const perDegree = pixelsPerDegree(map.getZoom(), map.getCenter().lat)
      if (tiles.level === 'district') {
        const mark = clusters.find(
          ({ longitude, latitude }) =>
            Math.hypot((longitude - lng) * perDegree[0], (latitude - lat) * perDegree[1]) < CLUSTER_HIT_PX,
        )
        return mark && { type: 'cluster', mark }
      }
      const hit = nearest(tiles.details, passing, [lng, lat], perDegree, HIT_PX)
      return hit && { type: 'thing', ...hit }
    }
    let frame = 0
    const moved = ({ lngLat }: MapMouseEvent) => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(() => {
        const next = at(lngLat)
        map.getCanvas().style.cursor = next ? 'pointer' : ''
        setPointed((before) => (samePointed(before, next) ? before : next))
      })
    }
    const subscriptions = [
      map.on('click', ({ lngLat }) => {
        if (input.current.onSpot?.(lngLat.lng, lngLat.lat)) return
        const target = at(lngLat)
        if (!target) select(undefined)
        else if (target.type === 'cluster') {
          const zoom = Math.min(CLOSE_ZOOM, map.getZoom() + CLOSER)
          goTo(map, [target.mark.longitude, target.mark.latitude], zoom)
        } else take(target)
      }),
      map.on('mousemove', moved),
      map.on('mouseout', () => setPointed(undefined)),
      map.on('movestart', () => setPointed(undefined)),
    ]
    return () => {
      cancelAnimationFrame(frame)
      for (const one of subscriptions) one.unsubscribe()
    }
  }, [instance, input])
  return pointed
}

/** Selects the series of a row, or its asset. */
export function take({ tile, row }: Hit): void {
  const asset = assetAt(tile, row)
  const series = tile.level === 'sensors' ? tile.index?.series[row] : undefined
  if (series) select({ type: 'series', key: series.key })
  else if (asset) select({ type: 'asset', id: asset.id })
}

function samePointed(a: Pointed, b: Pointed): boolean {
  if (a?.type === 'cluster' && b?.type === 'cluster') return a.mark === b.mark
  if (a?.type === 'thing' && b?.type === 'thing') return a.tile === b.tile && a.row === b.row
  return a === undefined && b === undefined
}
