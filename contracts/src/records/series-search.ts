import type { Kysely, Transaction } from 'kysely'
import type { SeriesQuery } from './port.ts'
import type { Tables } from './tables.ts'

/** What a series is found by. */
export interface SearchDocument {
  readonly n: number
  /** Key, asset name and place name, in both languages. */
  readonly text: string
  readonly property: string
  readonly status: string
  readonly zoneId: string | null
  readonly placeId: string | null
  readonly assetId: string | null
  readonly assetKind: string | null
  /** Its asset, and those that this hangs on in the topology. */
  readonly under: readonly string[]
}

export type SearchQuery = Omit<SeriesQuery, 'limit' | 'after'>

/** The index behind listings of series: full text and filters together, the one part that each database does its own way. */
export interface SeriesSearch {
  /** Part of a migration: makes what the index needs. */
  create(db: Transaction<Tables>): Promise<void>
  /** Part of a later migration: makes what finds the words that hold a piece, where the table of words is not enough. */
  createPieces(db: Transaction<Tables>): Promise<void>
  /** Adds documents, or replaces those with the same `n`. */
  put(db: Transaction<Tables>, documents: readonly SearchDocument[]): Promise<void>
  /** Numbers of the series that match all that is asked, ascending, above `after`. */
  find(db: Kysely<Tables>, query: SearchQuery, after: number, limit: number): Promise<readonly number[]>
}
