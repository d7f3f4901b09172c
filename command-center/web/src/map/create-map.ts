import { MapboxOverlay } from '@deck.gl/mapbox'
import { Map as MapLibre, setWorkerUrl } from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import type { Bounds } from '../live/registry.ts'
import type { Palette } from '../theme/tokens.ts'
import { goHome } from './camera.ts'
import type { Shape } from './drawing.ts'
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

/** A flat map with north up: the drawing by MapLibre, labels above it, deck.gl on top. */
export function createMap(
  container: HTMLElement,
  shapes: readonly Shape[],
  palette: Palette,
  bounds: Bounds,
): DistrictMap {
  const map = new MapLibre({
    container,
    style: mapStyle(shapes, palette, (bounds[1] + bounds[3]) / 2),
    center: [(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2],
    zoom: 15,
    minZoom: 8,
    maxZoom: 21,
    maxPitch: 0,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    attributionControl: false,
    renderWorldCopies: false,
    fadeDuration: 0,
  })
  map.touchZoomRotate.disableRotation()
  map.keyboard.disableRotation()
  goHome(map, bounds)

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
