import type { Selectable } from 'kysely'
import type { Asset, Place, SeriesDefinition } from '../schemas/registry.ts'
import type { AssetsTable, PlacesTable, SeriesTable } from './tables.ts'

export type PlaceRow = Selectable<PlacesTable>
export type AssetRow = Selectable<AssetsTable>
export type SeriesRow = Selectable<SeriesTable>

export const toPlaceRow = (place: Place, zoneId: string | null, sinceAt: number): PlaceRow => ({
  id: place.id,
  kind: place.kind,
  parent_id: place.parentId,
  zone_id: zoneId,
  name: place.name,
  name_ar: place.nameAr,
  geometry: JSON.stringify(place.geometry),
  height_m: place.heightM,
  width_m: place.widthM,
  revision: 0,
  since_at: sinceAt,
})

export const toPlace = (row: PlaceRow): Place => ({
  id: row.id,
  kind: row.kind as Place['kind'],
  parentId: row.parent_id,
  name: row.name,
  nameAr: row.name_ar,
  geometry: JSON.parse(row.geometry),
  heightM: row.height_m,
  widthM: row.width_m,
})

export const toAssetRow = (asset: Asset, zoneId: string | null, sinceAt: number): AssetRow => ({
  id: asset.id,
  kind: asset.kind,
  place_id: asset.placeId,
  zone_id: zoneId,
  parent_id: asset.parentId,
  name: asset.name,
  name_ar: asset.nameAr,
  longitude: asset.longitude,
  latitude: asset.latitude,
  level: asset.level,
  criticality: asset.criticality,
  craft: asset.craft,
  contractor: asset.contractor,
  statutory_class: asset.statutoryClass,
  revision: 0,
  since_at: sinceAt,
})

export const toAsset = (row: AssetRow): Asset => ({
  id: row.id,
  kind: row.kind,
  placeId: row.place_id,
  parentId: row.parent_id,
  name: row.name,
  nameAr: row.name_ar,
  longitude: row.longitude,
  latitude: row.latitude,
  level: row.level,
  criticality: row.criticality,
  craft: row.craft,
  contractor: row.contractor,
  statutoryClass: row.statutory_class,
})

/** What a series' row and its search document take from elsewhere: its asset and the place of that. */
export interface Whereabouts {
  readonly kind: string
  readonly place_id: string
  readonly zone_id: string | null
  /** Names of asset and place, in both languages. */
  readonly names: string
  /** Assets that feed, control or connect it. */
  readonly above: readonly string[]
}

/** @param known its row so far, whose number, revision and date it keeps
 *  @param at    from when on it holds when there is none */
export const toSeriesRow = (
  d: SeriesDefinition,
  where: Whereabouts | undefined,
  known: SeriesRow | undefined,
  at: number,
): SeriesRow => ({
  n: known?.n ?? 0,
  id: d.id,
  key: d.key,
  property: d.property,
  unit: d.unit,
  asset_id: d.assetId,
  interval_ms: d.intervalMs,
  source: d.source,
  valid_min: d.validMin,
  valid_max: d.validMax,
  status: d.status,
  personal: Number(d.personal),
  historical: Number(d.historical),
  sent_unit: d.sentUnit ?? null,
  learnt_interval_ms: d.intervalMs > 0 ? 0 : (d.learntIntervalMs ?? known?.learnt_interval_ms ?? 0),
  asset_kind: where?.kind ?? null,
  place_id: where?.place_id ?? null,
  zone_id: where?.zone_id ?? null,
  revision: known?.revision ?? 0,
  since_at: known?.since_at ?? at,
})

/** What is seldom there is left out where it is not: most definitions stay as short as they were. */
export function toDefinition(row: SeriesRow): SeriesDefinition {
  const definition = toPlainDefinition(row)
  if (row.sent_unit) definition.sentUnit = row.sent_unit
  if (row.learnt_interval_ms > 0) definition.learntIntervalMs = row.learnt_interval_ms
  return definition
}

const toPlainDefinition = (row: SeriesRow): SeriesDefinition => ({
  key: row.key,
  id: row.id,
  property: row.property,
  unit: row.unit,
  assetId: row.asset_id,
  intervalMs: row.interval_ms,
  source: row.source,
  validMin: row.valid_min,
  validMax: row.valid_max,
  status: row.status as SeriesDefinition['status'],
  personal: row.personal === 1,
  historical: row.historical === 1,
})

/** Whether two rows say the same, apart from the columns named. */
export function sameRow(a: object, b: object, except: readonly string[]): boolean {
  const left = a as Record<string, unknown>
  const right = b as Record<string, unknown>
  for (const column in left) if (left[column] !== right[column] && !except.includes(column)) return false
  return true
}
