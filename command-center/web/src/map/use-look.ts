import type { Level } from '@quartier/contracts/live'
import { useEffect, useRef } from 'react'
import { figuresOf } from '../live/figures.ts'
import { useFeed } from '../live/hooks.ts'
import { type Bounds, middleOf, type Registry } from '../live/registry.ts'
import type { DistrictSums } from '../live/sums.ts'
import { levelFor } from './level.ts'
import { within } from './passing.ts'
import type { MapView } from './use-map.ts'

/** So much more than what is in view is asked for, so that a small move shows nothing empty. */
const SPARE = 0.2

/** Tells the server what the map shows: where, and how near. */
export function useLook(view: MapView | undefined, registry: Registry, sums: DistrictSums | undefined): void {
  const feed = useFeed()
  const asked = useRef('')
  const level = useRef<Level>('district')
  // The figures only tell how many series are in view; that they are here at all is enough to ask anew.
  const known = sums !== undefined
  // biome-ignore lint/correctness/useExhaustiveDependencies: once per view, not once per tick
  useEffect(() => {
    if (!view) return
    const series = sums ? seriesIn(view.bounds, registry, sums) : Number.POSITIVE_INFINITY
    level.current = levelFor(view.zoom, level.current, series)
    const bbox = level.current === 'district' ? undefined : padded(view.bounds)
    const look = bbox
      ? { level: level.current, bbox: [...bbox] as [number, number, number, number] }
      : { level: level.current }
    const name = JSON.stringify(look)
    if (name === asked.current) return
    asked.current = name
    feed.look(look)
  }, [feed, view, registry, known])
}

/** About how many series are in view: those of places whose middle is, and those that are in no place. */
function seriesIn(bounds: Bounds, registry: Registry, sums: DistrictSums): number {
  let inView = 0
  let placed = 0
  for (const id of sums.places) {
    const place = registry.placeById.get(id)
    const { series } = figuresOf(sums.place(id)!.counts)
    if (!place) continue
    placed += series
    const [x, y] = middleOf(place.geometry)
    if (within(bounds, x, y)) inView += series
  }
  return inView + figuresOf(sums.all).series - placed
}

function padded([west, south, east, north]: Bounds): Bounds {
  const x = (east - west) * SPARE
  const y = (north - south) * SPARE
  const round = (value: number) => Math.round(value * 1e6) / 1e6
  return [round(west - x), round(south - y), round(east + x), round(north + y)]
}
