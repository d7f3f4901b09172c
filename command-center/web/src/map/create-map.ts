import { MapboxOverlay } from '@deck.gl/mapbox'
import { Map as MapLibre, setWorkerUrl } from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import type { Camera } from '../desk-state.ts'
import type { Bounds } from '../live/registry.ts'
import type { Palette } from '../theme/tokens.ts'
import { goHome, lookFrom } from './camera.ts'
import type { LiveShape, Shape } from './drawing.ts'
import { hatchInto } from './ground.ts'
import { mapStyle } from './style.ts'

setWorkerUrl(workerUrl)

export interface DistrictMap {
  readonly map: MapLibre
  /** What is alive; it follows the map's camera. */
  readonly overlay: MapboxOverlay
  /** Lies between the drawing and what is alive. */
  readonly labels: CanvasRenderingContext2D
  remove(): void
}

export interface MapOptions {
  readonly shapes: readonly Shape[]
  readonly live: readonly LiveShape[]
  readonly palette: Palette
  readonly bounds: Bounds
  /** Where a link wants to look; else the whole district. */
  readonly camera: Camera | undefined
  /** Nobody moves it: people learn where things are. */
  readonly fixed: boolean
}

/** A flat map: the drawing by MapLibre, labels above it, deck.gl on top. It turns, and is never tilted. */
export function createMap(container: HTMLElement, options: MapOptions): DistrictMap {
  const { shapes, live, palette, bounds, camera, fixed } = options
  const map = new MapLibre({
    container,
    style: mapStyle(shapes, live, palette, (bounds[1] + bounds[3]) / 2),
    center: [(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2],
    zoom: 15,
    interactive: !fixed,
    minZoom: 8,
    maxZoom: 21,
    maxPitch: 0,
    pitchWithRotate: false,
    touchPitch: false,
    attributionControl: false,
    renderWorldCopies: false,
    fadeDuration: 0,
  })
  map.setMissingStyleImageResolver(() => hatchInto(map, palette, Math.min(3, Math.max(1, window.devicePixelRatio))))
  if (camera && !fixed) lookFrom(map, camera)
  else goHome(map, bounds)

  const canvas = document.createElement('canvas')
  canvas.className = 'map-labels'
  canvas.setAttribute('aria-hidden', 'true')
  map.getCanvasContainer().append(canvas)
  const labels = canvas.getContext('2d')!
  const resize = () => {
    const { width, height } = map.getCanvas().getBoundingClientRect()
    const ratio = window.devicePixelRatio
    canvas.width = Math.round(width * ratio)
    canvas.height = Math.round(height * ratio)
    labels.setTransform(ratio, 0, 0, ratio, 0, 0)
  }
  map.on('resize', resize)
  resize()

  const overlay = new MapboxOverlay({ interleaved: false, layers: [] })
  map.addControl(overlay)
  return { map, overlay, labels, remove: () => map.remove() }
}
