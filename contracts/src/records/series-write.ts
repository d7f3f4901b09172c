import { sql, type Transaction } from 'kysely'
import { type SeriesDefinition, seriesDefinitionSchema } from '../schemas/registry.ts'
import { seriesIdOf, seriesIdText } from '../series/id.ts'
import { parseSeriesKey } from '../series/key.ts'
import { inGroups, ROWS_PER_TRANSACTION, take, takeTurn, upsert } from './bulk.ts'
import { supersede } from './history.ts'
import type { PutOptions, RefusedSeries } from './port.ts'
import { type SeriesRow, sameRow, toSeriesRow, type Whereabouts } from './registry-rows.ts'
import type { SeriesSearch } from './series-search.ts'
import type { Tables } from './tables.ts'

/**
 * Adds or replaces series within one transaction; those that do not fit what is there come back with the reason.
 * Each must be right by itself: see {@link mistakeIn}.
 */
export async function writeSeries(
  db: Transaction<Tables>,
  search: SeriesSearch,
  definitions: readonly SeriesDefinition[],
  options: PutOptions & { readonly at: number },
): Promise<readonly RefusedSeries[]> {
  await takeTurn(db)
  const refused: RefusedSeries[] = []
  const existing = await rowsById(db, definitions)
  const places = await whereabouts(db, definitions)
  const wanted = new Map<string, SeriesDefinition>()
  for (const d of definitions) {
    const reason = collision(d, existing.get(d.id)?.key ?? wanted.get(d.id)?.key)
    if (reason) refused.push({ key: d.key, reason })
    else if (d.assetId !== null && !places.has(d.assetId)) refused.push({ key: d.key, reason: 'unknown-asset' })
    else wanted.set(d.id, d)
  }
  const rows = [...wanted.values()].map((d) => {
    const known = existing.get(d.id)
    return toSeriesRow(d, d.assetId === null ? undefined : places.get(d.assetId), known, options.at)
  })
  const changed = rows.filter((row) => row.n === 0 || !sameRow(row, existing.get(row.id)!, []))
  await supersede(db, 'series', changed, existing, options.at)
  await numberRows(db, changed, !options.fromLog)
  await upsert(db, 'series', 'id', changed)
  await search.put(
    db,
    changed.map((row) => documentOf(row, row.asset_id ? places.get(row.asset_id) : undefined)),
  )
  return refused
}

/** Takes intervals that were learnt, by series id, where none is declared; resolves to how many are news. */
export async function writeLearnt(db: Transaction<Tables>, learnt: ReadonlyMap<string, number>): Promise<number> {
  await takeTurn(db)
  const rows = await inGroups([...learnt.keys()], (some) =>
    db.selectFrom('series').selectAll().where('id', 'in', some).where('interval_ms', '=', 0).execute(),
  )
  const changed = rows
    .map((row) => ({ ...row, learnt_interval_ms: learnt.get(row.id) ?? 0 }))
    .filter((row, i) => row.learnt_interval_ms !== rows[i]?.learnt_interval_ms)
  await numberRows(db, changed, true)
  await upsert(db, 'series', 'id', changed)
  return changed.length
}

/** Brings what series copy from their asset and its place up to date. */
export async function refreshSeriesOf(
  db: Transaction<Tables>,
  search: SeriesSearch,
  assetIds: readonly string[],
  at: number,
): Promise<void> {
  const rows = await inGroups(assetIds, (some) =>
    db.selectFrom('series').selectAll().where('asset_id', 'in', some).execute(),
  )
  if (rows.length === 0) return
  const places = await whereaboutsOf(db, assetIds)
  const moved = rows.map((row) => {
    const where = places.get(row.asset_id!)
    return {
      ...row,
      asset_kind: where?.kind ?? null,
      place_id: where?.place_id ?? null,
      zone_id: where?.zone_id ?? null,
    }
  })
  await supersede(db, 'series', moved, new Map(rows.map((row) => [row.id, row])), at)
  await upsert(db, 'series', 'id', moved)
  await search.put(
    db,
    moved.map((row) => documentOf(row, places.get(row.asset_id!))),
  )
}

/** Makes the documents of all series anew: part of a migration. */
export async function indexAll(db: Transaction<Tables>, search: SeriesSearch): Promise<void> {
  for (let after = 0; ; ) {
    const rows = await db
      .selectFrom('series')
      .selectAll()
      .where('n', '>', after)
      .orderBy('n')
      .limit(ROWS_PER_TRANSACTION)
      .execute()
    if (rows.length === 0) return
    const places = await whereaboutsOf(db, [...new Set(rows.flatMap((row) => row.asset_id ?? []))])
    await search.put(
      db,
      rows.map((row) => documentOf(row, row.asset_id ? places.get(row.asset_id) : undefined)),
    )
    after = rows.at(-1)!.n
  }
}

/** What is wrong with a definition by itself, in words. */
export function mistakeIn(d: SeriesDefinition): string | undefined {
  const parts = parseSeriesKey(d.key)
  if (!parts) return 'key: must be source/device/property'
  if (parts.source !== d.source) return `source: the key says ${parts.source}`
  if (parts.property !== d.property) return `property: the key says ${parts.property}`
  if (d.id !== seriesIdText(seriesIdOf(d.key))) return 'id: is not the hash of the key'
  return mistakeInValues(d)
}

/** The same for a definition that was just made from its key. */
export function mistakeInValues(d: SeriesDefinition): string | undefined {
  if (d.validMin !== null && d.validMax !== null && d.validMin > d.validMax) return 'validMin: is above validMax'
  if (obviouslyRight(d)) return undefined
  const issue = seriesDefinitionSchema.safeParse(d).error?.issues[0]
  return issue && `${issue.path.join('.')}: ${issue.message}`
}

/** What nearly every definition is, told much quicker than by the schema, which judges the others. */
export const obviouslyRight = (d: SeriesDefinition): boolean =>
  d.key.length >= 5 &&
  d.key.length <= 400 &&
  d.property.length >= 1 &&
  d.property.length <= 120 &&
  d.unit.length <= 24 &&
  (d.assetId === null || d.assetId.length <= 64) &&
  Number.isSafeInteger(d.intervalMs) &&
  d.intervalMs >= 0 &&
  d.source.length >= 1 &&
  d.source.length <= 80 &&
  (d.validMin === null || Number.isFinite(d.validMin)) &&
  (d.validMax === null || Number.isFinite(d.validMax)) &&
  d.status === 'active' &&
  d.personal === false &&
  d.historical === false &&
  Object.keys(d).length === 12

const collision = (d: SeriesDefinition, key: string | undefined): string | undefined =>
  key === undefined || key === d.key ? undefined : `collision: ${key} has the same id`

async function rowsById(
  db: Transaction<Tables>,
  definitions: readonly SeriesDefinition[],
): Promise<Map<string, SeriesRow>> {
  const ids = definitions.map((d) => d.id)
  const rows = await inGroups(ids, (some) => db.selectFrom('series').selectAll().where('id', 'in', some).execute())
  return new Map(rows.map((row) => [row.id, row]))
}

const whereabouts = (db: Transaction<Tables>, definitions: readonly SeriesDefinition[]) =>
  whereaboutsOf(db, [...new Set(definitions.flatMap((d) => d.assetId ?? []))])

async function whereaboutsOf(db: Transaction<Tables>, assetIds: readonly string[]): Promise<Map<string, Whereabouts>> {
  const rows = await inGroups(assetIds, (some) =>
    db
      .selectFrom('assets')
      .innerJoin('places', 'places.id', 'assets.place_id')
      .select(['assets.id', 'assets.kind', 'assets.place_id', 'assets.zone_id', 'assets.name', 'assets.name_ar'])
      .select(['places.name as placeName', 'places.name_ar as placeNameAr'])
      .where('assets.id', 'in', some)
      .execute(),
  )
  const above = await aboveOf(db, assetIds)
  return new Map(
    rows.map(({ id, kind, place_id, zone_id, name, name_ar, placeName, placeNameAr }) => {
      const names = [name, name_ar, placeName, placeNameAr].filter(Boolean).join(' ')
      return [id, { kind, place_id, zone_id, names, above: above.get(id) ?? [] }]
    }),
  )
}

/** Topology parents of each of these assets, at any distance up to 32; ends at a loop. */
async function aboveOf(db: Transaction<Tables>, assetIds: readonly string[]): Promise<Map<string, string[]>> {
  const found = await inGroups(assetIds, async (some) => {
    const query = sql<{ id: string; parent: string }>`
      with recursive above (id, parent, depth) as (
        select id, parent_id, 1 from assets where id in (${sql.join(some)}) and parent_id is not null
        union
        select above.id, assets.parent_id, above.depth + 1 from above join assets on assets.id = above.parent
        where assets.parent_id is not null and above.depth < 32
      ) select distinct id, parent from above`
    return (await query.execute(db)).rows
  })
  const above = new Map<string, string[]>()
  for (const { id, parent } of found) {
    const parents = above.get(id)
    if (parents) parents.push(parent)
    else above.set(id, [parent])
  }
  return above
}

/** Gives new rows their number and, when the log must be told, every row a revision. */
async function numberRows(db: Transaction<Tables>, rows: { n: number; revision: number }[], tell: boolean) {
  const fresh = rows.filter((row) => row.n === 0)
  let n = await take(db, 'series', fresh.length)
  for (const row of fresh) row.n = ++n
  if (!tell) return
  let revision = await take(db, 'revision', rows.length)
  for (const row of rows) row.revision = ++revision
}

const documentOf = (row: Omit<SeriesRow, 'revision'>, where: Whereabouts | undefined) => ({
  n: row.n,
  text: where ? `${row.key} ${row.key.includes(row.asset_id!) ? '' : row.asset_id} ${where.names}` : row.key,
  property: row.property,
  status: row.status,
  zoneId: row.zone_id,
  placeId: row.place_id,
  assetId: row.asset_id,
  assetKind: row.asset_kind,
  under: row.asset_id === null ? [] : [row.asset_id, ...(where?.above ?? [])],
})
