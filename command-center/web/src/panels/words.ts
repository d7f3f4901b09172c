import type { AttentionRow } from '@quartier/contracts/api'
import {
  isReporting,
  type LiveSeries,
  NEVER,
  OUT_OF_RANGE,
  SILENT,
  STALE,
  STATE_WORDS,
  type StateWord,
  WAITING,
} from '@quartier/contracts/live'
import {
  MARK_GATEWAY_TIME,
  MARK_HISTORICAL,
  MARK_RETAINED,
  MARK_SMALL_COUNT,
  MARK_UNTIMED,
  qualityWord,
} from '@quartier/contracts/quality'
import { formatLimit, formatQuantity, formatSpan, formatValue, THIN_SPACE, unitSign } from '../i18n/format.ts'
import { type MessageKey, nameIn, type Translate } from '../i18n/translate.ts'
import { isYesNo, propertyName } from '../i18n/vocabulary.ts'
import { type AssetNode, placePath, type Registry } from '../live/registry.ts'
import type { Language } from '../theme/preferences.ts'

/** `Building 41, East`: the asset's place and zone. */
export function placeWords(registry: Registry, placeId: string | null, language: Language): string {
  const path = placePath(registry, placeId).filter((place) => place.kind !== 'district')
  return path
    .slice(0, 2)
    .map((place) => nameIn(language, place))
    .join(language === 'ar' ? '، ' : ', ')
}

/** What the asset is called; the device part of the series key where there is no asset. */
export function assetWords(
  asset: Pick<AssetNode, 'name' | 'nameAr'> | null | undefined,
  series: Pick<LiveSeries, 'key'> | null | undefined,
  language: Language,
): string {
  if (asset) return nameIn(language, asset)
  const parts = series?.key.split('/') ?? []
  return parts.length > 2 ? parts.slice(1, -1).join('/') : (series?.key ?? '')
}

/** What is wrong, in a few words: the title of a row. */
export function troubleWords(
  { state, asset, assets, reading }: AttentionRow,
  t: Translate,
  language: Language,
): string {
  if (!reading) return t('attention.isSilent', { name: assetWords(asset, undefined, language) })
  const property = propertyName(reading.property, language)
  if (state === 'silent') return t('attention.isBlind', { property })
  if (state !== 'out-of-range') return t(TROUBLES[state], { property })
  const { value, unit, validMin, validMax } = reading
  const sign = unitSign(unit) ? THIN_SPACE + unitSign(unit) : ''
  if (assets === 1 && value !== null && validMax !== null && value > validMax) {
    return t('attention.isAbove', { property, limit: formatLimit(validMax) + sign })
  }
  if (assets === 1 && value !== null && validMin !== null && value < validMin) {
    return t('attention.isBelow', { property, limit: formatLimit(validMin) + sign })
  }
  return t('attention.isOutside', { property })
}

const TROUBLES: Readonly<Record<Exclude<StateWord, 'silent' | 'out-of-range'>, MessageKey>> = {
  normal: 'attention.isOutside',
  bad: 'attention.isBad',
  stale: 'attention.isStale',
  never: 'attention.isNever',
  uncertain: 'attention.isUncertain',
  waiting: 'attention.isWaiting',
}

/** A state in a word: `silent`. */
export const stateWords = (state: number, t: Translate): string => t(`is.${STATE_WORDS[state] ?? 'normal'}`)

/** From here on seconds are told in minutes, hours and days. */
const LONG_S = 300

const NOUNS: Readonly<Record<string, MessageKey>> = { people: 'unit.people', freeBays: 'unit.bays' }

/** What is counted, where the reading is a bare count of it: `12 people`. */
export function nounWords(value: number, { property, unit }: Pick<LiveSeries, 'property' | 'unit'>, t: Translate) {
  const key = unit === '' || unit === '1' ? NOUNS[property] : undefined
  return key && t(key, { n: formatValue(value, unit) })
}

/** A reading for people: yes or no where that is what it says, a long time in its parts. */
export function formatReading(
  value: number,
  { property, unit }: Pick<LiveSeries, 'property' | 'unit'>,
  t: Translate,
): string {
  if (isYesNo(property) && (value === 0 || value === 1)) return t(value === 1 ? 'value.yes' : 'value.no')
  if (unit === 's' && value >= LONG_S) return formatSpan(value * 1000, t)
  const noun = nounWords(value, { property, unit }, t)
  return noun ? `${formatValue(value, unit)} ${noun}` : formatQuantity(value, unit)
}

/** `good`, or why not. */
export function qualityWords(quality: number, state: number, t: Translate): string {
  if (state === NEVER) return t('quality.none')
  if (state === WAITING) return t('is.waiting')
  const word = state === STALE || state === SILENT ? 'stale' : qualityWord(quality)
  const why = [
    quality & MARK_GATEWAY_TIME && t('quality.gatewayTime'),
    quality & MARK_UNTIMED && t('quality.untimed'),
    quality & MARK_RETAINED && t('quality.retained'),
    quality & MARK_HISTORICAL && t('quality.historical'),
    quality & MARK_SMALL_COUNT && t('quality.smallCount'),
  ].filter((reason) => typeof reason === 'string')
  const said = t(`quality.${word}`)
  return why.length ? `${said}: ${why.join(', ')}` : said
}

export const isDim = (state: number): boolean => !isReporting(state)
export const isBeyond = (state: number): boolean => state === OUT_OF_RANGE

export const intervalWords = (intervalMs: number, t: Translate): string =>
  intervalMs > 0 ? formatSpan(intervalMs, t) : t('card.unknownInterval')
