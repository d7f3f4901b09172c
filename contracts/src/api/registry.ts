import { z } from 'zod'
import { assetSchema, placeSchema, seriesDefinitionSchema } from '../schemas/registry.ts'
import { instantSchema } from './common.ts'
import { importReportSchema } from './operations.ts'

const int = z.number().int()
const counts = z.strictObject({ places: int, assets: int, series: int })

/** Where one stands in the registry: a place, or an asset; neither is the district. */
export const registryNodeQuerySchema = z.strictObject({
  placeId: z.string().max(64).optional(),
  assetId: z.string().max(64).optional(),
  skip: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(100).describe('assets of the page'),
})
const step = z.strictObject({
  type: z.enum(['place', 'asset']),
  id: z.string(),
  kind: z.string(),
  name: z.string(),
  nameAr: z.string(),
})
export const registryNodeSchema = z.strictObject({
  path: z.array(step).describe('from the district down to where one stands'),
  place: placeSchema.omit({ geometry: true }).nullable().describe('when one stands at a place'),
  asset: assetSchema.nullable().describe('when one stands at an asset'),
  places: z
    .array(
      step.extend({ assets: int.describe('in it and in what lies in it'), places: int.describe('right below it') }),
    )
    .describe('right below; by kind and name'),
  assets: z.strictObject({
    total: int,
    items: z.array(
      step.extend({
        criticality: int,
        below: int.describe('assets that hang on it directly'),
        series: int,
      }),
    ),
  }),
})
export type RegistryNode = z.infer<typeof registryNodeSchema>
export type RegistryStep = z.infer<typeof step>

export const assetsQuerySchema = z.strictObject({
  text: z.string().max(200).default('').describe('words that all occur in id, names or kind'),
  kind: z.string().max(40).optional(),
  zoneId: z.string().max(64).optional(),
  skip: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
export const assetsPageSchema = z.strictObject({
  total: int,
  assets: z.array(z.strictObject({ asset: assetSchema, place: step.nullable(), zone: step.nullable(), series: int })),
})
export type AssetsPage = z.infer<typeof assetsPageSchema>

/** `sinceAt` of the version that was edited: a change that somebody else made meanwhile is not overwritten unseen. */
const basedOn = z
  .number()
  .optional()
  .describe('`sinceAt` of the version that was edited; 409 when there is a newer one')

const assetFacts = assetSchema.omit({ id: true })
/** What is absent stays as it is. */
export const editAssetSchema = z
  .strictObject({
    kind: assetFacts.shape.kind.optional(),
    placeId: assetFacts.shape.placeId.optional(),
    parentId: z.string().min(1).max(64).nullable().optional(),
    name: assetFacts.shape.name.optional(),
    nameAr: z.string().max(120).optional(),
    longitude: assetFacts.shape.longitude.optional(),
    latitude: assetFacts.shape.latitude.optional(),
    level: z.number().int().optional(),
    criticality: z.number().int().min(1).max(5).optional(),
    craft: z.string().max(40).optional(),
    contractor: z.string().max(80).optional(),
    statutoryClass: z.string().max(40).optional(),
    since: instantSchema.optional().describe('from when on it holds; now when it is not said'),
    basedOn,
  })
  .describe('what is absent stays as it is')
export type AssetEdit = z.input<typeof editAssetSchema>
export const assetEditedSchema = z.strictObject({ asset: assetSchema, sinceAt: z.number() })

export const editSeriesSchema = z
  .strictObject({
    unit: z.string().max(24).optional().describe('what the device sends in; converted where it is a known other unit'),
    assetId: z.string().min(1).max(64).nullable().optional(),
    intervalMs: z.number().int().min(0).optional(),
    validMin: z
      .number()
      .nullable()
      .optional()
      .describe('in `unit` where that is said too, else in the unit that it has'),
    validMax: z.number().nullable().optional(),
    status: z.enum(['active', 'retired']).optional(),
    personal: z.boolean().optional(),
    since: instantSchema.optional().describe('from when on it holds; now when it is not said'),
    basedOn,
  })
  .describe('what is absent stays as it is')
export type SeriesEdit = z.input<typeof editSeriesSchema>
export const seriesEditedSchema = z.strictObject({ series: seriesDefinitionSchema, sinceAt: z.number() })

/** Lines of a CSV, or features, that a preview looks at. */
export const PREVIEW_LINES = 50_000
export const importPreviewSchema = importReportSchema.extend({
  examined: int.describe('lines of the file with its header, or features'),
  complete: z.boolean().describe('false: the file is longer, and only its beginning was looked at'),
  added: counts,
  changed: counts,
  changes: z
    .array(
      z.strictObject({
        kind: z.enum(['place', 'asset', 'series']),
        id: z.string(),
        change: z.enum(['added', 'changed']),
        fields: z.array(
          z.strictObject({ name: z.string(), before: z.string().nullable(), after: z.string().nullable() }),
        ),
      }),
    )
    .describe('the first 200'),
})
export type ImportPreviewView = z.infer<typeof importPreviewSchema>
