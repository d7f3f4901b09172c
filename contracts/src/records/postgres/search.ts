import { CompiledQuery, type Kysely } from 'kysely'
import { type Alternatives, alternativesOf, facetsOf, holdersIn, wordsOf } from '../search-words.ts'
import type { SearchDocument, SearchQuery, SeriesSearch } from '../series-search.ts'
import type { Tables } from '../tables.ts'

/** Rows looked through in order before the index is asked: what many rows match fills a page there. */
const NEAR_ROWS = 5_000

/**
 * PostgreSQL's full text with words that we cut ourselves, so that no dictionary or locale of the server matters.
 * A filter is one more word of the document, which begins with `=` as no word of a text does. The index (GIN) gives no
 * order, so it is asked only when the next rows in order do not fill the page: then there are few matches to sort.
 */
export const postgresSearch: SeriesSearch = {
  async create(db) {
    await db.executeQuery(
      CompiledQuery.raw('create table series_search (n integer primary key, document tsvector not null)'),
    )
    await db.executeQuery(
      CompiledQuery.raw('create index series_search_document on series_search using gin (document)'),
    )
  },

  /** The words are few enough to be looked through; an index of pieces would need an extension of the server. */
  async createPieces() {},

  async put(db, documents) {
    if (documents.length === 0) return
    const sql =
      'insert into series_search (n, document) select n, document::tsvector from unnest($1::int[], $2::text[]) as d (n, document) ' +
      'on conflict (n) do update set document = excluded.document'
    const numbers = documents.map((d) => d.n)
    await db.executeQuery(CompiledQuery.raw(sql, [numbers, documents.map(vectorOf)]))
    const words = 'insert into series_words (word) select unnest($1::text[]) on conflict do nothing'
    await db.executeQuery(CompiledQuery.raw(words, [holdersIn(documents)]))
  },

  async find(db, query, after, limit) {
    const asked = await questionOf(db, query)
    const run = async (sql: string, parameters: unknown[]) =>
      (await db.executeQuery<{ n: number }>(CompiledQuery.raw(sql, parameters))).rows.map((row) => row.n)
    const near = await run(NEAR, [asked, after, limit, NEAR_ROWS])
    if (near.length === limit) return near
    return run(ALL, [asked, after, limit])
  },
}

// `offset 0` keeps the planner from merging the inner query into the outer one and choosing another way.
const NEAR = `
  select n from (select n, document from series_search where n > $2 order by n limit $4 offset 0) as near
  where document @@ $1::tsquery order by n limit $3`
const ALL = `
  with found as materialized (select n from series_search where document @@ $1::tsquery)
  select n from found where n > $2 order by n limit $3`

function vectorOf(d: SearchDocument): string {
  const words = wordsOf(d.text).map((word, i) => `'${word}':${i + 1}`)
  for (const facet of facetsOf(d)) words.push(`'=${facet}'`)
  return words.join(' ')
}

/** Facets that all hold, and words of the text: what stands together without spaces must stand together there too. */
async function questionOf(db: Kysely<Tables>, query: SearchQuery): Promise<string> {
  const holdersOf = async (piece: string, limit: number) => {
    const sql = 'select word from series_words where strpos(word, $1) > 1 limit $2'
    const { rows } = await db.executeQuery<{ word: string }>(CompiledQuery.raw(sql, [piece, limit]))
    return rows.map((row) => row.word)
  }
  const words = (await alternativesOf(query.text, holdersOf)).map(toExpression)
  return [...facetsOf(query).map((facet) => `'=${facet}'`), ...words].join(' & ')
}

const toExpression = (alternatives: Alternatives): string =>
  `(${alternatives.map((words) => `${words.map((word) => `'${word}'`).join(' <-> ')}:*`).join(' | ')})`
