import type { AttentionRow } from '@quartier/contracts/api'
import type { Map as MapLibre } from 'maplibre-gl'
import { useMemo } from 'react'
import { formatNumber, formatTime } from '../i18n/format.ts'
import { nameIn, useWords } from '../i18n/translate.ts'
import { figuresOf } from '../live/figures.ts'
import { useLiveView } from '../live/hooks.ts'
import { middleOf, type PlaceNode, type Registry } from '../live/registry.ts'
import type { Drawing } from './live-drawing.ts'
import { MapTag } from './map-tag.tsx'
import { within } from './passing.ts'
import type { MapView } from './use-map.ts'

/** More tags than these would hide what they speak of. */
const TAGS_MOST = 4

/** Tags of what is blind in view: since when, and how many. A zone speaks for all that is in it. */
export function BlindTags({
  map,
  registry,
  drawing,
  view,
}: {
  map: MapLibre
  registry: Registry
  drawing: Drawing
  view: MapView | undefined
}) {
  const { t, language } = useWords()
  const { attention } = useLiveView()
  const { ground, sums } = drawing
  const blind = useMemo(() => blindPlaces(registry, ground), [registry, ground])
  const shown = blind
    .map((place) => ({ place, at: middleOf(place.geometry), ...facts(place, drawing, attention?.rows ?? []) }))
    .filter(({ at }) => view && within(view.bounds, at[0], at[1]))
    .sort((a, b) => b.blind - a.blind)
    .slice(0, TAGS_MOST)
  if (!sums) return null
  return shown.map(({ place, at, blind: n, since }) => (
    <MapTag key={place.id} map={map} longitude={at[0]} latitude={at[1]} className="blind-tag">
      <b>{since === undefined ? t('map.blind') : t('map.blindSince', { time: formatTime(since) })}</b>
      <span>
        {nameIn(language, place)}, {t('map.sensors', { n: formatNumber(n) })}
      </span>
    </MapTag>
  ))
}

/** Blind zones, and what is blind outside of them; a street says it by its hatch alone. */
function blindPlaces(registry: Registry, ground: Drawing['ground']): PlaceNode[] {
  const blind = registry.places.filter(({ kind }, i) => kind !== 'street' && ground[i]?.blind)
  const zones = new Set(blind.filter(({ kind }) => kind === 'zone').map(({ id }) => id))
  return blind.filter(({ kind, zoneId }) => kind === 'zone' || !zones.has(zoneId ?? ''))
}

/** How many are blind there, and since when: as the gateways of the list say, else since the quietest is quiet. */
function facts(place: PlaceNode, { sums }: Drawing, rows: readonly AttentionRow[]) {
  const found = place.kind === 'zone' ? sums.zone(place.id) : sums.place(place.id)
  const blind = found ? figuresOf(found.counts).blind : 0
  const isThere = ({ asset, zoneId }: AttentionRow) =>
    place.kind === 'zone' ? zoneId === place.id : asset?.placeId === place.id
  const silent = rows.filter((row) => row.state === 'silent' && isThere(row)).map(({ sinceAt }) => sinceAt)
  const oldest = found?.oldestAt ?? Number.NaN
  const since = silent.length > 0 ? Math.min(...silent) : oldest
  return { blind, since: Number.isFinite(since) ? since : undefined }
}
