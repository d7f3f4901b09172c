import type { Kysely } from 'kysely'
import type { Asset, Place, SeriesDefinition } from '../schemas/registry.ts'
import { Areas, middleOf } from './areas.ts'
import { inTransactions } from './bulk.ts'
import { writeAssets, writePlaces } from './district-write.ts'
import { type FeatureItem, featuresIn, readFeature } from './geojson.ts'
import type { ImportReport, RefusedLine } from './port.ts'
import { toPlace } from './registry-rows.ts'
import type { SeriesSearch } from './series-search.ts'
import { writeSeries } from './series-write.ts'
import type { Tables } from './tables.ts'

const REFUSED_LISTED = 1_000

/** Makes or replaces the places and assets of a GeoJSON text, in any order, and refuses features that do not fit. */
export async function importGeoJson(
  db: Kysely<Tables>,
  search: SeriesSearch,
  text: string,
  at: number,
  onProgress: (features: number) => void = () => {},
): Promise<ImportReport> {
  const features = featuresIn(text)
  if ('reason' in features) return reportOf(0, [{ line: 1, reason: features.reason }])
  const refused: RefusedLine[] = []
  const refuse = (line: number, reason: string) => void refused.push({ line, reason })
  const items: FeatureItem[] = []
  features.forEach((feature, i) => {
    const item = readFeature(feature, i + 1)
    if ('reason' in item) refuse(i + 1, item.reason)
    else items.push(item)
  })
  const existing = (await db.selectFrom('places').selectAll().execute()).map(toPlace)
  const places = placesThatFit(items, existing, refuse)
  const areas = new Areas([...new Map([...existing, ...places.values()].map((p) => [p.id, p])).values()])
  const placeIds = new Set([...existing.map((p) => p.id), ...places.keys()])
  const known = await db.selectFrom('assets').select(['id', 'parent_id']).execute()
  const assets = assetsThatFit(items, new Map(known.map((row) => [row.id, row.parent_id])), placeIds, areas, refuse)
  const series = items.flatMap((item) => seriesOf(item, assets, refuse))
  const lineOf = new Map(series.map(({ line, definition }) => [definition.key, line]))

  await inTransactions(db, [...places.values()], async (trx, some) => {
    await writePlaces(trx, search, some, at)
    return []
  })
  await inTransactions(db, [...assets.values()], async (trx, some, done) => {
    await writeAssets(trx, search, some, at)
    onProgress(places.size + done)
    return []
  })
  const definitions = series.map(({ definition }) => definition)
  const unfit = await inTransactions(db, definitions, (trx, some) => writeSeries(trx, search, some, { at }))
  for (const { key, reason } of unfit) refuse(lineOf.get(key) ?? 0, `series ${key}: ${reason}`)
  onProgress(features.length)
  return reportOf(places.size + assets.size, refused)
}

type Refuse = (line: number, reason: string) => void

/** The places by id, each with a parent that there is. */
function placesThatFit(items: readonly FeatureItem[], existing: readonly Place[], refuse: Refuse): Map<string, Place> {
  const wanted = new Map<string, { line: number; place: Place }>()
  for (const { line, place } of items) {
    if (!place) continue
    if (wanted.has(place.id)) refuse(line, `${place.id}: occurs twice`)
    else wanted.set(place.id, { line, place })
  }
  const all = new Map(existing.map((p) => [p.id, p]))
  for (const { place } of wanted.values()) all.set(place.id, place)
  const areas = new Areas([...all.values()])
  for (const { line, place, isToBePlaced } of items) {
    if (!place || !isToBePlaced || wanted.get(place.id)?.line !== line) continue
    const around = areas.around(middleOf(place.geometry), (p) => mayHold(p, place))
    const placed = { ...place, parentId: around?.id ?? null }
    wanted.set(place.id, { line, place: placed })
    all.set(place.id, placed)
  }
  dropUnfit(
    wanted,
    ({ place }) => {
      const { id, parentId } = place
      if (parentId === null) return undefined
      if (!all.has(parentId)) return `${id}: its parent ${parentId} is unknown`
      return isAbove(id, parentId, (p) => all.get(p)?.parentId ?? null) ? `${id}: lies in itself` : undefined
    },
    (id, { line }, reason) => {
      const before = existing.find((p) => p.id === id)
      if (before) all.set(id, before)
      else all.delete(id)
      refuse(line, reason)
    },
  )
  return new Map([...wanted].map(([id, { place }]) => [id, place]))
}

/** A zone lies in the district, everything else in either. */
const mayHold = (holder: Place, place: Place): boolean =>
  holder.id !== place.id && (holder.kind === 'district' || (holder.kind === 'zone' && place.kind !== 'zone'))

/** The assets by id, each with a place and a topology parent that there are. */
function assetsThatFit(
  items: readonly FeatureItem[],
  known: ReadonlyMap<string, string | null>,
  placeIds: ReadonlySet<string>,
  areas: Areas,
  refuse: Refuse,
): Map<string, Asset> {
  const wanted = new Map<string, { line: number; asset: Asset }>()
  for (const { line, asset, isToBePlaced } of items) {
    if (!asset) continue
    const placeId = isToBePlaced ? areas.around([asset.longitude, asset.latitude])?.id : asset.placeId
    if (wanted.has(asset.id)) refuse(line, `${asset.id}: occurs twice`)
    else if (placeId === undefined) refuse(line, `${asset.id}: placeId: is missing, and no place lies around it`)
    else if (!placeIds.has(placeId)) refuse(line, `${asset.id}: its place ${placeId} is unknown`)
    else wanted.set(asset.id, { line, asset: { ...asset, placeId } })
  }
  const parents = new Map(known)
  for (const { asset } of wanted.values()) parents.set(asset.id, asset.parentId)
  dropUnfit(
    wanted,
    ({ asset }) => {
      const { id, parentId } = asset
      if (parentId === null) return undefined
      if (!parents.has(parentId)) return `${id}: its parent ${parentId} is unknown`
      return isAbove(id, parentId, (a) => parents.get(a) ?? null) ? `${id}: hangs on itself` : undefined
    },
    (id, { line }, reason) => {
      if (known.has(id)) parents.set(id, known.get(id) ?? null)
      else parents.delete(id)
      refuse(line, reason)
    },
  )
  return new Map([...wanted].map(([id, { asset }]) => [id, asset]))
}

/** Drops items until all that are left fit: one that goes may take others along. */
function dropUnfit<T>(
  wanted: Map<string, T>,
  mistakeIn: (item: T) => string | undefined,
  onDrop: (id: string, item: T, reason: string) => void,
): void {
  for (let dropped = true; dropped; ) {
    dropped = false
    for (const [id, item] of wanted) {
      const reason = mistakeIn(item)
      if (reason === undefined) continue
      wanted.delete(id)
      onDrop(id, item, reason)
      dropped = true
    }
  }
}

/** Whether `id` is `from`, or above it. */
function isAbove(id: string, from: string, parentOf: (id: string) => string | null): boolean {
  const seen = new Set<string>()
  for (let at: string | null = from; at !== null && !seen.has(at); at = parentOf(at)) {
    if (at === id) return true
    seen.add(at)
  }
  return false
}

/** Series of an asset that is taken. */
function seriesOf(
  { line, asset, series, mistakes }: FeatureItem,
  taken: ReadonlyMap<string, Asset>,
  refuse: Refuse,
): { line: number; definition: SeriesDefinition }[] {
  if (!asset || !taken.has(asset.id)) return []
  for (const mistake of mistakes) refuse(line, mistake)
  return series.map((definition) => ({ line, definition }))
}

function reportOf(accepted: number, refused: RefusedLine[]): ImportReport {
  const listed = refused.sort((a, b) => a.line - b.line).slice(0, REFUSED_LISTED)
  return { accepted, refused: listed, refusedMore: refused.length - listed.length }
}
