import type { Scope } from '../access/scope.ts'
import type { District } from '../district/district.ts'
import { Problem, unknown } from '../http/problem.ts'
import { select } from '../live/selection.ts'
import type { SeriesTable } from '../live/series-table.ts'
import type { ZoneIndex } from '../live/zone-index.ts'

interface LastQuery {
  readonly series?: readonly string[]
  readonly zoneId?: string
  readonly placeId?: string
  readonly assetId?: string
  readonly limit: number
}

/** The series whose last values are asked for. @throws Problem 404 for what does not exist or may not be seen */
export function selectLast(table: SeriesTable, index: ZoneIndex, district: District, scope: Scope, query: LastQuery) {
  const { series, zoneId, placeId, assetId, limit } = query
  if (!series && !zoneId && !placeId && !assetId)
    throw new Problem(400, 'INPUT_INVALID', 'Name series, a zone, a place or an asset.', { where: 'series' })
  if (zoneId && !scope.sees(zoneId)) throw unknown('zone', zoneId)
  if (placeId && !(district.place(placeId) && scope.sees(district.zoneOfPlace(placeId))))
    throw unknown('place', placeId)
  if (assetId && !(district.asset(assetId) && scope.sees(district.zoneOfAsset(assetId))))
    throw unknown('asset', assetId)
  const wanted = { keys: series, zoneIds: zoneId ? [zoneId] : undefined, assets: assetNumbers(table, district, query) }
  const found = select(table, index, scope, wanted, series ? series.length : limit)
  if (series && found.total < new Set(series).size) {
    const held = new Set(Array.from(found.places, (place) => table.key(place)))
    throw unknown('series', series.find((key) => !held.has(key)) ?? '')
  }
  return found
}

/** Numbers of the assets in the place or of the one asset; `undefined` when neither is asked for. */
function assetNumbers(
  table: SeriesTable,
  district: District,
  { placeId, assetId }: LastQuery,
): Set<number> | undefined {
  if (!placeId && !assetId) return undefined
  const ids = assetId
    ? [assetId]
    : district.assets.filter((a) => district.lies(a.placeId, placeId as string)).map((a) => a.id)
  return new Set(ids.flatMap((id) => table.assets.find(id) ?? []))
}
