import type { Kysely } from 'kysely'
import type { ImportReport } from './port.ts'
import type { SeriesSearch } from './series-search.ts'
import type { Tables } from './tables.ts'

export async function importSeriesCsv(
  _db: Kysely<Tables>,
  _search: SeriesSearch,
  _lines: AsyncIterable<string>,
  _onProgress?: (rows: number) => void,
): Promise<ImportReport> {
  throw new Error('follows')
}
