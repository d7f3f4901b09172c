import { useEffect, useMemo, useRef, useState } from 'react'
import { useSelection } from '../desk-state.ts'
import { useRecentEvents } from '../events/use-events.ts'
import { useWords } from '../i18n/translate.ts'
import { useNow, useSituation } from '../live/hooks.ts'
import type { Bounds, Registry } from '../live/registry.ts'
import type { Situation } from '../live/situation.ts'
import { assetWords, formatReading, isDim } from '../panels/words.ts'
import type { Language } from '../theme/preferences.ts'
import { goHome, goTo, mustGo } from './camera.ts'
import { eventSpots } from './event-spots.ts'
import { Furniture } from './furniture.tsx'
import { clusterLayers } from './layers/cluster-layers.ts'
import { eventLayer } from './layers/event-layer.ts'
import { selectionLayer } from './layers/selection-layer.ts'
import { sensorLayers } from './layers/sensor-layers.ts'
import { MapTag } from './map-tag.tsx'
import { isClose, sensorPositions } from './marks.ts'
import { CLUSTER_PX, drawSymbols } from './symbols.ts'
import { useClicks } from './use-clicks.ts'
import { outsideTag, useClusters } from './use-clusters.ts'
import { type Disc, useMap } from './use-map.ts'

interface Props {
  readonly registry: Registry
  readonly bounds: Bounds
  /** Where the search wants to go. */
  readonly goal: Bounds | undefined
  onView(bounds: Bounds): void
}

export default function CityMap({ registry, bounds, goal, onView }: Props) {
  const { t, language } = useWords()
  const container = useRef<HTMLDivElement>(null)
  const situation = useSituation()
  const discs = useRef<readonly Disc[]>([])
  const { instance, view, palette } = useMap(container, registry, bounds, discs)
  const selected = useSelectedAsset(registry, situation)
  const fontReady = useFonts(language)
  const scale = Math.max(1, Math.min(3, window.devicePixelRatio))
  const symbols = useMemo(() => drawSymbols(palette, scale), [palette, scale])
  const assetState = useUnchanged(situation?.assetState)
  const positions = useMemo(() => assetState && sensorPositions(registry, assetState), [registry, assetState])
  const clusters = useClusters(registry, situation, view)
  const close = useMemo(() => isClose(view, registry, assetState), [view, registry, assetState])

  const recent = useRecentEvents()
  const now = useNow()
  const spots = useMemo(() => eventSpots(recent, registry, now, close), [recent, registry, now, close])

  useEffect(() => {
    if (view) onView(view.bounds)
  }, [view, onView])

  useEffect(() => {
    discs.current = close
      ? []
      : clusters.map(({ longitude, latitude }) => ({ longitude, latitude, radius: CLUSTER_PX / 2 }))
    instance?.map.triggerRepaint()
  }, [instance, close, clusters])

  // biome-ignore lint/correctness/useExhaustiveDependencies: letters that have just come need another picture
  useEffect(() => instance?.map.triggerRepaint(), [instance, fontReady])

  useEffect(() => {
    if (!instance || !fontReady) return
    const at = selected && ([selected.longitude, selected.latitude] as const)
    instance.overlay.setProps({
      layers: [
        ...(close && positions ? sensorLayers(positions, symbols, palette) : []),
        ...(close ? [] : clusterLayers(outsideTag(clusters, selected, view), symbols, palette, scale)),
        eventLayer(spots, symbols),
        selectionLayer(at, !close, symbols),
      ],
    })
  }, [instance, fontReady, close, positions, clusters, symbols, palette, scale, selected, view, spots])

  useEffect(() => {
    if (instance && selected && mustGo(instance.map, selected.longitude, selected.latitude)) {
      goTo(instance.map, [selected.longitude, selected.latitude])
    }
  }, [instance, selected])

  useEffect(() => {
    if (instance && goal) goHome(instance.map, goal)
  }, [instance, goal])

  useClicks(instance, registry, assetState, close ? undefined : clusters)

  return (
    <>
      <section ref={container} className="map-canvas" dir="ltr" aria-label={t('map.title')} />
      <p className="vh" id="map-help">
        {t('map.help')}
      </p>
      {instance && selected && (
        <MapTag map={instance.map} longitude={selected.longitude} latitude={selected.latitude}>
          <SelectionWords registry={registry} situation={situation} assetId={selected.id} />
        </MapTag>
      )}
      {instance && view && <Furniture instance={instance} view={view} bounds={bounds} close={close} />}
    </>
  )
}

function SelectionWords({
  registry,
  situation,
  assetId,
}: {
  registry: Registry
  situation: Situation | undefined
  assetId: string
}) {
  const { t, language } = useWords()
  const selection = useSelection()
  const asset = registry.assetById.get(assetId)
  const at = selection?.type === 'series' ? situation?.data.series.findIndex((s) => s.key === selection.key) : -1
  const series = at === undefined || at < 0 ? undefined : situation?.data.series[at]
  const value = series && situation!.data.value[at!]!
  return (
    <>
      <b>{assetWords(asset, series, language)}</b>
      {series && value !== undefined && (
        <span className={isDim(situation!.state[at!]!) ? 'mute' : ''}>
          {Number.isNaN(value) ? t('card.noValue') : <bdi className="num">{formatReading(value, series, t)}</bdi>}
        </span>
      )}
    </>
  )
}

/** The asset that the selection means, if it has a position. */
function useSelectedAsset(registry: Registry, situation: Situation | undefined) {
  const selection = useSelection()
  const series = situation?.data.series
  return useMemo(() => {
    if (!selection) return undefined
    if (selection.type === 'asset') return registry.assetById.get(selection.id)
    const assetId = series?.find(({ key }) => key === selection.key)?.assetId
    return assetId ? registry.assetById.get(assetId) : undefined
  }, [selection, registry, series])
}

/** The old array as long as the new one says the same. */
function useUnchanged(next: Uint8Array | undefined): Uint8Array | undefined {
  const kept = useRef(next)
  const old = kept.current
  if (!old || !next || old.length !== next.length || next.some((x, i) => x !== old[i])) kept.current = next
  return kept.current
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
