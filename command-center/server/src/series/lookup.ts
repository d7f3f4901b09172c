import { type Asset, hashed, hashText, parseSeriesId, type SeriesDefinition, type SeriesId } from '@quartier/contracts'
import type { SeriesPage } from '@quartier/contracts/api'
import type { Records, SeriesQuery } from '@quartier/contracts/records'
import type { Scope } from '../access/scope.ts'
import type { District } from '../district/district.ts'
import { unknown } from '../http/problem.ts'

/** Finds series for a person: what lies outside the person's zones does not exist for them. */

export const zoneOf = (series: SeriesDefinition, district: District): string | undefined =>
  series.assetId === null ? undefined : district.zoneOfAsset(series.assetId)

/** @throws Problem 404 SERIES_UNKNOWN */
export async function seriesFor(
  key: string,
  scope: Scope,
  deps: { records: Records; district: District },
): Promise<SeriesDefinition> {
  const found = await deps.records.registry.seriesByKey(key)
  if (!found || !scope.sees(zoneOf(found, deps.district))) throw unknown('series', key)
  return found
}

/**
 * One page of the registry, in its order; `next` continues it. For a person of several zones the zones follow each
 * other: the series that `after` names says in which one to go on.
 */
export async function seriesPage(
  query: SeriesQuery & { limit: number },
  scope: Scope,
  deps: { records: Records; district: District },
): Promise<SeriesPage> {
  const { zoneId, assetId, under } = query
  if (zoneId !== undefined && !scope.sees(zoneId)) throw unknown('zone', zoneId)
  if (assetId !== undefined && !scope.sees(deps.district.zoneOfAsset(assetId))) throw unknown('asset', assetId)
  if (under !== undefined && !scope.sees(deps.district.zoneOfAsset(under))) throw unknown('asset', under)
  const all = zoneId !== undefined || assetId !== undefined || !scope.zones
  const zones = all ? [zoneId] : [...scope.zones].sort()
  const before = query.after === undefined || !scope.zones ? undefined : await seriesFor(query.after, scope, deps)
  const begin = before ? Math.max(0, zones.indexOf(zoneOf(before, deps.district))) : 0
  const found: SeriesDefinition[] = []
  for (let z = begin; z < zones.length && found.length <= query.limit; z++) {
    const after = z === begin ? query.after : undefined
    const limit = query.limit + 1 - found.length
    found.push(...(await deps.records.registry.series({ ...query, zoneId: zones[z], after, limit })))
  }
  const page = found.slice(0, query.limit)
  const series = page.filter((s) => scope.sees(zoneOf(s, deps.district)))
  return {
    series,
    ...surroundings(series, deps.district),
    next: found.length > query.limit ? (page.at(-1)?.key ?? null) : null,
  }
}

/** The assets that series belong to, and the places around them: their names, for those who list series. */
function surroundings(series: readonly SeriesDefinition[], district: District): Pick<SeriesPage, 'assets' | 'places'> {
  const assets = new Map<string, Asset>()
  const places = new Map<string, SeriesPage['places'][number]>()
  for (const { assetId } of series) {
    const asset = assetId === null || assets.has(assetId) ? undefined : district.asset(assetId)
    if (!asset) continue
    assets.set(asset.id, asset)
    for (let at: string | null = asset.placeId; at !== null && !places.has(at); ) {
      const place = district.place(at)
      if (!place) break
      const { geometry: _, heightM: __, widthM: ___, ...named } = place
      places.set(at, named)
      at = place.parentId
    }
  }
  return { assets: [...assets.values()], places: [...places.values()] }
}

export function idOf(series: SeriesDefinition): SeriesId {
  const id = parseSeriesId(series.id)
  if (id) return id
  hashText(series.key)
  return { lo: hashed.lo, hi: hashed.hi }
}

/** What is expected between two readings, ms: as somebody has said, or as the readings have shown; 0 when unknown. */
export const intervalOf = ({ intervalMs, learntIntervalMs }: SeriesDefinition): number =>
  intervalMs || (learntIntervalMs ?? 0)
