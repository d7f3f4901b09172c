import { z } from 'zod'
import {
  type Asset,
  assetSchema,
  type Geometry,
  geometrySchema,
  PLACE_KINDS,
  type Place,
  placeSchema,
  type SeriesDefinition,
  seriesDefinitionSchema,
} from '../schemas/registry.ts'
import { seriesIdOf, seriesIdText } from '../series/id.ts'
import { parseSeriesKey, seriesKey } from '../series/key.ts'
import { inCanonicalUnit } from '../units/units.ts'
import { middleOf } from './areas.ts'
import { mistakeInValues } from './series-write.ts'

/** What one feature says. Its place or parent may be left to where it lies. */
export interface FeatureItem {
  /** From 1. */
  readonly line: number
  readonly place?: Place
  readonly asset?: Asset
  readonly series: readonly SeriesDefinition[]
  /** Series that are wrong by themselves. */
  readonly mistakes: readonly string[]
  /** The place, or the place's parent, is the smallest one around it. */
  readonly isToBePlaced: boolean
}

/** The features of a GeoJSON text (RFC 7946), or why it holds none. */
export function featuresIn(text: string): readonly unknown[] | { reason: string } {
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    return { reason: `is no JSON: ${(error as Error).message}` }
  }
  const { type, features } = (value ?? {}) as { type?: unknown; features?: unknown }
  if (type === 'Feature') return [value]
  if (type === 'FeatureCollection' && Array.isArray(features)) return features
  return { reason: 'is no GeoJSON FeatureCollection' }
}

/** Reads one feature, or says in words what is wrong with it. */
export function readFeature(feature: unknown, line: number): FeatureItem | { reason: string } {
  const { type, id, geometry, properties } = (feature ?? {}) as Record<string, unknown>
  if (type !== 'Feature') return { reason: 'is no feature' }
  const shape = geometrySchema.safeParse(geometry)
  if (!shape.success) return { reason: `geometry: ${wordsOf(shape.error)}` }
  if (typeof properties !== 'object' || properties === null) return { reason: 'properties: are missing' }
  const given = withoutNull(properties as Record<string, unknown>)
  const own = nameOf(id ?? given.id)
  if (own === '') return { reason: 'id: is missing' }
  const isPlace =
    given.type === 'place' || (given.type !== 'asset' && PLACE_KINDS.includes(given.kind as Place['kind']))
  const found = isPlace ? readPlace(own, given, shape.data) : readAsset(own, given, shape.data)
  if ('reason' in found) return { reason: `${own}: ${found.reason}` }
  const series = isPlace ? { good: [], mistakes: [] } : readSeries(own, given)
  return { line, ...found, series: series.good, mistakes: series.mistakes.map((m) => `${own}: ${m}`) }
}

type Given = Readonly<Record<string, unknown>>

function readPlace(id: string, given: Given, geometry: Geometry) {
  const { kind, name = id, nameAr, heightM, widthM } = given
  const parentId = nameOf(given.parentId ?? given.parent) || null
  const said = withoutNull({ id, kind, parentId, name, nameAr, geometry, heightM, widthM })
  const place = placeSchema.safeParse({ ...said, parentId })
  if (!place.success) return { reason: wordsOf(place.error) }
  return { place: place.data, isToBePlaced: parentId === null && place.data.kind !== 'district' }
}

function readAsset(id: string, given: Given, geometry: Geometry) {
  const { kind, name = id, nameAr, level, criticality, craft, contractor, statutoryClass } = given
  const [longitude, latitude] = middleOf(geometry)
  const placeId = nameOf(given.placeId ?? given.place)
  const parentId = nameOf(given.parentId ?? given.parent) || null
  const facts = { kind, name, nameAr, level, criticality, craft, contractor, statutoryClass }
  // An asset that says no place is put into the one around it; the schema wants a word meanwhile.
  const asset = assetSchema.safeParse({
    ...withoutNull(facts),
    ...{ id, placeId: placeId || '?', parentId, longitude, latitude },
  })
  if (!asset.success) return { reason: wordsOf(asset.error) }
  return { asset: asset.data, isToBePlaced: placeId === '' }
}

const seriesOfFeature = seriesDefinitionSchema
  .omit({ key: true, id: true, property: true, source: true, assetId: true })
  .omit({ sentUnit: true, sentBefore: true, learntIntervalMs: true })
  .extend({
    key: z.string().optional(),
    source: z.string().optional(),
    device: z.string().optional(),
    property: z.string().optional(),
  })

/** Series of the asset: of the device with its id and the feature's source where they do not say others. */
function readSeries(assetId: string, { series, source: ownSource }: Given) {
  const good: SeriesDefinition[] = []
  const mistakes: string[] = []
  if (series !== undefined && !Array.isArray(series)) return { good, mistakes: ['series: is no list'] }
  for (const [i, item] of ((series ?? []) as unknown[]).entries()) {
    const made = readOneSeries(assetId, ownSource, item)
    if ('reason' in made) mistakes.push(`series ${i + 1}: ${made.reason}`)
    else good.push(made)
  }
  return { good, mistakes }
}

function readOneSeries(assetId: string, ownSource: unknown, item: unknown): SeriesDefinition | { reason: string } {
  const read = seriesOfFeature.safeParse(item)
  if (!read.success) return { reason: wordsOf(read.error) }
  const { key: said, source = nameOf(ownSource), device = assetId, property = '', ...facts } = read.data
  const key = said ?? seriesKey({ source, device, property })
  const parts = parseSeriesKey(key)
  if (!parts) return { reason: `${key} is not source/device/property` }
  const id = seriesIdText(seriesIdOf(key))
  const definition = inCanonicalUnit({ key, id, property: parts.property, source: parts.source, assetId, ...facts })
  const mistake = mistakeInValues(definition)
  return mistake === undefined ? definition : { reason: mistake }
}

/** An id as files have it: a number, or with the prefix of our own GeoJSON. */
const nameOf = (id: unknown): string =>
  typeof id === 'number' ? String(id) : typeof id === 'string' ? id.replace(/^(place|asset):/, '') : ''

const withoutNull = <T extends object>(values: T): T =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined)) as T

const wordsOf = ({ issues: [issue] }: z.ZodError): string =>
  issue ? [issue.path.join('.'), issue.message].filter(Boolean).join(': ') : 'is wrong'
