import { setImmediate as breathe } from 'node:timers/promises'
import type { Kysely, Transaction } from 'kysely'
import { type Asset, assetSchema, type Place, placeSchema } from '../schemas/registry.ts'
import { inGroups, ROWS_PER_TRANSACTION } from './bulk.ts'
import { parseCsvLine, type Separator, separatorOf } from './csv.ts'
import { writeAssets, writePlaces } from './district-write.ts'
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
  onProgress: (rows: number) => void = () => {},
): Promise<ImportReport> {
  const run = new ImportRun(db, search)
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

class ImportRun {
  readonly #db: Kysely<Tables>
  readonly #search: SeriesSearch
  #columns: readonly SeriesColumn[] = []
  #separator: Separator = ','
  #waiting: SeriesLine[] = []
  #repeated: SeriesLine[] = []
  /** Line of each series id of this file. */
  readonly #lines = new Map<string, number>()
  readonly #refused: RefusedLine[] = []
  #refusedMore = 0
  #accepted = 0

  constructor(db: Kysely<Tables>, search: SeriesSearch) {
    this.#db = db
    this.#search = search
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
      if (this.#lines.has(row.definition.id)) this.#repeated.push(row)
      else {
        this.#lines.set(row.definition.id, line)
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
    const refused = await this.#db.transaction().execute(async (trx) => {
      const { placed, refused } = await makeMissing(trx, this.#search, rows)
      const unfit = await writeSeries(
        trx,
        this.#search,
        placed.map((row) => row.definition),
      )
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

  async #refuseRepeated(repeated: readonly SeriesLine[]): Promise<void> {
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
  rows.find((row) => row.definition.key === key)?.line ?? 0

/** Makes the places and assets that lines describe and that are not there; refuses lines whose asset stays unknown. */
async function makeMissing(trx: Transaction<Tables>, search: SeriesSearch, rows: readonly SeriesLine[]) {
  const places = await knownIds(trx, 'places', rows.flatMap(placeIdsOf))
  const assets = await knownIds(trx, 'assets', rows.flatMap(assetIdsOf))
  const newPlaces: Place[] = []
  const newAssets: Asset[] = []
  const placed: SeriesLine[] = []
  const refused: RefusedLine[] = []
  for (const row of rows) {
    const { place, asset } = row
    const reason =
      (place && !places.has(place.id) ? mistakeInPlace(place, places) : undefined) ??
      mistakeInAsset(row, asset, assets, places, place)
    if (reason) {
      refused.push({ line: row.line, reason })
      continue
    }
    if (place && !places.has(place.id)) newPlaces.push(remember(places, place))
    if (asset && !assets.has(asset.id)) newAssets.push(remember(assets, asset))
    placed.push(row)
  }
  if (newPlaces.length > 0) await writePlaces(trx, search, newPlaces)
  if (newAssets.length > 0) await writeAssets(trx, search, newAssets)
  return { placed, refused }
}

function mistakeInPlace(place: Place, places: ReadonlySet<string>): string | undefined {
  const issue = placeSchema.safeParse(place).error?.issues[0]
  if (issue) return `place_${issue.path.join('.')}: ${issue.message}`
  if (place.parentId !== null && !places.has(place.parentId)) return `place_parent: ${place.parentId} is unknown`
  return undefined
}

function mistakeInAsset(
  row: SeriesLine,
  asset: Asset | undefined,
  assets: ReadonlySet<string>,
  places: ReadonlySet<string>,
  newPlace: Place | undefined,
): string | undefined {
  const { assetId } = row.definition
  if (assetId === null || assets.has(assetId)) return undefined
  if (!asset) return `unknown-asset: ${assetId} is not registered and the line does not name its kind`
  const issue = assetSchema.safeParse(asset).error?.issues[0]
  if (issue) return `asset_${issue.path.join('.')}: ${issue.message}`
  if (!places.has(asset.placeId) && newPlace === undefined) return `place: ${asset.placeId} is unknown`
  if (asset.parentId !== null && !assets.has(asset.parentId)) return `asset_parent: ${asset.parentId} is unknown`
  return undefined
}

const placeIdsOf = ({ asset, place }: SeriesLine): string[] =>
  [asset?.placeId, place?.id, place?.parentId].filter((id) => typeof id === 'string')

const assetIdsOf = ({ asset, definition }: SeriesLine): string[] =>
  [definition.assetId, asset?.parentId].filter((id) => typeof id === 'string')

async function knownIds(trx: Transaction<Tables>, table: 'places' | 'assets', ids: string[]): Promise<Set<string>> {
  const rows = await inGroups([...new Set(ids)], (some) =>
    trx.selectFrom(table).select('id').where('id', 'in', some).execute(),
  )
  return new Set(rows.map((row) => row.id))
}

function remember<T extends { id: string }>(known: Set<string>, item: T): T {
  known.add(item.id)
  return item
}
