import { CompiledQuery as Compiled, type CompiledQuery } from 'kysely'
import { facetsOf, plain } from './search-words.ts'
import type { SearchQuery, SeriesSearch } from './series-search.ts'

const ROWS_PER_INSERT = 50
const WORDS_MAX = 16

/**
 * SQLite's FTS5: an inverted index whose row numbers are those of the series. Filters are words of a second column, so
 * that a question of several parts is one intersection of sorted lists, read in order and left once a page is full.
 */
export const sqliteSearch: SeriesSearch = {
  async create(db) {
    const options = `content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2"`
    await db.executeQuery(Compiled.raw(`create virtual table series_search using fts5(text, facets, ${options})`))
  },

  async put(db, documents) {
    for (let from = 0; from < documents.length; from += ROWS_PER_INSERT) {
      const some = documents.slice(from, from + ROWS_PER_INSERT)
      const sql = `insert or replace into series_search (rowid, text, facets) values ${some.map(() => '(?, ?, ?)').join(', ')}`
      const parameters: unknown[] = []
      for (const d of some) parameters.push(d.n, plain(d.text), facetsOf(d).join(' '))
      await db.executeQuery(Compiled.raw(sql, parameters))
    }
  },

  async find(db, query, after, limit) {
    const sql = 'select rowid as n from series_search where series_search match ? and rowid > ? order by rowid limit ?'
    const parameters = [matchExpression(query), after, limit]
    const { rows } = await db.executeQuery(Compiled.raw(sql, parameters) as CompiledQuery<{ n: number }>)
    return rows.map((row) => row.n)
  },
}

function matchExpression(query: SearchQuery): string {
  const words = plain(query.text ?? '')
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word))
    .slice(0, WORDS_MAX)
    .map((word) => `text : "${word.replaceAll('"', '')}" *`)
  return [...facetsOf(query).map((facet) => `facets : ${facet}`), ...words].join(' AND ')
}
