import type { Transaction } from 'kysely'
import { type Asset, assetSchema, type Place, placeSchema } from '../schemas/registry.ts'
import { inGroups } from './bulk.ts'
import { writeAssets, writePlaces } from './district-write.ts'
import type { RefusedLine } from './port.ts'
import type { SeriesLine } from './series-csv.ts'
import type { SeriesSearch } from './series-search.ts'
import type { Tables } from './tables.ts'

const RING_MOST = 1_000

/**
 * Makes the places and assets that lines describe and that are not there, and replaces those that a line is about. Refuses
 * lines that do not fit, such as one whose asset stays unknown.
 */
export async function makeThings(
  trx: Transaction<Tables>,
  search: SeriesSearch,
  rows: readonly SeriesLine[],
  at: number,
): Promise<{ placed: readonly SeriesLine[]; refused: readonly RefusedLine[] }> {
  const things: Things = {
    trx,
    knownPlaces: await knownIds(trx, 'places', rows.flatMap(placeIdsOf)),
    knownAssets: await knownIds(trx, 'assets', rows.flatMap(assetIdsOf)),
    places: new Map(),
    assets: new Map(),
  }
  const placed: SeriesLine[] = []
  const refused: RefusedLine[] = []
  for (const row of rows) {
    const reason = await take(things, row)
    if (reason === undefined) placed.push(row)
    else refused.push({ line: row.line, reason })
  }
  if (things.places.size > 0) await writePlaces(trx, search, [...things.places.values()], at)
  if (things.assets.size > 0) await writeAssets(trx, search, [...things.assets.values()], at)
  return { placed, refused }
}

interface Things {
  readonly trx: Transaction<Tables>
  readonly knownPlaces: ReadonlySet<string>
  readonly knownAssets: ReadonlySet<string>
  /** To be written. */
  readonly places: Map<string, Place>
  readonly assets: Map<string, Asset>
}

const hasPlace = (t: Things, id: string): boolean => t.knownPlaces.has(id) || t.places.has(id)
const hasAsset = (t: Things, id: string): boolean => t.knownAssets.has(id) || t.assets.has(id)

/** Notes what the line makes or replaces; returns why it cannot. */
async function take(t: Things, row: SeriesLine): Promise<string | undefined> {
  const { place, asset, definition } = row
  const writesPlace = place !== undefined && (!hasPlace(t, place.id) || (!definition && !asset))
  const writesAsset = asset !== undefined && (!hasAsset(t, asset.id) || !definition)
  const mistake =
    (writesPlace ? await mistakeInPlace(t, place) : undefined) ??
    (writesAsset ? await mistakeInAsset(t, asset, writesPlace ? place.id : undefined) : undefined) ??
    mistakeInOwner(t, definition?.assetId ?? null, writesAsset)
  if (mistake) return mistake
  if (writesPlace) t.places.set(place.id, place)
  if (writesAsset) t.assets.set(asset.id, asset)
  return undefined
}

async function mistakeInPlace(t: Things, place: Place): Promise<string | undefined> {
  const issue = placeSchema.safeParse(place).error?.issues[0]
  if (issue) return `place_${issue.path.join('.')}: ${issue.message}`
  const { id, parentId } = place
  if (parentId === null) return undefined
  if (!hasPlace(t, parentId) && parentId !== id) return `place_parent: ${parentId} is unknown`
  const isRing = parentId === id || (hasPlace(t, id) && (await leadsTo(t, 'places', parentId, id)))
  return isRing ? `place_parent: ${id} lies in itself` : undefined
}

async function mistakeInAsset(t: Things, asset: Asset, newPlace: string | undefined): Promise<string | undefined> {
  const issue = assetSchema.safeParse(asset).error?.issues[0]
  if (issue) return `asset_${issue.path.join('.')}: ${issue.message}`
  const { id, placeId, parentId } = asset
  if (placeId !== newPlace && !hasPlace(t, placeId)) return `place: ${placeId} is unknown`
  if (parentId === null) return undefined
  if (!hasAsset(t, parentId) && parentId !== id) return `asset_parent: ${parentId} is unknown`
  const isRing = parentId === id || (hasAsset(t, id) && (await leadsTo(t, 'assets', parentId, id)))
  return isRing ? `asset_parent: ${id} hangs on itself` : undefined
}

function mistakeInOwner(t: Things, assetId: string | null, isNew: boolean): string | undefined {
  if (assetId === null || isNew || hasAsset(t, assetId)) return undefined
  return `unknown-asset: ${assetId} is not registered and the line does not name its kind`
}

/** Whether `wanted` is above `from`, or is it: only what is there already can come to lie above itself. */
async function leadsTo(t: Things, table: 'places' | 'assets', from: string, wanted: string): Promise<boolean> {
  let at: string | null = from
  for (let steps = 0; at !== null && steps < RING_MOST; steps++) {
    if (at === wanted) return true
    const written: Place | Asset | undefined = t[table].get(at)
    at = written ? written.parentId : await parentOf(t.trx, table, at)
  }
  return false
}

async function parentOf(trx: Transaction<Tables>, table: 'places' | 'assets', id: string): Promise<string | null> {
  const row = await trx.selectFrom(table).select('parent_id').where('id', '=', id).executeTakeFirst()
  return row?.parent_id ?? null
}

const placeIdsOf = ({ asset, place }: SeriesLine): string[] =>
  [asset?.placeId, place?.id, place?.parentId].filter((id) => typeof id === 'string')

const assetIdsOf = ({ asset, definition }: SeriesLine): string[] =>
  [definition?.assetId, asset?.id, asset?.parentId].filter((id) => typeof id === 'string')

async function knownIds(trx: Transaction<Tables>, table: 'places' | 'assets', ids: string[]): Promise<Set<string>> {
  const rows = await inGroups([...new Set(ids)], (some) =>
    trx.selectFrom(table).select('id').where('id', 'in', some).execute(),
  )
  return new Set(rows.map((row) => row.id))
}
