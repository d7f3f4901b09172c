import type { Map as MapLibre } from 'maplibre-gl'
import { figuresOf, isMostlyBlind } from '../live/figures.ts'
import type { Registry } from '../live/registry.ts'
import type { DistrictSums } from '../live/sums.ts'
import type { Palette } from '../theme/tokens.ts'
import { type Service, serviceOf } from './service.ts'
import { HATCH_IMAGE } from './style.ts'

/** What is known of a place now, beyond the number of its series. */
export interface PlaceState {
  readonly service: Service
  readonly blind: boolean
}

/** Of each place of the registry, in its order. */
export type Ground = readonly PlaceState[]

const NOTHING: PlaceState = { service: 0, blind: false }

/** Streets by their speed, squares by their density; what is mostly blind is blind and has no level. */
export function groundOf(registry: Registry, sums: DistrictSums): Ground {
  return registry.places.map(({ id, kind }) => {
    const found = kind === 'zone' ? sums.zone(id) : sums.place(id)
    if (!found || kind === 'district') return NOTHING
    const blind = isMostlyBlind(figuresOf(found.counts))
    const service = serviceOf(kind, found.measure)
    return blind || service > 0 ? { service, blind } : NOTHING
  })
}

/** Tells the map what has changed of the ground; the same again costs nothing. */
export function createGroundPainter(map: MapLibre): (ground: Ground) => void {
  let painted: Ground = []
  return (ground) => {
    for (const [id, { service, blind }] of ground.entries()) {
      const before = painted[id] ?? NOTHING
      if (before.service === service && before.blind === blind) continue
      map.setFeatureState({ source: 'live', id }, { service, blind })
    }
    painted = ground
  }
}

export const sameGround = (a: Ground, b: Ground): boolean =>
  a.length === b.length && a.every((one, i) => one.service === b[i]!.service && one.blind === b[i]!.blind)

const HATCH_PX = 8

/** Puts the hatch of the theme into the map's pictures. */
export function hatchInto(map: MapLibre, palette: Palette, scale: number): void {
  const size = Math.round(HATCH_PX * scale)
  const canvas = document.createElement('canvas')
  canvas.width = size
  canvas.height = size
  const c = canvas.getContext('2d', { willReadFrequently: true })!
  c.strokeStyle = palette.hatch
  c.lineWidth = 1.2 * scale
  c.beginPath()
  for (const at of [-size, 0, size]) {
    c.moveTo(at - 1, size + 1)
    c.lineTo(at + size + 1, -1)
  }
  c.stroke()
  const image = c.getImageData(0, 0, size, size)
  if (map.hasImage(HATCH_IMAGE)) map.updateImage(HATCH_IMAGE, image)
  else map.addImage(HATCH_IMAGE, image, { pixelRatio: scale })
}
