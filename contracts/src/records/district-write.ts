import { sql, type Transaction } from 'kysely'
import type { Asset, Place } from '../schemas/registry.ts'
import { inGroups, take, takeTurn, upsert } from './bulk.ts'
import { supersede } from './history.ts'
import { type AssetRow, type PlaceRow, sameRow, toAssetRow, toPlaceRow } from './registry-rows.ts'
import type { SeriesSearch } from './series-search.ts'
import { refreshSeriesOf } from './series-write.ts'
import type { Tables } from './tables.ts'

/** Adds or replaces places within one transaction; what lies in a place that moved to another zone moves along. */
export async function writePlaces(db: Transaction<Tables>, search: SeriesSearch, places: readonly Place[], at: number) {
  await takeTurn(db)
  const existing = byId(await db.selectFrom('places').selectAll().execute())
  const parents = new Map<string, { kind: string; parentId: string | null }>()
  for (const row of existing.values()) parents.set(row.id, { kind: row.kind, parentId: row.parent_id })
  for (const place of places) parents.set(place.id, place)
  const wanted = new Map(
    places.map((p) => [p.id, toPlaceRow(p, zoneAbove(parents, p.id), existing.get(p.id)?.since_at ?? at)]),
  )
  for (const row of existing.values()) {
    if (!wanted.has(row.id)) wanted.set(row.id, { ...row, zone_id: zoneAbove(parents, row.id) })
  }
  const changed = [...wanted.values()].filter((row) => !isSame(row, existing.get(row.id)))
  await supersede(db, 'place', changed, existing, at)
  await revise(db, changed)
  await upsert(db, 'places', 'id', changed)
  const known = changed.filter((row) => existing.has(row.id)).map((row) => row.id)
  await rezoneAssetsIn(db, search, known, at)
}

/** Adds or replaces assets within one transaction; their places exist. What hangs on one that moved in the topology moves along. */
export async function writeAssets(db: Transaction<Tables>, search: SeriesSearch, assets: readonly Asset[], at: number) {
  await takeTurn(db)
  const ids = assets.map((a) => a.id)
  const existing = byId(
    await inGroups(ids, (some) => db.selectFrom('assets').selectAll().where('id', 'in', some).execute()),
  )
  const zones = await zonesOf(
    db,
    assets.map((a) => a.placeId),
  )
  const rows = assets.map((a) => toAssetRow(a, zones.get(a.placeId) ?? null, existing.get(a.id)?.since_at ?? at))
  const changed = rows.filter((row) => !isSame(row, existing.get(row.id)))
  await supersede(db, 'asset', changed, existing, at)
  await revise(db, changed)
  await upsert(db, 'assets', 'id', changed)
  const known = changed.filter((row) => existing.has(row.id)).map((row) => row.id)
  const rehung = changed.filter((row) => row.parent_id !== (existing.get(row.id)?.parent_id ?? null))
  const below = await belowOf(
    db,
    rehung.map((row) => row.id),
  )
  await refreshSeriesOf(db, search, [...new Set([...known, ...below])], at)
}

/** Assets that hang on these in the topology, at any distance. */
async function belowOf(db: Transaction<Tables>, ids: readonly string[]): Promise<string[]> {
  const found = await inGroups(ids, async (some) => {
    const query = sql<{ id: string }>`
      with recursive below (id) as (
        select id from assets where parent_id in (${sql.join(some)})
        union
        select assets.id from assets join below on assets.parent_id = below.id
      ) select id from below`
    return (await query.execute(db)).rows
  })
  return found.map((row) => row.id)
}

async function rezoneAssetsIn(db: Transaction<Tables>, search: SeriesSearch, placeIds: readonly string[], at: number) {
  const zones = await zonesOf(db, placeIds)
  const assets = await inGroups(placeIds, (some) =>
    db.selectFrom('assets').selectAll().where('place_id', 'in', some).execute(),
  )
  const moved = assets.map((row) => ({ ...row, zone_id: zones.get(row.place_id) ?? null }))
  await supersede(db, 'asset', moved, byId(assets), at)
  await upsert(db, 'assets', 'id', moved)
  await refreshSeriesOf(
    db,
    search,
    moved.map((row) => row.id),
    at,
  )
}

async function zonesOf(db: Transaction<Tables>, placeIds: readonly string[]): Promise<Map<string, string | null>> {
  const rows = await inGroups([...new Set(placeIds)], (some) =>
    db.selectFrom('places').select(['id', 'zone_id']).where('id', 'in', some).execute(),
  )
  return new Map(rows.map((row) => [row.id, row.zone_id]))
}

/** The zone that a place is or lies in. */
function zoneAbove(parents: ReadonlyMap<string, { kind: string; parentId: string | null }>, id: string): string | null {
  const seen = new Set<string>()
  for (let at: string | null = id; at !== null && !seen.has(at); at = parents.get(at)?.parentId ?? null) {
    if (parents.get(at)?.kind === 'zone') return at
    seen.add(at)
  }
  return null
}

async function revise(db: Transaction<Tables>, rows: { revision: number }[]): Promise<void> {
  let revision = await take(db, 'revision', rows.length)
  for (const row of rows) row.revision = ++revision
}

const isSame = (row: object, known: PlaceRow | AssetRow | undefined): boolean =>
  known !== undefined && sameRow(row, known, ['revision', 'since_at'])

const byId = <R extends { id: string }>(rows: readonly R[]): Map<string, R> => new Map(rows.map((row) => [row.id, row]))
