import { type RefObject, useEffect, useMemo, useRef, useState } from 'react'
import { readDesk } from '../desk-state.ts'
import { useWords } from '../i18n/translate.ts'
import type { Bounds, Registry } from '../live/registry.ts'
import { usePreferences } from '../theme/preferences.ts'
import { type Palette, readPalette } from '../theme/tokens.ts'
import { useBasemap } from './basemap.ts'
import { boundsOfMap } from './camera.ts'
import { type Chip, drawChips, drawValues, type ValueBlock } from './chips.ts'
import { createMap, type DistrictMap } from './create-map.ts'
import { drawDistrict, liveShapes } from './drawing.ts'
import { hatchInto } from './ground.ts'
import { drawLabels, labelsOf } from './labels.ts'
import { mapStyle, pixelsPerMetre } from './style.ts'

export interface MapView {
  readonly zoom: number
  readonly latitude: number
  /** Degrees clockwise from north up. */
  readonly bearing: number
  readonly bounds: Bounds
}

/** A round mark at a place, radius in px. */
export interface Disc {
  readonly longitude: number
  readonly latitude: number
  readonly radius: number
}

/** What stands among the names: discs that they leave free, letters, values. */
export interface Furnishing {
  readonly discs: readonly Disc[]
  readonly chips: readonly Chip[]
  readonly values: readonly ValueBlock[]
}

export interface UsedMap {
  readonly instance: DistrictMap | undefined
  readonly view: MapView | undefined
  readonly palette: Palette
  /** Writes names, letters and values anew, without another picture of the map. */
  write(): void
}

/** Keeps a map in `container`: created once, restyled with theme and drawing, its labels with the language. */
export function useMap(
  container: RefObject<HTMLDivElement | null>,
  registry: Registry,
  bounds: Bounds,
  furnishing: RefObject<Furnishing>,
  fixed: boolean,
): UsedMap {
  const { language } = useWords()
  const { theme } = usePreferences()
  const [instance, setInstance] = useState<DistrictMap>()
  const [view, setView] = useState<MapView>()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme decides what the tokens are
  const palette = useMemo<Palette>(readPalette, [theme])
  const shapes = useMemo(() => drawDistrict(registry), [registry])
  const live = useMemo(() => liveShapes(registry), [registry])
  const labels = useMemo(() => labelsOf(registry, language), [registry, language])
  const latest = useRef({ labels, palette, language })
  latest.current = { labels, palette, language }
  const latitude = (bounds[1] + bounds[3]) / 2
  const write = useRef(() => {})

  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme or drawing restyles the map that is there
  useEffect(() => {
    const { camera } = readDesk(location.hash)
    const created = createMap(container.current!, { shapes, live, palette, bounds, camera, fixed })
    const { map } = created
    const look = () =>
      setView({
        zoom: map.getZoom(),
        latitude: map.getCenter().lat,
        bearing: map.getBearing(),
        bounds: boundsOfMap(map),
      })
    write.current = () => writeNames(created, latitude, furnishing.current, latest.current)
    map.on('render', write.current)
    map.on('moveend', look)
    map.on('resize', look)
    look()
    setInstance(created)
    return () => {
      setInstance(undefined)
      write.current = () => {}
      created.remove()
    }
  }, [])

  const basemap = useBasemap()
  const styled = useRef<{ shapes: unknown; palette: unknown; basemap: unknown }>({
    shapes,
    palette,
    basemap: undefined,
  })
  useEffect(() => {
    const { current } = styled
    if (!instance || (current.shapes === shapes && current.palette === palette && current.basemap === basemap)) return
    styled.current = { shapes, palette, basemap }
    instance.map.setStyle(mapStyle(shapes, live, palette, latitude, basemap), { diff: true })
    hatchInto(instance.map, palette, Math.min(3, Math.max(1, window.devicePixelRatio)))
  }, [instance, shapes, live, palette, latitude, basemap])

  // biome-ignore lint/correctness/useExhaustiveDependencies: other labels are written anew
  useEffect(() => write.current(), [instance, labels, palette])

  return useMemo(() => ({ instance, view, palette, write: () => write.current() }), [instance, view, palette])
}

interface Names {
  readonly labels: ReturnType<typeof labelsOf>
  readonly palette: Palette
  readonly language: Parameters<typeof labelsOf>[1]
}

function writeNames(
  { map, labels: canvas }: DistrictMap,
  latitude: number,
  { discs, chips, values }: Furnishing,
  { labels, palette, language }: Names,
): void {
  const { width, height } = map.getCanvas().getBoundingClientRect()
  const zoom = map.getZoom()
  const project = (longitude: number, latitude: number) => map.project([longitude, latitude])
  const view = {
    zoom,
    pixelsPerMetre: pixelsPerMetre(zoom, latitude),
    width,
    height,
    project,
    turn: (map.getBearing() * Math.PI) / 180,
    discs: discs.map((disc) => ({ ...project(disc.longitude, disc.latitude), radius: disc.radius })),
  }
  drawLabels(canvas, labels, view, palette, language, (family, taken) => {
    const drawing = { c: canvas, view, palette, family, taken }
    drawChips(chips, drawing)
    drawValues(values, drawing)
  })
}
