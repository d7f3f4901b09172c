import type { Asset, Place, SeriesDefinition } from '../schemas/registry.ts'
import { PLACE_KINDS } from '../schemas/registry.ts'
import { seriesIdOf, seriesIdText } from '../series/id.ts'
import { parseSeriesKey, seriesKey } from '../series/key.ts'
import { inCanonicalUnit } from '../units/units.ts'
import { mistakeInValues } from './series-write.ts'

/** The columns of a series CSV, in the words of docs/registry.md. */
export const SERIES_COLUMNS = [
  'key',
  'source',
  'device',
  'property',
  'unit',
  'interval_ms',
  'valid_min',
  'valid_max',
  'status',
  'personal',
  'historical',
  'asset',
  'asset_kind',
  'asset_name',
  'asset_name_ar',
  'asset_parent',
  'longitude',
  'latitude',
  'level',
  'criticality',
  'craft',
  'contractor',
  'statutory_class',
  'place',
  'place_kind',
  'place_name',
  'place_name_ar',
  'place_parent',
] as const
export type SeriesColumn = (typeof SERIES_COLUMNS)[number]

/**
 * What one line says: a series, and an asset and a place to make if they are missing. A line without a series is about
 * its asset, one without an asset about its place, and replaces that.
 */
export interface SeriesLine {
  readonly line: number
  readonly definition?: SeriesDefinition
  readonly asset?: Asset
  readonly place?: Place
}

/** Column of each field, or what is wrong with the header. */
export function readHeader(fields: readonly string[]): readonly SeriesColumn[] | { reason: string } {
  const names = fields.map((f) => f.trim().toLowerCase())
  const unknown = names.filter((name) => !SERIES_COLUMNS.includes(name as SeriesColumn))
  if (unknown.length > 0) return { reason: `unknown columns: ${unknown.join(', ')}` }
  const twice = names.filter((name, i) => names.indexOf(name) !== i)
  if (twice.length > 0) return { reason: `columns that occur twice: ${twice.join(', ')}` }
  const parts = ['source', 'device', 'property'].every((name) => names.includes(name))
  const things = ['asset_kind', 'place_kind'].some((name) => names.includes(name))
  if (!names.includes('key') && !parts && !things)
    return { reason: 'needs the column key, or source, device and property, or asset_kind, or place_kind' }
  return names as SeriesColumn[]
}

/** Reads the fields of one line; throws a sentence when one of them is wrong, see {@link LineMistake}. */
export function readSeriesLine(columns: readonly SeriesColumn[], fields: readonly string[], line: number): SeriesLine {
  if (fields.length !== columns.length) {
    throw new LineMistake(`has ${fields.length} fields, the header has ${columns.length}`)
  }
  const values: Values = {}
  for (let i = 0; i < columns.length; i++) {
    const value = fields[i]!.trim()
    if (value !== '') values[columns[i]!] = value
  }
  const asset = assetOf(values)
  const place = placeOf(values)
  if (isAboutThings(values) && (asset || place)) return { line, asset, place }
  const definition = inCanonicalUnit(definitionOf(values))
  const mistake = mistakeInValues(definition)
  if (mistake) throw new LineMistake(mistake)
  return { line, definition, asset, place }
}

const isAboutThings = (v: Values): boolean =>
  v.key === undefined && v.source === undefined && v.device === undefined && v.property === undefined

/** What is wrong with one line, in words. */
export class LineMistake extends Error {}

type Values = { [column in SeriesColumn]?: string }

function definitionOf(v: Values): SeriesDefinition {
  const { source, device, property } = keyPartsOf(v)
  const key = seriesKey({ source, device, property })
  return {
    key,
    id: seriesIdText(seriesIdOf(key)),
    property,
    unit: v.unit ?? '',
    assetId: v.asset ?? null,
    intervalMs: number(v, 'interval_ms') ?? 0,
    source,
    validMin: number(v, 'valid_min') ?? null,
    validMax: number(v, 'valid_max') ?? null,
    status: (v.status ?? 'active') as SeriesDefinition['status'],
    personal: flag(v, 'personal'),
    historical: flag(v, 'historical'),
  }
}

function keyPartsOf(v: Values) {
  const { source, device, property } = v
  if (v.key === undefined) {
    if (!source || !device || !property) throw new LineMistake('needs a key, or source, device and property')
    return { source, device, property }
  }
  const parts = parseSeriesKey(v.key)
  if (!parts) throw new LineMistake(`key: ${v.key} is not source/device/property`)
  for (const name of ['source', 'device', 'property'] as const) {
    if (v[name] !== undefined && v[name] !== parts[name]) throw new LineMistake(`${name}: the key says ${parts[name]}`)
  }
  return parts
}

/** An asset to make when it is missing: only lines that name its kind say enough about it. */
function assetOf(v: Values): Asset | undefined {
  if (!v.asset || !v.asset_kind) return undefined
  if (!v.place) throw new LineMistake('place: an asset with a kind needs one')
  const [longitude, latitude] = positionOf(v, 'an asset with a kind')
  return {
    id: v.asset,
    kind: v.asset_kind,
    placeId: v.place,
    parentId: v.asset_parent ?? null,
    name: v.asset_name ?? v.asset,
    nameAr: v.asset_name_ar ?? '',
    longitude,
    latitude,
    level: number(v, 'level') ?? 0,
    criticality: number(v, 'criticality') ?? 1,
    craft: v.craft ?? '',
    contractor: v.contractor ?? '',
    statutoryClass: v.statutory_class ?? '',
  }
}

function placeOf(v: Values): Place | undefined {
  if (!v.place || !v.place_kind) return undefined
  if (!PLACE_KINDS.includes(v.place_kind as Place['kind']))
    throw new LineMistake(`place_kind: ${v.place_kind} is unknown`)
  return {
    id: v.place,
    kind: v.place_kind as Place['kind'],
    parentId: v.place_parent ?? null,
    name: v.place_name ?? v.place,
    nameAr: v.place_name_ar ?? '',
    geometry: { type: 'Point', coordinates: positionOf(v, 'a place with a kind') },
    heightM: 0,
    widthM: 0,
  }
}

function positionOf(v: Values, what: string): [number, number] {
  const longitude = number(v, 'longitude')
  const latitude = number(v, 'latitude')
  if (longitude === undefined || latitude === undefined)
    throw new LineMistake(`longitude, latitude: ${what} needs both`)
  return [longitude, latitude]
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

function number(v: Values, column: SeriesColumn): number | undefined {
  const text = v[column]
  if (text === undefined) return undefined
  const value = NUMBER.test(text) ? Number(text) : Number.NaN
  if (!Number.isFinite(value)) throw new LineMistake(`${column}: ${text} is not a number`)
  return value
}

function flag(v: Values, column: SeriesColumn): boolean {
  const text = v[column]?.toLowerCase()
  if (text === undefined || text === 'false' || text === '0') return false
  if (text === 'true' || text === '1') return true
  throw new LineMistake(`${column}: ${v[column]} is neither true nor false`)
}
