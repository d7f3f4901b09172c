import { LngLatBounds, type Map as MapLibre } from 'maplibre-gl'
import type { Camera } from '../desk-state.ts'
import type { Bounds } from '../live/registry.ts'
import { pixelsPerMetre } from './style.ts'

const FLIGHT_MS = 240
const METRES_PER_DEGREE = 111_320

/** Screen pixels per degree of longitude and of latitude where the map is now. */
export function pixelsPerDegree(zoom: number, latitude: number): [number, number] {
  const perDegree = pixelsPerMetre(zoom, latitude) * METRES_PER_DEGREE
  return [perDegree * Math.cos((latitude * Math.PI) / 180), perDegree]
}

export const boundsOfMap = (map: MapLibre): Bounds => {
  const b = map.getBounds()
  return [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()]
}

/** Goes there: a short flight under one screen, a jump beyond it or where motion is unwelcome. */
export function goTo(map: MapLibre, center: [number, number], zoom = map.getZoom()): void {
  const from = map.project(map.getCenter())
  const to = map.project(center)
  const { width, height } = map.getCanvas().getBoundingClientRect()
  const near = Math.abs(to.x - from.x) < width && Math.abs(to.y - from.y) < height
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches
  if (near && !still) map.easeTo({ center, zoom, duration: FLIGHT_MS })
  else map.jumpTo({ center, zoom })
}

export function goHome(map: MapLibre, bounds: Bounds): void {
  const [west, south, east, north] = bounds
  map.fitBounds(new LngLatBounds([west, south], [east, north]), {
    padding: 44,
    animate: false,
    maxZoom: 18,
    bearing: 0,
  })
}

export function lookFrom(map: MapLibre, { zoom, latitude, longitude, bearing }: Camera): void {
  map.jumpTo({ zoom, center: [longitude, latitude], bearing })
}

export function cameraOf(map: MapLibre): Camera {
  const { lng, lat } = map.getCenter()
  return { zoom: map.getZoom(), latitude: lat, longitude: lng, bearing: map.getBearing() }
}

/** Turns north up again, at once where motion is unwelcome. */
export function northUp(map: MapLibre): void {
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches
  map.easeTo({ bearing: 0, duration: still ? 0 : FLIGHT_MS })
}

/** Whether the asset's mark would be off screen or hidden in a cluster. */
export function mustGo(map: MapLibre, longitude: number, latitude: number): boolean {
  const { x, y } = map.project([longitude, latitude])
  const { width, height } = map.getCanvas().getBoundingClientRect()
  return x < 40 || y < 40 || x > width - 40 || y > height - 40
}

const STEPS_M = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000]

/** The longest round distance that fits into `roomPx`. */
export function scaleBar(zoom: number, latitude: number, roomPx: number): { metres: number; px: number } {
  const perMetre = pixelsPerMetre(zoom, latitude)
  const metres = STEPS_M.findLast((m) => m * perMetre <= roomPx) ?? 1
  return { metres, px: metres * perMetre }
}
