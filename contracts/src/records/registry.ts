import { type Kysely, sql } from 'kysely'
import { QuartierError } from '../errors.ts'
import type { DistrictModel, SeriesDefinition } from '../schemas/registry.ts'
import { parseSeriesId, seriesIdOf, seriesIdText } from '../series/id.ts'
import { inCanonicalUnit } from '../units/units.ts'
import { counter, inGroups, inTransactions } from './bulk.ts'
import { checkDistrict } from './district-check.ts'
import { writeAssets, writePlaces } from './district-write.ts'
import { extentOf } from './extent.ts'
import { importGeoJson } from './geojson-import.ts'
import { assetVersions, seriesVersions, toldDefinitions } from './history.ts'
import { previewImport } from './import-preview.ts'
import type { PutOptions, RegistryStore, SeriesQuery } from './port.ts'
import { type SeriesRow, toAsset, toDefinition, toPlace } from './registry-rows.ts'
import { importSeriesCsv } from './series-import.ts'
import type { SeriesSearch } from './series-search.ts'
import { mistakeIn, writeLearnt, writeSeries } from './series-write.ts'
import type { Tables } from './tables.ts'

const PAGE_MAX = 10_000

/** @param now the platform's time, from which changes hold that name no other */
export function registryStore(db: Kysely<Tables>, search: SeriesSearch, now: () => number): RegistryStore {
  const read = readers(db, search)
  return {
    ...read,
    importDistrict: (model, onProgress, { at = now() } = {}) => importDistrict(db, search, model, at, onProgress),
    importSeriesCsv: (lines, onProgress, { at = now() } = {}) => importSeriesCsv(db, search, lines, at, onProgress),
    importGeoJson: (text, onProgress, { at = now() } = {}) => importGeoJson(db, search, text, at, onProgress),
    previewImport: (file, { at = now() } = {}) =>
      previewImport(db, (trx) =>
        'csv' in file ? importSeriesCsv(trx, search, file.csv, at) : importGeoJson(trx, search, file.geoJson, at),
      ),
    putSeries: (series, options) => putSeries(db, search, series, { at: now(), ...options }),
    learnIntervals: (learnt) => {
      const byId = new Map([...learnt].map(([key, ms]) => [seriesIdText(seriesIdOf(key)), ms]))
      return db.transaction().execute((trx) => writeLearnt(trx, byId))
    },
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
  at: number,
  onProgress: (share: number) => void = () => {},
): Promise<void> {
  const places = await db.selectFrom('places').select('id').execute()
  const assets = await db.selectFrom('assets').select('id').execute()
  checkDistrict(model, { places: new Set(places.map((p) => p.id)), assets: new Set(assets.map((a) => a.id)) })
  await db.transaction().execute((trx) => writePlaces(trx, search, model.places, at))
  const rows = model.assets.length + model.series.length
  await inTransactions(db, model.assets, async (trx, some, done) => {
    await writeAssets(trx, search, some, at)
    onProgress(done / rows)
    return []
  })
  const series = model.series.map((d) => inCanonicalUnit(d))
  const refused = await inTransactions(db, series, async (trx, some, done) => {
    onProgress((model.assets.length + done) / rows)
    return writeSeries(trx, search, some, { at })
  })
  if (refused.length === 0) return
  const text = refused.map((r) => `${r.key}: ${r.reason}`).join('\n  ')
  throw new QuartierError('RECORDS_CONFLICT', `import the district, which is kept except for\n  ${text}`)
}

async function putSeries(
  db: Kysely<Tables>,
  search: SeriesSearch,
  series: readonly SeriesDefinition[],
  options: PutOptions & { readonly at: number },
) {
  const refused = series.flatMap((d) => {
    const reason = mistakeIn(d)
    return reason === undefined ? [] : [{ key: d.key, reason }]
  })
  const wrong = new Set(refused.map((r) => r.key))
  // What the log says is so already: a gateway converts by it.
  const told = options.fromLog ? series : series.map((d) => inCanonicalUnit(d))
  const right = told.filter((d) => !wrong.has(d.key))
  return [...refused, ...(await inTransactions(db, right, (trx, some) => writeSeries(trx, search, some, options)))]
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

  /** The series whose id is the whole text. */
  const rowNamed = async (text: string | undefined) => {
    const id = parseSeriesId(text?.trim().toLowerCase() ?? '')
    if (!id) return undefined
    return db.selectFrom('series').selectAll().where('id', '=', seriesIdText(id)).executeTakeFirst()
  }

  /** That series, when it matches what else is asked. */
  const findNamed = async ({ text: _, ...others }: SeriesQuery, { n }: SeriesRow, after: number) => {
    if (n <= after) return []
    if (!hasFilter(others)) return [n]
    return (await search.find(db, others, n - 1, 1)).filter((number) => number === n)
  }

  const rowsOf = (keys: readonly string[]) => {
    const ids = keys.map((key) => seriesIdText(seriesIdOf(key)))
    return inGroups(ids, (some) => db.selectFrom('series').selectAll().where('id', 'in', some).execute())
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
      const named = await rowNamed(query.text)
      const numbers = named ? await findNamed(query, named, after) : await search.find(db, query, after, limit)
      return (await inGroups(numbers, (some) => all.where('n', 'in', some).execute())).map(toDefinition)
    },

    async seriesByKey(key: string) {
      const row = await seriesRow(key)
      return row && toDefinition(row)
    },

    async seriesByKeys(keys: readonly string[]) {
      const found = new Map((await rowsOf(keys)).map((row) => [row.key, toDefinition(row)]))
      return new Map(keys.flatMap((key) => (found.has(key) ? [[key, found.get(key)!] as const] : [])))
    },

    async seriesVersions(keys: readonly string[]) {
      const asked = new Set(keys)
      return seriesVersions(
        db,
        (await rowsOf(keys)).filter((row) => asked.has(row.key)),
      )
    },

    async assetVersions(id: string) {
      const row = await db.selectFrom('assets').selectAll().where('id', '=', id).executeTakeFirst()
      return row ? assetVersions(db, row) : []
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
  const read = { places: toPlace, assets: toAsset }
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
    if (kind === 'series') return { items: await toldDefinitions(db, rows as SeriesRow[]), revision }
    return { items: rows.map((row) => read[kind](row as never)), revision }
  }
}

const hasFilter = (q: SeriesQuery): boolean =>
  [q.zoneId, q.placeId, q.assetId, q.assetKind, q.under, q.property, q.status].some((f) => f !== undefined) ||
  /[\p{L}\p{N}]/u.test(q.text ?? '')

const pageSize = (asked: number | undefined, usual: number): number =>
  Math.max(1, Math.min(PAGE_MAX, Math.floor(asked ?? usual)))
