import { hashed, hashText } from '../series/id.ts'
import type { SearchDocument } from './series-search.ts'

type Facets = Partial<Omit<SearchDocument, 'n' | 'text'>>

/** Every filter of a document or a question as one word. */
export function facetsOf(d: Facets): string[] {
  const found: string[] = []
  const add = (letter: string, value: string | null | undefined) => {
    if (value !== null && value !== undefined) found.push(facet(letter, value))
  }
  add('z', d.zoneId)
  add('l', d.placeId)
  add('a', d.assetId)
  add('k', d.assetKind)
  add('p', d.property)
  add('s', d.status)
  return found
}

/** One word for a filter's value, whatever characters the value has. */
function facet(letter: string, value: string): string {
  const known = facets.get(letter + value)
  if (known) return known
  hashText(value)
  const made = `${letter}${hashed.hi.toString(36)}x${hashed.lo.toString(36)}`
  if (facets.size >= 100_000) facets.clear()
  facets.set(letter + value, made)
  return made
}

const facets = new Map<string, string>()

/** Letters without their marks, so that an Arabic name is found with and without vowel signs. */
export const plain = (text: string): string => (ASCII.test(text) ? text : text.normalize('NFKD').replace(MARKS, ''))

// biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of ASCII is meant
const ASCII = /^[\x00-\x7f]*$/
const MARKS = /\p{Mn}/gu
