import { Minus, Plus, Scan } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { select, useSelection } from '../desk-state.ts'
import { formatNumber, formatQuantity } from '../i18n/format.ts'
import { useWords } from '../i18n/translate.ts'
import { useSituation } from '../live/hooks.ts'
import type { Bounds, Registry } from '../live/registry.ts'
import type { Situation } from '../live/situation.ts'
import { assetWords, isDim } from '../panels/words.ts'
import { DOTS_ZOOM, goHome, goTo, mustGo, pixelsPerDegree, scaleBar } from './camera.ts'
import { clusterByPlace, clusterFigures } from './clusters.ts'
import type { DistrictMap } from './create-map.ts'
import { type ClusterMark, clusterLayers } from './layers/cluster-layers.ts'
import { selectionLayer } from './layers/selection-layer.ts'
import { sensorLayers } from './layers/sensor-layers.ts'
import { Legend } from './legend.tsx'
import { MapTag } from './map-tag.tsx'
import { nearestAsset, sensorPositions } from './marks.ts'
import { CLUSTER_PX, drawSymbols } from './symbols.ts'
import { type Disc, type MapView, useMap } from './use-map.ts'

const HIT_PX = 12
const CLUSTER_HIT_PX = 18

interface Props {
  readonly registry: Registry
  readonly bounds: Bounds
  /** Where the search wants to go. */
  readonly goal: { readonly longitude: number; readonly latitude: number } | undefined
  onView(bounds: Bounds): void
}

export default function CityMap({ registry, bounds, goal, onView }: Props) {
  const { t } = useWords()
  const container = useRef<HTMLDivElement>(null)
  const situation = useSituation()
  const discs = useRef<readonly Disc[]>([])
  const { instance, view, palette } = useMap(container, registry, bounds, discs)
  const selected = useSelectedAsset(registry, situation)
  const fontReady = useFont('500 11px "Plex Cond"')
  const scale = Math.max(1, Math.min(3, window.devicePixelRatio))
  const symbols = useMemo(() => drawSymbols(palette, scale), [palette, scale])
  const assetState = useUnchanged(situation?.assetState)
  const positions = useMemo(() => assetState && sensorPositions(registry, assetState), [registry, assetState])
  const clusters = useClusters(registry, situation, view)
  const close = (view?.zoom ?? 0) >= DOTS_ZOOM

  useEffect(() => {
    if (view) onView(view.bounds)
  }, [view, onView])

  useEffect(() => {
    discs.current = close
      ? []
      : clusters.map(({ longitude, latitude }) => ({ longitude, latitude, radius: CLUSTER_PX / 2 }))
    instance?.map.triggerRepaint()
  }, [instance, close, clusters])

  useEffect(() => {
    if (!instance || !fontReady) return
    const at = selected && ([selected.longitude, selected.latitude] as const)
    instance.overlay.setProps({
      layers: [
        ...(close && positions ? sensorLayers(positions, symbols, palette) : []),
        ...(close ? [] : clusterLayers(clusters, symbols, palette, scale)),
        selectionLayer(at, !close, symbols),
      ],
    })
  }, [instance, fontReady, close, positions, clusters, symbols, palette, scale, selected])

  useEffect(() => {
    if (instance && selected && mustGo(instance.map, selected.longitude, selected.latitude)) {
      goTo(instance.map, [selected.longitude, selected.latitude])
    }
  }, [instance, selected])

  useEffect(() => {
    if (instance && goal) goTo(instance.map, [goal.longitude, goal.latitude], Math.max(17.6, instance.map.getZoom()))
  }, [instance, goal])

  useClicks(instance, registry, assetState, clusters)

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
          {Number.isNaN(value) ? t('card.noValue') : <bdi className="num">{formatQuantity(value, series.unit)}</bdi>}
        </span>
      )}
    </>
  )
}

function Furniture({
  instance: { map },
  view,
  bounds,
  close,
}: {
  instance: DistrictMap
  view: MapView
  bounds: Bounds
  close: boolean
}) {
  const { t } = useWords()
  const bar = scaleBar(view.zoom, view.latitude, 90)
  return (
    <>
      <Legend close={close}>
        <span className="scale ltr" style={{ width: bar.px }}>
          {bar.metres < 1000
            ? t('map.metres', { n: bar.metres })
            : t('map.kilometres', { n: formatNumber(bar.metres / 1000) })}
        </span>
      </Legend>
      <div className="zoom">
        <button
          type="button"
          className="btn"
          aria-label={t('map.home')}
          title={t('map.home')}
          onClick={() => goHome(map, bounds)}
        >
          <Scan size={16} strokeWidth={1.75} aria-hidden="true" />
        </button>
        <button
          type="button"
          className="btn"
          aria-label={t('map.zoomIn')}
          onClick={() => map.zoomIn({ duration: 120 })}
        >
          <Plus size={16} strokeWidth={1.75} aria-hidden="true" />
        </button>
        <button
          type="button"
          className="btn"
          aria-label={t('map.zoomOut')}
          onClick={() => map.zoomOut({ duration: 120 })}
        >
          <Minus size={16} strokeWidth={1.75} aria-hidden="true" />
        </button>
      </div>
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

/** Clusters follow the zoom in half steps; their figures follow the values. */
function useClusters(registry: Registry, situation: Situation | undefined, view: MapView | undefined): ClusterMark[] {
  const zoom = view ? Math.round(view.zoom * 2) / 2 : undefined
  const latitude = view?.latitude ?? 0
  const topology = situation?.topology
  // biome-ignore lint/correctness/useExhaustiveDependencies: which assets have series changes with the topology only
  const clusters = useMemo(
    () =>
      zoom === undefined || !situation
        ? []
        : clusterByPlace(registry, situation.assetState, pixelsPerDegree(zoom, latitude)),
    [registry, topology, zoom],
  )
  const kept = useRef<ClusterMark[]>([])
  return useMemo(() => {
    if (!situation) return []
    const next = clusters.map((cluster) => ({
      ...cluster,
      ...clusterFigures(cluster, situation.topology.seriesOf, situation.assetReporting),
    }))
    const same =
      next.length === kept.current.length &&
      next.every((mark, i) => {
        const old = kept.current[i]!
        return old.assets === mark.assets && old.series === mark.series && old.reporting === mark.reporting
      })
    if (!same) kept.current = next
    return kept.current
  }, [clusters, situation])
}

/** A click takes the nearest mark; on a cluster it goes closer. */
function useClicks(
  instance: DistrictMap | undefined,
  registry: Registry,
  assetState: Uint8Array | undefined,
  clusters: readonly ClusterMark[],
): void {
  const latest = useRef({ registry, assetState, clusters })
  latest.current = { registry, assetState, clusters }
  useEffect(() => {
    if (!instance) return
    const { map } = instance
    const targetAt = (lngLat: { lng: number; lat: number }) => {
      const { registry, assetState, clusters } = latest.current
      const perDegree = pixelsPerDegree(map.getZoom(), map.getCenter().lat)
      if (map.getZoom() < DOTS_ZOOM) {
        return clusters.find(
          ({ longitude, latitude }) =>
            Math.hypot((longitude - lngLat.lng) * perDegree[0], (latitude - lngLat.lat) * perDegree[1]) <
            CLUSTER_HIT_PX,
        )
      }
      if (!assetState) return undefined
      const at = nearestAsset(registry, assetState, [lngLat.lng, lngLat.lat], perDegree, HIT_PX)
      return registry.assets[at]
    }
    const click = map.on('click', ({ lngLat }) => {
      const target = targetAt(lngLat)
      if (!target) select(undefined)
      else if ('assets' in target) goTo(map, [target.longitude, target.latitude], DOTS_ZOOM + 0.6)
      else select({ type: 'asset', id: target.id })
    })
    const move = map.on('mousemove', ({ lngLat }) => {
      map.getCanvas().style.cursor = targetAt(lngLat) ? 'pointer' : ''
    })
    return () => {
      click.unsubscribe()
      move.unsubscribe()
    }
  }, [instance])
}

/** The old array as long as the new one says the same. */
function useUnchanged(next: Uint8Array | undefined): Uint8Array | undefined {
  const kept = useRef(next)
  const old = kept.current
  if (!old || !next || old.length !== next.length || next.some((x, i) => x !== old[i])) kept.current = next
  return kept.current
}

function useFont(font: string): boolean {
  const [ready, setReady] = useState(false)
  useEffect(() => {
    document.fonts.load(font).then(
      () => setReady(true),
      () => setReady(true),
    )
  }, [font])
  return ready
}
