import { hashed, hashText } from '../series/id.ts'
import type { SearchDocument } from './series-search.ts'

type Facets = Partial<Omit<SearchDocument, 'n' | 'text' | 'under'>> & {
  readonly under?: string | readonly string[] | undefined
}

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
  for (const assetId of typeof d.under === 'string' ? [d.under] : (d.under ?? [])) add('u', assetId)
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

/** The words of a text, in small letters without their marks. */
export const wordsOf = (text: string): string[] => plain(text).toLowerCase().match(WORD) ?? []
const WORD = /[\p{L}\p{N}]+/gu

const ASKED_MOST = 16
/** Shorter pieces are looked for at the beginnings of words alone: they are in too many. */
const PIECE_LEAST = 3
/** Longer words that one piece may stand in. */
const HOLDERS_MOST = 1_000

/** One word that was asked for: sequences of words of which one must occur, the last of each perhaps longer. */
export type Alternatives = readonly (readonly string[])[]

/**
 * What the words of a question can stand for: each is found at the beginning of a word, and from three letters on
 * within one. What is joined without a space, such as `ahu-2/supply`, must stand together.
 * @param holdersOf words that hold a piece, but not at their beginning
 */
export async function alternativesOf(
  text: string | undefined,
  holdersOf: (piece: string, limit: number) => Promise<readonly string[]>,
): Promise<readonly Alternatives[]> {
  const asked = (text ?? '')
    .split(/\s+/)
    .map(wordsOf)
    .filter((words) => words.length > 0)
    .slice(0, ASKED_MOST)
  return Promise.all(
    asked.map(async (words) => {
      const [first = '', ...rest] = words
      if ([...first].length < PIECE_LEAST) return [words]
      const holders = await holdersOf(first, HOLDERS_MOST)
      const fitting = rest.length === 0 ? holders : holders.filter((holder) => holder.endsWith(first))
      return [words, ...fitting.map((holder) => [holder, ...rest])]
    }),
  )
}

/** Words that a piece can stand within, each once. */
export function holdersIn(documents: readonly SearchDocument[]): string[] {
  const words = new Set<string>()
  for (const { text } of documents) for (const word of wordsOf(text)) if (word.length > PIECE_LEAST) words.add(word)
  return [...words]
}
