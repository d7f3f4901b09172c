import { z } from 'zod'
import { assetSchema, geometrySchema, placeSchema } from '../schemas/registry.ts'

const placeProperties = placeSchema.omit({ geometry: true }).extend({
  type: z.literal('place'),
  zoneId: z.string().nullable(),
})
const assetProperties = assetSchema.omit({ longitude: true, latitude: true }).extend({
  type: z.literal('asset'),
  zoneId: z.string().nullable(),
})

/** GeoJSON (RFC 7946): places first, the largest kinds before the smaller; then assets as points. */
export const districtSchema = z.strictObject({
  type: z.literal('FeatureCollection'),
  bbox: z.array(z.number()).length(4).nullable().describe('west, south, east, north'),
  features: z.array(
    z.strictObject({
      type: z.literal('Feature'),
      id: z.string().describe('id of the place or asset, prefixed "place:" or "asset:"'),
      geometry: geometrySchema,
      properties: z.discriminatedUnion('type', [placeProperties, assetProperties]),
    }),
  ),
})
export type DistrictView = z.infer<typeof districtSchema>

export const districtQuerySchema = z.strictObject({
  assets: z.enum(['all', 'none']).default('all'),
})

const version = { sinceAt: z.number(), untilAt: z.number().nullable() }

/** One asset: where it is, what it hangs on and what hangs on it, and what it was. */
export const assetPageSchema = z.strictObject({
  asset: assetSchema,
  place: placeSchema.nullable(),
  zone: placeSchema.nullable(),
  topology: z.strictObject({
    parents: z.array(assetSchema).describe('nearest first'),
    below: z
      .array(z.strictObject({ asset: assetSchema, depth: z.number().int() }))
      .describe('all that hangs on it, level by level; depth 1 hangs on it directly'),
    assets: z.number().int().describe('how many hang on it, listed or not'),
  }),
  versions: z
    .array(z.strictObject({ ...version, asset: assetSchema, zoneId: z.string().nullable() }))
    .describe('oldest first; `untilAt` is null for what it is now'),
})
export type AssetPage = z.infer<typeof assetPageSchema>

export const assetQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(0).max(5000).default(200).describe('assets below it to list'),
})
