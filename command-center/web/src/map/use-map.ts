import { type RefObject, useEffect, useMemo, useRef, useState } from 'react'
import { useWords } from '../i18n/translate.ts'
import type { Bounds, Registry } from '../live/registry.ts'
import { usePreferences } from '../theme/preferences.ts'
import { type Palette, readPalette } from '../theme/tokens.ts'
import { boundsOfMap } from './camera.ts'
import { createMap, type DistrictMap } from './create-map.ts'
import { drawDistrict } from './drawing.ts'
import { drawLabels, labelsOf } from './labels.ts'
import { mapStyle, pixelsPerMetre } from './style.ts'

export interface MapView {
  readonly zoom: number
  readonly latitude: number
  readonly bounds: Bounds
}

/** A round mark at a place, radius in px. */
export interface Disc {
  readonly longitude: number
  readonly latitude: number
  readonly radius: number
}

/** Keeps a map in `container`: created once, restyled with theme and drawing, its labels with the language. */
export function useMap(
  container: RefObject<HTMLDivElement | null>,
  registry: Registry,
  bounds: Bounds,
  /** What labels leave free. */
  discs: RefObject<readonly Disc[]>,
) {
  const { language } = useWords()
  const { theme } = usePreferences()
  const [instance, setInstance] = useState<DistrictMap>()
  const [view, setView] = useState<MapView>()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme decides what the tokens are
  const palette = useMemo<Palette>(readPalette, [theme])
  const shapes = useMemo(() => drawDistrict(registry), [registry])
  const labels = useMemo(() => labelsOf(registry, language), [registry, language])
  const latest = useRef({ labels, palette, language })
  latest.current = { labels, palette, language }
  const latitude = (bounds[1] + bounds[3]) / 2

  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme or drawing restyles the map that is there
  useEffect(() => {
    const created = createMap(container.current!, shapes, palette, bounds)
    const { map } = created
    const look = () => setView({ zoom: map.getZoom(), latitude: map.getCenter().lat, bounds: boundsOfMap(map) })
    const write = () => {
      const { width, height } = map.getCanvas().getBoundingClientRect()
      const zoom = map.getZoom()
      const { labels, palette, language } = latest.current
      const project = (longitude: number, latitude: number) => map.project([longitude, latitude])
      const view = {
        zoom,
        pixelsPerMetre: pixelsPerMetre(zoom, latitude),
        width,
        height,
        project,
        discs: discs.current.map((disc) => ({ ...project(disc.longitude, disc.latitude), radius: disc.radius })),
      }
      drawLabels(created.labels, labels, view, palette, language)
    }
    map.on('render', write)
    map.on('moveend', look)
    map.on('resize', look)
    look()
    setInstance(created)
    return () => {
      setInstance(undefined)
      created.remove()
    }
  }, [])

  const styled = useRef({ shapes, palette })
  useEffect(() => {
    if (!instance || (styled.current.shapes === shapes && styled.current.palette === palette)) return
    styled.current = { shapes, palette }
    instance.map.setStyle(mapStyle(shapes, palette, latitude), { diff: true })
  }, [instance, shapes, palette, latitude])

  // biome-ignore lint/correctness/useExhaustiveDependencies: other labels need another picture
  useEffect(() => instance?.map.triggerRepaint(), [instance, labels, palette])

  return { instance, view, palette }
}
