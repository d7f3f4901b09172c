import type { LiveSeries } from '@quartier/contracts/live'
import type { Selection } from '../../desk-state.ts'
import { nameIn } from '../../i18n/translate.ts'
import { kindName, propertyName } from '../../i18n/vocabulary.ts'
import type { PlaceNode, Registry } from '../../live/registry.ts'
import type { Language } from '../../theme/preferences.ts'

export interface Hit {
  readonly id: string
  readonly kind: 'asset' | 'series' | PlaceNode['kind']
  readonly title: string
  readonly sub: string
  readonly selection: Selection
  /** Where the map should go. */
  readonly placeId: string | undefined
}

const HITS_MAX = 12

const kindNames = (kind: string): readonly string[] => [kind, kindName(kind, 'en'), kindName(kind, 'ar')]

/** `detectors` → `detector`: people ask for several. */
const singular = (word: string): string => (word.length > 3 ? word.replace(/(?<=[sx]|ch|sh)es$|s$/, '') : word)

/** What carries every one of the words in its name, id or place; assets before series before places. */
export function search(text: string, registry: Registry, series: readonly LiveSeries[], language: Language): Hit[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return []
  const fits = (...parts: readonly string[]) => {
    const whole = parts.join(' ').toLowerCase()
    return words.every((word) => whole.includes(word) || whole.includes(singular(word)))
  }
  const hits: Hit[] = []
  for (const asset of registry.assets) {
    if (hits.length >= HITS_MAX) return hits
    const place = registry.placeById.get(asset.placeId)
    if (!fits(asset.id, asset.name, asset.nameAr, place?.name ?? '', place?.nameAr ?? '', ...kindNames(asset.kind)))
      continue
    hits.push({
      id: `asset ${asset.id}`,
      kind: 'asset',
      title: nameIn(language, asset),
      sub: [kindName(asset.kind, language), place && nameIn(language, place), asset.id].filter(Boolean).join(' · '),
      selection: { type: 'asset', id: asset.id },
      placeId: undefined,
    })
  }
  for (const { key, property, assetId } of series) {
    if (hits.length >= HITS_MAX) return hits
    const asset = assetId === null ? undefined : registry.assetById.get(assetId)
    if (
      !fits(
        key,
        propertyName(property, 'en'),
        propertyName(property, 'ar'),
        asset?.name ?? '',
        ...(asset ? kindNames(asset.kind) : []),
      )
    )
      continue
    hits.push({
      id: `series ${key}`,
      kind: 'series',
      title: propertyName(property, language),
      sub: key,
      selection: { type: 'series', key },
      placeId: undefined,
    })
  }
  for (const place of registry.places) {
    if (hits.length >= HITS_MAX) return hits
    if (!fits(place.id, place.name, place.nameAr)) continue
    hits.push({
      id: `place ${place.id}`,
      kind: place.kind,
      title: nameIn(language, place),
      sub: place.id,
      selection: undefined,
      placeId: place.id,
    })
  }
  return hits
}
