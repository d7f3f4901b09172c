import type { AssetEdit, SeriesEdit } from '@quartier/contracts/api'
import type { Asset, SeriesDefinition } from '@quartier/contracts/schemas'
import type { MessageKey } from '../../i18n/translate.ts'

/** What somebody types; numbers become numbers when it is read. */
export type Draft<Name extends string> = Readonly<Record<Name, string>>

export const ASSET_FIELDS = [
  'name',
  'nameAr',
  'placeId',
  'parentId',
  'criticality',
  'level',
  'craft',
  'contractor',
] as const
export type AssetField = (typeof ASSET_FIELDS)[number]

export const SERIES_FIELDS = ['assetId', 'unit', 'validMin', 'validMax', 'intervalS'] as const
export type SeriesField = (typeof SERIES_FIELDS)[number]

export type Faults<Name extends string> = Partial<Record<Name, MessageKey>>

/** What is to be changed, or what is wrong with it; nothing changed gives no changes. */
export type Reading<Changes, Name extends string> =
  | { readonly changes: Changes; readonly faults?: undefined }
  | { readonly faults: Faults<Name>; readonly changes?: undefined }

export const assetDraft = (asset: Asset): Draft<AssetField> => ({
  name: asset.name,
  nameAr: asset.nameAr,
  placeId: asset.placeId,
  parentId: asset.parentId ?? '',
  criticality: String(asset.criticality),
  level: String(asset.level),
  craft: asset.craft,
  contractor: asset.contractor,
})

export function readAsset(draft: Draft<AssetField>, asset: Asset): Reading<AssetEdit, AssetField> {
  const faults: Faults<AssetField> = {}
  const criticality = Number(draft.criticality.trim())
  const level = Number(draft.level.trim())
  if (draft.name.trim() === '') faults.name = 'registry.needed'
  if (draft.placeId.trim() === '') faults.placeId = 'registry.needed'
  if (draft.criticality.trim() === '' || !Number.isInteger(criticality) || criticality < 1 || criticality > 5)
    faults.criticality = 'registry.wrongCriticality'
  if (draft.level.trim() === '' || !Number.isInteger(level)) faults.level = 'registry.wrongWhole'
  if (Object.keys(faults).length > 0) return { faults }
  const wanted = {
    name: draft.name.trim(),
    nameAr: draft.nameAr.trim(),
    placeId: draft.placeId.trim(),
    parentId: draft.parentId.trim() || null,
    criticality,
    level,
    craft: draft.craft.trim(),
    contractor: draft.contractor.trim(),
  }
  return { changes: differing(wanted, asset) }
}

/** The unit is the one that the device sends in, by which limits are read when it changes. */
export const seriesDraft = (series: SeriesDefinition): Draft<SeriesField> => ({
  assetId: series.assetId ?? '',
  unit: series.sentUnit ?? series.unit,
  validMin: series.validMin === null ? '' : String(series.validMin),
  validMax: series.validMax === null ? '' : String(series.validMax),
  intervalS: String(series.intervalMs / 1000),
})

export function readSeries(draft: Draft<SeriesField>, series: SeriesDefinition): Reading<SeriesEdit, SeriesField> {
  const faults: Faults<SeriesField> = {}
  const validMin = limitIn(draft.validMin)
  const validMax = limitIn(draft.validMax)
  const intervalMs = Math.round(Number(draft.intervalS.trim()) * 1000)
  if (Number.isNaN(validMin)) faults.validMin = 'registry.wrongNumber'
  if (Number.isNaN(validMax)) faults.validMax = 'registry.wrongNumber'
  if (draft.intervalS.trim() === '' || !(intervalMs >= 0)) faults.intervalS = 'registry.wrongNumber'
  if (Object.keys(faults).length > 0) return { faults }
  const before = { ...series, unit: series.sentUnit ?? series.unit }
  const wanted = { assetId: draft.assetId.trim() || null, unit: draft.unit.trim(), validMin, validMax, intervalMs }
  return { changes: differing(wanted, before) }
}

const limitIn = (text: string): number | null =>
  text.trim() === '' ? null : Number(text.trim().replace('\u2212', '-'))

function differing<T extends object>(wanted: T, before: object): Partial<T> {
  const known = before as Readonly<Record<string, unknown>>
  return Object.fromEntries(Object.entries(wanted).filter(([name, value]) => known[name] !== value)) as Partial<T>
}
