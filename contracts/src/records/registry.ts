import { setImmediate as breathe } from 'node:timers/promises'
import { type Kysely, sql, type Transaction } from 'kysely'
import { QuartierError } from '../errors.ts'
import type { DistrictModel, SeriesDefinition } from '../schemas/registry.ts'
import { seriesIdOf, seriesIdText } from '../series/id.ts'
import { counter, inGroups, ROWS_PER_TRANSACTION } from './bulk.ts'
import { checkDistrict } from './district-check.ts'
import { writeAssets, writePlaces } from './district-write.ts'
import { extentOf } from './extent.ts'
import type { PutOptions, RegistryStore, SeriesQuery } from './port.ts'
import { toAsset, toDefinition, toPlace } from './registry-rows.ts'
import { importSeriesCsv } from './series-import.ts'
import type { SeriesSearch } from './series-search.ts'
import { mistakeIn, writeSeries } from './series-write.ts'
import type { Tables } from './tables.ts'

const PAGE_MAX = 10_000

export function registryStore(db: Kysely<Tables>, search: SeriesSearch): RegistryStore {
  const read = readers(db, search)
  return {
    ...read,
    importDistrict: (model, onProgress) => importDistrict(db, search, model, onProgress),
    importSeriesCsv: (lines, onProgress) => importSeriesCsv(db, search, lines, onProgress),
    putSeries: (series, options) => putSeries(db, search, series, options),
    pending: pendingReader(db) as RegistryStore['pending'],
    async announced(kind, revision) {
      await db
        .updateTable('counters')
        .set({ value: revision })
        .where('name', '=', `announced-${kind}`)
        .where('value', '<', revision)
        .execute()
    },
  }
}

async function importDistrict(
  db: Kysely<Tables>,
  search: SeriesSearch,
  model: DistrictModel,
  onProgress: (share: number) => void = () => {},
): Promise<void> {
  const places = await db.selectFrom('places').select('id').execute()
  const assets = await db.selectFrom('assets').select('id').execute()
  checkDistrict(model, { places: new Set(places.map((p) => p.id)), assets: new Set(assets.map((a) => a.id)) })
  await db.transaction().execute((trx) => writePlaces(trx, search, model.places))
  const rows = model.assets.length + model.series.length
  await inTransactions(db, model.assets, async (trx, some, done) => {
    await writeAssets(trx, search, some)
    onProgress(done / rows)
    return []
  })
  const refused = await inTransactions(db, model.series, async (trx, some, done) => {
    onProgress((model.assets.length + done) / rows)
    return writeSeries(trx, search, some)
  })
  if (refused.length === 0) return
  const text = refused.map((r) => `${r.key}: ${r.reason}`).join('\n  ')
  throw new QuartierError('RECORDS_CONFLICT', `import the district, which is kept except for\n  ${text}`)
}

async function putSeries(
  db: Kysely<Tables>,
  search: SeriesSearch,
  series: readonly SeriesDefinition[],
  options?: PutOptions,
) {
  const refused = series.flatMap((d) => {
    const reason = mistakeIn(d)
    return reason === undefined ? [] : [{ key: d.key, reason }]
  })
  const wrong = new Set(refused.map((r) => r.key))
  const right = series.filter((d) => !wrong.has(d.key))
  return [...refused, ...(await inTransactions(db, right, (trx, some) => writeSeries(trx, search, some, options)))]
}

/** Writes a long list in short transactions, between which everybody else gets a turn. */
async function inTransactions<T, R>(
  db: Kysely<Tables>,
  items: readonly T[],
  write: (trx: Transaction<Tables>, some: readonly T[], done: number) => Promise<readonly R[]>,
): Promise<R[]> {
  const all: R[] = []
  for (let from = 0; from < items.length; from += ROWS_PER_TRANSACTION) {
    const some = items.slice(from, from + ROWS_PER_TRANSACTION)
    all.push(...(await db.transaction().execute((trx) => write(trx, some, from + some.length))))
    await breathe()
  }
  return all
}

function readers(db: Kysely<Tables>, search: SeriesSearch) {
  const seriesRow = (key: string) =>
    db
      .selectFrom('series')
      .selectAll()
      .where('id', '=', seriesIdText(seriesIdOf(key)))
      .where('key', '=', key)
      .executeTakeFirst()

  const numberAfter = async (key: string | undefined): Promise<number> => {
    if (key === undefined) return 0
    const row = await seriesRow(key)
    if (!row) throw new QuartierError('RECORDS_INVALID', `list series after ${key}: there is no such series`)
    return row.n
  }

  return {
    async places() {
      return (await db.selectFrom('places').selectAll().orderBy('id').execute()).map(toPlace)
    },

    async assets(query: Parameters<RegistryStore['assets']>[0] = {}) {
      let rows = db.selectFrom('assets').selectAll()
      if (query.zoneId !== undefined) rows = rows.where('zone_id', '=', query.zoneId)
      if (query.placeId !== undefined) rows = rows.where('place_id', '=', query.placeId)
      if (query.kind !== undefined) rows = rows.where('kind', '=', query.kind)
      if (query.after !== undefined) rows = rows.where('id', '>', query.after)
      return (await rows.orderBy('id').limit(pageSize(query.limit, 1000)).execute()).map(toAsset)
    },

    async asset(id: string) {
      const row = await db.selectFrom('assets').selectAll().where('id', '=', id).executeTakeFirst()
      return row && toAsset(row)
    },

    async series(query: SeriesQuery): Promise<readonly SeriesDefinition[]> {
      const after = await numberAfter(query.after)
      const limit = pageSize(query.limit, 200)
      const all = db.selectFrom('series').selectAll().orderBy('n')
      if (!hasFilter(query)) return (await all.where('n', '>', after).limit(limit).execute()).map(toDefinition)
      const numbers = await search.find(db, query, after, limit)
      return (await inGroups(numbers, (some) => all.where('n', 'in', some).execute())).map(toDefinition)
    },

    async seriesByKey(key: string) {
      const row = await seriesRow(key)
      return row && toDefinition(row)
    },

    async seriesByKeys(keys: readonly string[]) {
      const ids = keys.map((key) => seriesIdText(seriesIdOf(key)))
      const rows = await inGroups(ids, (some) => db.selectFrom('series').selectAll().where('id', 'in', some).execute())
      const found = new Map(rows.map((row) => [row.key, toDefinition(row)]))
      return new Map(keys.flatMap((key) => (found.has(key) ? [[key, found.get(key)!] as const] : [])))
    },

    async zoneOf(assetId: string) {
      const row = await db.selectFrom('assets').select('zone_id').where('id', '=', assetId).executeTakeFirst()
      return row?.zone_id ?? undefined
    },

    async counts() {
      const count = async (table: 'places' | 'assets' | 'series') => {
        const row = await db
          .selectFrom(table)
          .select((e) => e.fn.countAll<number>().as('count'))
          .executeTakeFirstOrThrow()
        return Number(row.count)
      }
      const quarantined = await db
        .selectFrom('series')
        .select((e) => e.fn.countAll<number>().as('count'))
        .where(sql<boolean>`status = 'quarantined'`)
        .executeTakeFirstOrThrow()
      return {
        places: await count('places'),
        assets: await count('assets'),
        series: await count('series'),
        quarantined: Number(quarantined.count),
      }
    },

    extent: () => extentOf(db),
  }
}

function pendingReader(db: Kysely<Tables>) {
  const read = { places: toPlace, assets: toAsset, series: toDefinition }
  return async (kind: 'places' | 'assets' | 'series', limit: number, after?: number) => {
    const told = after ?? (await counter(db, `announced-${kind}`))
    const rows = await db
      .selectFrom(kind)
      .selectAll()
      .where('revision', '>', told)
      .orderBy('revision')
      .limit(limit)
      .execute()
    const revision = Number(rows.at(-1)?.revision ?? told)
    return { items: rows.map((row) => read[kind](row as never)), revision }
  }
}

const hasFilter = (q: SeriesQuery): boolean =>
  [q.zoneId, q.placeId, q.assetId, q.assetKind, q.property, q.status].some((f) => f !== undefined) ||
  /[\p{L}\p{N}]/u.test(q.text ?? '')

const pageSize = (asked: number | undefined, usual: number): number =>
  Math.max(1, Math.min(PAGE_MAX, Math.floor(asked ?? usual)))
