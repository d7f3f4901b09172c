import { SYSTEMS } from '@quartier/contracts/live'
import { useEffect, useMemo, useRef, useState } from 'react'
import { changeDesk, readDesk, useDesk, writeCamera } from '../desk-state.ts'
import { useRecentEvents } from '../events/use-events.ts'
import { useWords } from '../i18n/translate.ts'
import { useAssetBook, useBookVersion } from '../live/assets.ts'
import { useFocus } from '../live/focus.ts'
import { useDistrictSums, useFeed, useNow } from '../live/hooks.ts'
import type { Bounds, Registry } from '../live/registry.ts'
import type { Language } from '../theme/preferences.ts'
import { BlindTags } from './blind-tags.tsx'
import { cameraOf, goHome, goTo, lookFrom, mustGo } from './camera.ts'
import { CircleMark } from './circle.tsx'
import { eventSpots, positionOf } from './event-spots.ts'
import { Furniture } from './furniture.tsx'
import { createGroundPainter } from './ground.ts'
import { HoverTag } from './hover-tag.tsx'
import { createDrawing, type Drawing } from './live-drawing.ts'
import { MapTag } from './map-tag.tsx'
import { passingOf } from './passing.ts'
import { SelectionWords } from './selection-words.tsx'
import { CLUSTER_PX, drawSymbols } from './symbols.ts'
import { useLook } from './use-look.ts'
import { type Furnishing, type MapView, useMap } from './use-map.ts'
import { type PointerInput, usePointer } from './use-pointer.ts'

interface Props {
  readonly registry: Registry
  readonly bounds: Bounds
  /** Where the search wants to go. */
  readonly goal: Bounds | undefined
  /** On a wall nobody moves it. */
  readonly fixed: boolean
  /** The next click chooses the middle of a circle. */
  readonly choosing: boolean
  onView(view: MapView): void
  onSpot(longitude: number, latitude: number): void
}

export default function CityMap({ registry, bounds, goal, fixed, choosing, onView, onSpot }: Props) {
  const { t, language } = useWords()
  const feed = useFeed()
  const desk = useDesk()
  const focus = useFocus()
  const now = useNow()
  const container = useRef<HTMLDivElement>(null)
  const furnishing = useRef<Furnishing>({ discs: [], chips: [], values: [] })
  const { instance, view, palette, write } = useMap(container, registry, bounds, furnishing, fixed)
  const fontReady = useFonts(language)
  const scale = Math.max(1, Math.min(3, window.devicePixelRatio))
  const symbols = useMemo(() => drawSymbols(palette, scale), [palette, scale])
  const { off, filter, circle } = desk
  // biome-ignore lint/correctness/useExhaustiveDependencies: the parts of the view that decide what passes
  const passing = useMemo(() => passingOf(desk, SYSTEMS), [off.join(), JSON.stringify(filter), JSON.stringify(circle)])
  const selected = usePosition(focus.asset)
  const [drawn, setDrawn] = useState<Drawing>()
  const close = drawn !== undefined && drawn.level !== 'district'
  const spots = useSpots(registry, now, close)

  useLook(view, registry, useDistrictSums())
  useEffect(() => {
    if (view) onView(view)
  }, [view, onView])

  const draw = useMemo(createDrawing, [])
  const paint = useMemo(() => instance && createGroundPainter(instance.map), [instance])
  useEffect(() => {
    if (!instance || !paint || !view || !fontReady) return
    let before: Drawing | undefined
    const show = () => {
      const input = { registry, passing, view, symbols, palette, scale, selected, spots, t, now: feed.clock.now() }
      const next = draw(feed.view().tiles, input)
      if (next.layers !== before?.layers) instance.overlay.setProps({ layers: [...next.layers] })
      if (next.ground !== before?.ground && instance.map.isStyleLoaded()) paint(next.ground)
      if (next.clusters !== before?.clusters || next.chips !== before?.chips || next.values !== before?.values) {
        const discs = next.clusters.map(({ longitude, latitude }) => ({ longitude, latitude, radius: CLUSTER_PX / 2 }))
        furnishing.current = { discs, chips: next.chips, values: next.values }
        write()
      }
      if (isOther(before, next)) setDrawn(next)
      before = next
    }
    show()
    const stop = feed.subscribe(show)
    const styled = instance.map.on('idle', () => before && paint(before.ground))
    return () => {
      stop()
      styled.unsubscribe()
    }
  }, [
    instance,
    paint,
    view,
    fontReady,
    registry,
    passing,
    symbols,
    palette,
    scale,
    selected,
    spots,
    t,
    feed,
    draw,
    write,
  ])

  useEffect(() => {
    if (instance && !fixed && selected && mustGo(instance.map, selected[0], selected[1]))
      goTo(instance.map, [...selected])
  }, [instance, fixed, selected])

  useEffect(() => {
    if (instance && goal) goHome(instance.map, goal)
  }, [instance, goal])

  useCameraInAddress(instance, view, fixed)
  const input = useRef<PointerInput>(undefined as never)
  const { tiles } = feed.view()
  const take = (longitude: number, latitude: number) => {
    if (choosing) onSpot(longitude, latitude)
    return choosing
  }
  input.current = { tiles, passing, clusters: drawn?.clusters ?? [], onSpot: take }
  const pointed = usePointer(fixed ? undefined : instance, input)

  return (
    <>
      <section
        ref={container}
        className="map-canvas"
        dir="ltr"
        aria-label={t('map.title')}
        data-level={drawn?.level}
        data-choosing={choosing}
      />
      <p className="vh" id="map-help">
        {t('map.help')}
      </p>
      {instance && circle && <CircleMark map={instance.map} circle={circle} />}
      {instance && drawn && <BlindTags map={instance.map} registry={registry} drawing={drawn} view={view} />}
      {instance && selected && (
        <MapTag map={instance.map} longitude={selected[0]} latitude={selected[1]}>
          <SelectionWords />
        </MapTag>
      )}
      {instance && pointed && <HoverTag map={instance.map} pointed={pointed} registry={registry} />}
      {instance && view && <Furniture instance={instance} view={view} bounds={bounds} close={close} fixed={fixed} />}
    </>
  )
}

/** Whether something else is drawn that the page around the map tells of. */
const isOther = (before: Drawing | undefined, { level, clusters, ground }: Drawing): boolean =>
  before?.level !== level || before.clusters !== clusters || before.ground !== ground

/** A position that stays the same object as long as it says the same. */
function usePosition(asset: { readonly longitude: number; readonly latitude: number } | undefined) {
  const { longitude, latitude } = asset ?? {}
  return useMemo(
    () => (longitude === undefined || latitude === undefined ? undefined : ([longitude, latitude] as const)),
    [longitude, latitude],
  )
}

/** Where the newest events are drawn; assets that are not known yet are looked up. */
function useSpots(registry: Registry, now: number, close: boolean) {
  const book = useAssetBook()
  const known = useBookVersion()
  const recent = useRecentEvents()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the book says by its version that it knows more
  const found = useMemo(
    () => eventSpots(recent, (event) => positionOf(event, book), now, close),
    [recent, registry, now, close, known],
  )
  const kept = useRef(found)
  if (JSON.stringify(kept.current.spots) !== JSON.stringify(found.spots)) kept.current = found
  useEffect(() => {
    for (const id of found.unknown) book.want(id)
  }, [found, book])
  return kept.current.spots
}

const ADDRESS_SETTLES_MS = 300

/** The address bar holds where the map looks, and an address that somebody enters moves the map. */
function useCameraInAddress(
  instance: ReturnType<typeof useMap>['instance'],
  view: MapView | undefined,
  fixed: boolean,
) {
  const written = useRef('')
  useEffect(() => {
    if (!instance || !view || fixed) return
    const timer = setTimeout(() => {
      const camera = cameraOf(instance.map)
      written.current = writeCamera(camera)
      if (location.pathname === '/') changeDesk({ camera })
    }, ADDRESS_SETTLES_MS)
    return () => clearTimeout(timer)
  }, [instance, view, fixed])
  useEffect(() => {
    if (!instance || fixed) return
    const follow = () => {
      const { camera } = readDesk(location.hash)
      if (!camera || writeCamera(camera) === written.current) return
      written.current = writeCamera(camera)
      lookFrom(instance.map, camera)
    }
    addEventListener('hashchange', follow)
    addEventListener('popstate', follow)
    return () => {
      removeEventListener('hashchange', follow)
      removeEventListener('popstate', follow)
    }
  }, [instance, fixed])
}

const SAMPLES: Readonly<Record<Language, string>> = { en: 'Sidra', ar: 'سدرة' }

/** Whether the fonts of the map hold the language's letters; a browser loads them only when it is shown some. */
function useFonts(language: Language): Language | undefined {
  const [ready, setReady] = useState<Language>()
  useEffect(() => {
    const family = getComputedStyle(document.documentElement).getPropertyValue('--cond')
    const loads = [400, 500].map((weight) => document.fonts.load(`${weight} 12px ${family}`, SAMPLES[language]))
    void Promise.allSettled(loads).then(() => setReady(language))
  }, [language])
  return ready
}
