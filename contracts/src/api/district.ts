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
