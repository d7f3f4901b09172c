import { z } from 'zod'
import { assetSchema } from '../schemas/registry.ts'
import { listOf } from './common.ts'

const found = assetSchema
  .omit({ craft: true, contractor: true, statutoryClass: true })
  .extend({ zoneId: z.string().nullable() })

/** `GET /api/search`: what carries all the words, for somebody who types. */
export const searchQuerySchema = z.strictObject({
  text: z
    .string()
    .max(200)
    .default('')
    .describe('words that all occur in id or key, name of the asset or of its place'),
  kind: z.string().max(40).optional().describe('asset kind'),
  property: z.string().max(120).optional().describe('then only series are found'),
  limit: z.coerce.number().int().min(1).max(50).default(12).describe('assets, and series'),
})
export const searchSchema = z.strictObject({
  assets: z.array(found),
  series: z.array(z.strictObject({ key: z.string(), property: z.string(), unit: z.string(), asset: found.nullable() })),
})
export type SearchView = z.infer<typeof searchSchema>

/** `GET /api/lookup/assets`: assets by their ids; those that a person may not see are left out. */
export const LOOKUP_MOST = 200
export const lookupQuerySchema = z.strictObject({ id: listOf(LOOKUP_MOST) })
export const lookupSchema = z.strictObject({ assets: z.array(found) })
export type FoundAsset = z.infer<typeof found>
