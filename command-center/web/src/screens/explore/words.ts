import type { SeriesCard, SeriesPage } from '@quartier/contracts/api'
import { formatDate, formatQuantity, formatTime } from '../../i18n/format.ts'
import { nameIn, type Translate } from '../../i18n/translate.ts'
import { propertyName } from '../../i18n/vocabulary.ts'
import type { Language } from '../../theme/preferences.ts'
import type { Change } from './lanes.ts'

/** What a series is called, and whose it is. */
export interface SeriesWords {
  /** `Supply temperature` */
  readonly title: string
  /** `ETS-07, Building 41, East`; the key where nobody has said whose it is. */
  readonly where: string
}

type Named = { readonly name: string; readonly nameAr?: string }

export function cardWords({ series, asset, place, zone }: SeriesCard, language: Language): SeriesWords {
  return wordsOf(series, [asset, place, zone?.id === place?.id ? null : zone], language)
}

/** The same for what a search has found. */
export function hitWords(
  series: SeriesPage['series'][number],
  { assets, places }: Pick<SeriesPage, 'assets' | 'places'>,
  language: Language,
): SeriesWords {
  const asset = assets.find(({ id }) => id === series.assetId)
  const around: Named[] = []
  for (let at = asset?.placeId ?? null; at !== null && around.length < 2; ) {
    const place = places.find(({ id }) => id === at)
    if (!place || place.kind === 'district') break
    around.push(place)
    at = place.parentId
  }
  return wordsOf(series, [asset, ...around], language)
}

function wordsOf(
  { key, property }: { key: string; property: string },
  named: readonly (Named | null | undefined)[],
  language: Language,
): SeriesWords {
  const all = named.flatMap((one) => (one ? nameIn(language, one) : []))
  // Many an asset has its place in its name.
  const names = all.filter((name, i) => !all.slice(0, i).some((before) => before.includes(name)))
  return { title: propertyName(property, language), where: names.length > 0 ? listed(names, language) : key }
}

export const listed = (words: readonly string[], language: Language): string =>
  words.filter(Boolean).join(language === 'ar' ? '، ' : ', ')

/** `Thu 26 Nov 2026 18:42`. */
export const instantWords = (at: number, language: Language, seconds = false): string =>
  `${formatDate(at, language)} ${formatTime(at, seconds)}`

export function changeWords(
  { at, before, after }: Change,
  zoneName: (id: string) => string,
  t: Translate,
  language: Language,
): string {
  const what = [
    before.unit !== after.unit && t('explore.wasUnit', { unit: before.unit || '1' }),
    before.zoneId !== after.zoneId && before.zoneId !== null && t('explore.wasZone', { zone: zoneName(before.zoneId) }),
  ].filter((words) => typeof words === 'string')
  const said = what.length > 0 ? listed(what, language) : t('explore.wasPlace')
  return t('explore.was', { time: instantWords(at, language), what: said })
}

/** `9.4 °C`, or that nothing came. */
export const quantityWords = (value: number | null, unit: string, t: Translate): string =>
  value === null ? t('explore.noReading') : formatQuantity(value, unit)
