import { CompiledQuery } from 'kysely'
import { facetsOf, plain } from '../search-words.ts'
import type { SearchDocument, SearchQuery, SeriesSearch } from '../series-search.ts'

const WORDS_MAX = 16
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

  async put(db, documents) {
    if (documents.length === 0) return
    const sql =
      'insert into series_search (n, document) select n, document::tsvector from unnest($1::int[], $2::text[]) as d (n, document) ' +
      'on conflict (n) do update set document = excluded.document'
    const numbers = documents.map((d) => d.n)
    await db.executeQuery(CompiledQuery.raw(sql, [numbers, documents.map(vectorOf)]))
  },

  async find(db, query, after, limit) {
    const asked = questionOf(query)
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
function questionOf(query: SearchQuery): string {
  const phrases = (query.text ?? '')
    .split(/\s+/)
    .map(wordsOf)
    .filter((words) => words.length > 0)
    .slice(0, WORDS_MAX)
    .map((words) => words.map((word, i) => `'${word}'${i === words.length - 1 ? ':*' : ''}`).join(' <-> '))
  return [...facetsOf(query).map((facet) => `'=${facet}'`), ...phrases].join(' & ')
}

const wordsOf = (text: string): string[] => plain(text).toLowerCase().match(WORD) ?? []
const WORD = /[\p{L}\p{N}]+/gu
