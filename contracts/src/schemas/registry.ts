import { z } from 'zod'

/** GeoJSON geometry, WGS 84, longitude first. */
const position = z.array(z.number()).min(2).max(3)
export const geometrySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('Point'), coordinates: position }),
  z.object({ type: z.literal('LineString'), coordinates: z.array(position).min(2) }),
  z.object({ type: z.literal('Polygon'), coordinates: z.array(z.array(position).min(4)).min(1) }),
  z.object({ type: z.literal('MultiPolygon'), coordinates: z.array(z.array(z.array(position).min(4)).min(1)).min(1) }),
])
export type Geometry = z.infer<typeof geometrySchema>

export const PLACE_KINDS = [
  'district',
  'zone',
  'building',
  'street',
  'square',
  'park',
  'water',
  'tramline',
  'carpark',
] as const

/** A piece of the district that has a shape: it stands still and things are in it. */
export const placeSchema = z.strictObject({
  id: z.string().min(1).max(64).describe('unique in the installation, such as "b-041"'),
  kind: z.enum(PLACE_KINDS),
  parentId: z.string().nullable().describe('district → zone → building, street or square'),
  name: z.string().min(1).max(120),
  nameAr: z.string().max(120).default(''),
  geometry: geometrySchema,
  heightM: z.number().min(0).max(1000).default(0).describe('of buildings, metres'),
  widthM: z.number().min(0).max(200).default(0).describe('of streets drawn as a line, metres'),
})
export type Place = z.infer<typeof placeSchema>

/** A thing that somebody owns and repairs. Its topology parent feeds, controls or connects it. */
export const assetSchema = z.strictObject({
  id: z.string().min(1).max(64),
  kind: z.string().min(1).max(40).describe('such as "air-handler", "gateway", "luminaire", "traffic-detector"'),
  placeId: z.string().min(1).max(64),
  parentId: z
    .string()
    .max(64)
    .nullable()
    .default(null)
    .describe('topology parent: feeder, switch, gateway, controller'),
  name: z.string().min(1).max(120),
  nameAr: z.string().max(120).default(''),
  longitude: z.number().min(-180).max(180),
  latitude: z.number().min(-90).max(90),
  level: z.number().int().default(0).describe('floor, 0 is the street'),
  criticality: z.number().int().min(1).max(5).default(1).describe('consequence of failure, 5 is safety'),
  craft: z.string().max(40).default(''),
  contractor: z.string().max(80).default(''),
  statutoryClass: z.string().max(40).default(''),
})
export type Asset = z.infer<typeof assetSchema>

/** Value of a `series.v1` record, key = series key: what a series is. */
export const seriesDefinitionSchema = z.strictObject({
  key: z.string().min(5).max(400).describe('source/device/property'),
  id: z.string().regex(/^[0-9a-f]{16}$/),
  property: z.string().min(1).max(120),
  unit: z.string().max(24).default(''),
  assetId: z.string().max(64).nullable().default(null),
  intervalMs: z.number().int().min(0).default(0).describe('expected interval between readings, 0 when unknown'),
  source: z.string().min(1).max(80),
  validMin: z.number().nullable().default(null),
  validMax: z.number().nullable().default(null),
  status: z.enum(['active', 'provisioned', 'quarantined', 'retired']).default('active'),
  personal: z.boolean().default(false).describe('from a source of personal data: cameras, plates, Wi-Fi'),
  historical: z.boolean().default(false).describe('sent as history: exempt from clock checks and retention'),
  sentUnit: z.string().max(24).optional().describe('what the device sends in, where the gateway converts it to `unit`'),
  sentBefore: z
    .array(z.strictObject({ untilAt: z.number(), sentUnit: z.string().max(24) }))
    .optional()
    .describe('what the device sent in before, newest first: "" in `unit`; where what was converted has changed'),
  learntIntervalMs: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe('interval that the readings have shown, where `intervalMs` is 0'),
})
export type SeriesDefinition = z.infer<typeof seriesDefinitionSchema>

/** A district to import: places, assets and series that belong together. */
export interface DistrictModel {
  readonly places: readonly Place[]
  readonly assets: readonly Asset[]
  readonly series: readonly SeriesDefinition[]
}
