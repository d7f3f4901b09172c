import { isBlind } from '@quartier/contracts/live'
import type { Map as MapLibre } from 'maplibre-gl'
import { formatAge, formatNumber } from '../i18n/format.ts'
import { nameIn, useWords } from '../i18n/translate.ts'
import { kindName, propertyName } from '../i18n/vocabulary.ts'
import { useNow } from '../live/hooks.ts'
import type { Registry } from '../live/registry.ts'
import type { SensorTile } from '../live/tiles.ts'
import { assetWords, formatReading, stateWords } from '../panels/words.ts'
import { MapTag } from './map-tag.tsx'
import { type Hit, seriesAt, stateAt } from './marks.ts'
import { assetAt, spotsFor } from './spots.ts'
import type { Pointed } from './use-pointer.ts'

/** What the pointer is on, in words. */
export function HoverTag({
  map,
  pointed,
  registry,
}: {
  map: MapLibre
  pointed: NonNullable<Pointed>
  registry: Registry
}) {
  const { t, language } = useWords()
  if (pointed.type === 'cluster') {
    const { longitude, latitude, places, total, reporting, worst } = pointed.mark
    const [first] = places
    const place = registry.placeById.get(pointed.mark.id) ?? registry.placeById.get(first ?? '')
    const more = places.length - 1
    return (
      <MapTag map={map} longitude={longitude} latitude={latitude}>
        <b>{place && nameIn(language, place)}</b>
        {more > 0 && <span className="mute">{t('map.andPlaces', { n: more })}</span>}
        <span>{t('map.reporting', { n: formatNumber(reporting), total: formatNumber(total) })}</span>
        <span>{stateWords(worst, t)}</span>
      </MapTag>
    )
  }
  const spots = spotsFor(pointed.tile)
  return (
    <MapTag map={map} longitude={spots[pointed.row * 2]!} latitude={spots[pointed.row * 2 + 1]!}>
      <ThingWords {...pointed} />
    </MapTag>
  )
}

function ThingWords({ tile, row }: Hit) {
  const { t, language } = useWords()
  const asset = assetAt(tile, row)
  const series = tile.level === 'sensors' ? tile.index?.series[row] : undefined
  const state = stateAt(tile, row)
  return (
    <>
      <b>{assetWords(asset, series, language)}</b>
      {asset && <span className="mute">{kindName(asset.kind, language)}</span>}
      {tile.level === 'sensors' && series ? (
        <SensorWords tile={tile} row={row} series={series} />
      ) : (
        <span>
          {t('attention.series', { n: formatNumber(seriesAt(tile, row)) })}, {stateWords(state, t)}
        </span>
      )}
    </>
  )
}

type SeriesFacts = NonNullable<SensorTile['index']>['series'][number]

function SensorWords({ tile, row, series }: { tile: SensorTile; row: number; series: SeriesFacts }) {
  const { t, language } = useWords()
  const now = useNow()
  const value = tile.columns.value[row]!
  const state = tile.columns.state[row]!
  return (
    <>
      <span>
        {propertyName(series.property, language)}{' '}
        {Number.isNaN(value) ? t('card.noValue') : <bdi className="num">{formatReading(value, series, t)}</bdi>}
      </span>
      <span className={isBlind(state) ? 'strong' : 'mute'}>
        {!Number.isNaN(value) && formatAge(now - tile.columns.measuredAt[row]!, t)}
        {state !== 0 && `, ${stateWords(state, t)}`}
      </span>
    </>
  )
}
