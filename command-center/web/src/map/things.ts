import { isBlind } from '@quartier/contracts/live'
import { middleOf, type Registry } from '../live/registry.ts'
import type { DetailTile } from '../live/tiles.ts'
import type { Thing } from './layers/thing-layers.ts'
import { eachRow, stateAt } from './marks.ts'
import type { Passing } from './passing.ts'
import { assetAt } from './spots.ts'

/**
 * Cameras and tram stops among what is loaded. The registry knows no direction of a camera: its cone points to the
 * middle of the place that it belongs to, which is what it watches.
 */
export function thingsOf(tiles: readonly DetailTile[], passing: Passing, registry: Registry): Thing[] {
  const found = new Map<string, Thing>()
  eachRow(tiles, passing, undefined, (tile, row) => {
    const asset = assetAt(tile, row)
    const kind = asset && kindOf(asset.kind)
    if (!asset || !kind) return
    const ill = kind === 'camera' && isBlind(stateAt(tile, row))
    const known = found.get(asset.id)
    if (known) {
      if (!ill && known.ill) found.set(asset.id, { ...known, ill })
      return
    }
    const { longitude, latitude } = asset
    const place = registry.placeById.get(asset.placeId)
    const angle = kind === 'camera' && place ? towards([longitude, latitude], middleOf(place.geometry)) : 0
    found.set(asset.id, { kind, longitude, latitude, ill, angle })
  })
  return [...found.values()]
}

function kindOf(kind: string): Thing['kind'] | undefined {
  if (/camera/.test(kind)) return 'camera'
  return kind === 'tram-stop' ? 'stop' : undefined
}

/** Degrees counter-clockwise from east. */
function towards(from: readonly [number, number], to: readonly [number, number]): number {
  const east = (to[0] - from[0]) * Math.cos((from[1] * Math.PI) / 180)
  return (Math.atan2(to[1] - from[1], east) * 180) / Math.PI
}

export const sameThings = (a: readonly Thing[], b: readonly Thing[]): boolean =>
  a.length === b.length &&
  a.every(({ longitude, latitude, ill, angle }, i) => {
    const other = b[i]!
    return longitude === other.longitude && latitude === other.latitude && ill === other.ill && angle === other.angle
  })
