import { setImmediate as breathe } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import { inGroups, ROWS_PER_TRANSACTION, transact } from './bulk.ts'
import { parseCsvLine, type Separator, separatorOf } from './csv.ts'
import { makeThings } from './import-things.ts'
import type { ImportReport, RefusedLine } from './port.ts'
import { LineMistake, readHeader, readSeriesLine, type SeriesColumn, type SeriesLine } from './series-csv.ts'
import type { SeriesSearch } from './series-search.ts'
import { writeSeries } from './series-write.ts'
import type { Tables } from './tables.ts'

const REFUSED_LISTED = 1_000

/**
 * Reads the CSV line by line and keeps what is right; memory is bounded but for 16 characters a line. While the database
 * writes some lines the next are read.
 */
export async function importSeriesCsv(
  db: Kysely<Tables>,
  search: SeriesSearch,
  lines: AsyncIterable<string>,
  at: number,
  onProgress: (rows: number) => void = () => {},
): Promise<ImportReport> {
  const run = new ImportRun(db, search, at)
  const unusable = (reason: string): ImportReport => ({ accepted: 0, refused: [{ line: 1, reason }], refusedMore: 0 })
  let number = 0
  let writing = Promise.resolve()
  const write = async () => {
    const rows = number - 1
    await writing
    writing = run.flush().then(() => onProgress(rows))
    writing.catch(() => {}) // told by whoever waits for it next
  }
  for await (const text of lines) {
    number++
    if (number === 1) {
      const problem = run.begin(text.replace(/^\uFEFF/, ''))
      if (problem) return unusable(problem)
    } else if (run.read(text, number)) {
      await write()
      await breathe()
    }
  }
  if (number === 0) return unusable('has no header line')
  await write()
  await writing
  return run.report()
}

type Repeated = Required<Pick<SeriesLine, 'line' | 'definition'>>

class ImportRun {
  readonly #db: Kysely<Tables>
  readonly #search: SeriesSearch
  readonly #at: number
  #columns: readonly SeriesColumn[] = []
  #separator: Separator = ','
  #waiting: SeriesLine[] = []
  #repeated: Repeated[] = []
  /** Line of each series id of this file. */
  readonly #lines = new Map<string, number>()
  readonly #refused: RefusedLine[] = []
  #refusedMore = 0
  #accepted = 0

  constructor(db: Kysely<Tables>, search: SeriesSearch, at: number) {
    this.#db = db
    this.#search = search
    this.#at = at
  }

  /** Takes the header; returns what is wrong with it. */
  begin(header: string): string | undefined {
    if (header.trim() === '') return 'has no header line'
    this.#separator = separatorOf(header)
    const fields = parseCsvLine(header, this.#separator)
    const columns = 'reason' in fields ? fields : readHeader(fields)
    if ('reason' in columns) return columns.reason
    this.#columns = columns
    return undefined
  }

  /** Takes a line; returns whether it is time to flush. */
  read(text: string, line: number): boolean {
    if (text.trim() === '') return false
    try {
      const fields = parseCsvLine(text, this.#separator)
      if ('reason' in fields) throw new LineMistake(fields.reason)
      const row = readSeriesLine(this.#columns, fields, line)
      const id = row.definition?.id
      if (id !== undefined && this.#lines.has(id)) this.#repeated.push({ line, definition: row.definition! })
      else {
        if (id !== undefined) this.#lines.set(id, line)
        this.#waiting.push(row)
      }
    } catch (error) {
      if (!(error instanceof LineMistake)) throw error
      this.#refuse(line, error.message)
    }
    return this.#waiting.length + this.#repeated.length >= ROWS_PER_TRANSACTION
  }

  async flush(): Promise<void> {
    const rows = this.#waiting
    const repeated = this.#repeated
    this.#waiting = []
    this.#repeated = []
    const refused = await transact(this.#db, async (trx) => {
      const { placed, refused } = await makeThings(trx, this.#search, rows, this.#at)
      const definitions = placed.flatMap((row) => row.definition ?? [])
      const unfit = await writeSeries(trx, this.#search, definitions, { at: this.#at })
      return [...refused, ...unfit.map(({ key, reason }) => ({ line: lineOf(placed, key), reason }))]
    })
    this.#accepted += rows.length - refused.length
    for (const { line, reason } of refused) this.#refuse(line, reason)
    await this.#refuseRepeated(repeated)
  }

  report(): ImportReport {
    return {
      accepted: this.#accepted,
      refused: this.#refused.sort((a, b) => a.line - b.line),
      refusedMore: this.#refusedMore,
    }
  }

  async #refuseRepeated(repeated: readonly Repeated[]): Promise<void> {
    const ids = repeated.map((row) => row.definition.id)
    const kept = await inGroups(ids, (some) =>
      this.#db.selectFrom('series').select(['id', 'key']).where('id', 'in', some).execute(),
    )
    const keys = new Map(kept.map((row) => [row.id, row.key]))
    for (const { line, definition } of repeated) {
      const key = keys.get(definition.id) ?? definition.key
      const first = this.#lines.get(definition.id)
      const collides = key !== definition.key
      this.#refuse(line, collides ? `collision: ${key} of line ${first} has the same id` : `duplicate of line ${first}`)
    }
  }

  #refuse(line: number, reason: string): void {
    if (this.#refused.length < REFUSED_LISTED) this.#refused.push({ line, reason })
    else this.#refusedMore++
  }
}

const lineOf = (rows: readonly SeriesLine[], key: string): number =>
  rows.find((row) => row.definition?.key === key)?.line ?? 0
