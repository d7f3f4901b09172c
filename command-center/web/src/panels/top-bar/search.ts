import type { SearchView } from '@quartier/contracts/api'
import type { Selection } from '../../desk-state.ts'
import { nameIn } from '../../i18n/translate.ts'
import { kindName, meantBy, propertyName } from '../../i18n/vocabulary.ts'
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

export const HITS_MAX = 12

const wordsOf = (text: string): string[] => text.toLowerCase().split(/\s+/).filter(Boolean)

/**
 * What to ask the server for: the words as they are, and the same with those that name a kind of thing or a quantity as
 * what they mean. `air handlers west` finds what is called so, and every air handler in the west.
 */
export function questionsOf(text: string): URLSearchParams[] {
  const words = wordsOf(text)
  if (words.length === 0) return []
  const limit = String(HITS_MAX)
  const plain = new URLSearchParams({ text: words.join(' '), limit })
  const { kind, property, rest } = meantBy(words)
  if (kind === undefined && property === undefined) return [plain]
  const meant = new URLSearchParams({ text: rest.join(' '), limit })
  if (kind !== undefined) meant.set('kind', kind)
  if (property !== undefined) meant.set('property', property)
  return [meant, plain]
}

/** Places that carry every one of the words; they are all here. */
export function searchPlaces(text: string, registry: Registry, language: Language): Hit[] {
  const words = wordsOf(text)
  if (words.length === 0) return []
  const hits: Hit[] = []
  for (const place of registry.places) {
    const whole = `${place.id} ${place.name} ${place.nameAr}`.toLowerCase()
    if (!words.every((word) => whole.includes(word))) continue
    const facts = { kind: place.kind, title: nameIn(language, place), sub: place.id, placeId: place.id }
    hits.push({ id: `place ${place.id}`, ...facts, selection: undefined })
    if (hits.length === HITS_MAX) break
  }
  return hits
}

/** Answers and places in one list, assets first; each thing once. */
export function hitsOf(
  answers: readonly SearchView[],
  places: readonly Hit[],
  registry: Registry,
  language: Language,
): Hit[] {
  const hits = new Map<string, Hit>()
  for (const asset of answers.flatMap(({ assets }) => assets)) {
    const place = registry.placeById.get(asset.placeId)
    const sub = [kindName(asset.kind, language), place && nameIn(language, place), asset.id].filter(Boolean)
    const facts = { kind: 'asset', title: nameIn(language, asset), sub: sub.join(' · '), placeId: undefined } as const
    const id = `asset ${asset.id}`
    hits.set(id, { id, ...facts, selection: { type: 'asset', id: asset.id } })
  }
  const series = new Map<string, Hit>()
  for (const { key, property, asset } of answers.flatMap((answer) => answer.series)) {
    const title = [propertyName(property, language), asset && nameIn(language, asset)].filter(Boolean).join(', ')
    const facts = { kind: 'series', title, sub: key, placeId: undefined } as const
    const id = `series ${key}`
    series.set(id, { id, ...facts, selection: { type: 'series', key } })
  }
  // Some of each kind: a word that many assets carry must not hide the place of that name.
  const shares = [[...hits.values()], places, [...series.values()]]
  return fairly(shares, HITS_MAX)
}

/** As many as there is room for, in the order of the lists; none is crowded out by those before it. */
function fairly(lists: readonly (readonly Hit[])[], most: number): Hit[] {
  const taken = lists.map(() => 0)
  for (let left = most, went = true; left > 0 && went; ) {
    went = false
    for (const [i, list] of lists.entries()) {
      if (left === 0 || taken[i]! >= list.length) continue
      taken[i] = taken[i]! + 1
      left--
      went = true
    }
  }
  return lists.flatMap((list, i) => list.slice(0, taken[i]))
}
