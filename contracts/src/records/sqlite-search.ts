import { CompiledQuery as Compiled, type CompiledQuery, type Kysely, type Transaction } from 'kysely'
import { type Alternatives, alternativesOf, facetsOf, holdersIn, plain } from './search-words.ts'
import type { SearchQuery, SeriesSearch } from './series-search.ts'
import type { Tables } from './tables.ts'

const ROWS_PER_INSERT = 50

/**
 * SQLite's FTS5: an inverted index whose row numbers are those of the series. Filters are words of a second column, so
 * that a question of several parts is one intersection of sorted lists, read in order and left once a page is full.
 */
export const sqliteSearch: SeriesSearch = {
  async create(db) {
    const options = `content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2"`
    await db.executeQuery(Compiled.raw(`create virtual table series_search using fts5(text, facets, ${options})`))
  },

  /** Three letters each, beside the words and kept up to date by the database. */
  async createPieces(db) {
    const run = (sql: string) => db.executeQuery(Compiled.raw(sql))
    await run(`create virtual table series_pieces using fts5(word, content = '', tokenize = 'trigram', detail = none)`)
    await run('insert into series_pieces (rowid, word) select rowid, word from series_words')
    await run(
      'create trigger series_pieces_of after insert on series_words begin ' +
        'insert into series_pieces (rowid, word) values (new.rowid, new.word); end',
    )
  },

  async put(db, documents) {
    const rows = documents.map((d) => [d.n, plain(d.text), facetsOf(d).join(' ')])
    await insert(db, 'insert or replace into series_search (rowid, text, facets) values', '(?, ?, ?)', rows)
    const words = holdersIn(documents).map((word) => [word])
    await insert(db, 'insert or ignore into series_words (word) values', '(?)', words)
  },

  async find(db, query, after, limit) {
    const sql = 'select rowid as n from series_search where series_search match ? and rowid > ? order by rowid limit ?'
    const parameters = [await matchExpression(db, query), after, limit]
    const { rows } = await db.executeQuery(Compiled.raw(sql, parameters) as CompiledQuery<{ n: number }>)
    return rows.map((row) => row.n)
  },
}

async function insert(db: Transaction<Tables>, into: string, places: string, rows: readonly unknown[][]) {
  for (let from = 0; from < rows.length; from += ROWS_PER_INSERT) {
    const some = rows.slice(from, from + ROWS_PER_INSERT)
    await db.executeQuery(Compiled.raw(`${into} ${some.map(() => places).join(', ')}`, some.flat()))
  }
}

async function matchExpression(db: Kysely<Tables>, query: SearchQuery): Promise<string> {
  const holdersOf = async (piece: string, limit: number) => {
    const sql =
      'select word from series_words where instr(word, ?) > 1 and rowid in ' +
      '(select rowid from series_pieces where series_pieces match ?) limit ?'
    const parameters = [piece, trigramsOf(piece), limit]
    const { rows } = await db.executeQuery(Compiled.raw(sql, parameters) as CompiledQuery<{ word: string }>)
    return rows.map((row) => row.word)
  }
  const words = (await alternativesOf(query.text, holdersOf)).map(toExpression)
  return [...facetsOf(query).map((facet) => `facets : ${facet}`), ...words].join(' AND ')
}

/** All three-letter pieces of a piece: a word that holds it holds them all. */
const trigramsOf = (piece: string): string => {
  const letters = [...piece]
  return letters
    .slice(2)
    .map((_, i) => `"${letters.slice(i, i + 3).join('')}"`)
    .join(' AND ')
}

const toExpression = (alternatives: Alternatives): string =>
  `text : (${alternatives.map((words) => `"${words.join(' ')}" *`).join(' OR ')})`
