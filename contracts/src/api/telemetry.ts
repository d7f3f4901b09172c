import { z } from 'zod'
import { assetSchema, placeSchema, seriesDefinitionSchema } from '../schemas/registry.ts'
import { instantSchema, listOf } from './common.ts'

const status = z.enum(['active', 'provisioned', 'quarantined', 'retired'])

export const seriesQuerySchema = z.strictObject({
  text: z
    .string()
    .max(200)
    .optional()
    .describe('words that all occur in key, asset id, asset name or place name; or the id of a series'),
  zoneId: z.string().max(64).optional(),
  placeId: z.string().max(64).optional(),
  assetId: z.string().max(64).optional(),
  kind: z.string().max(40).optional().describe('asset kind'),
  under: z.string().max(64).optional().describe('an asset: series of it and of all that hangs on it in the topology'),
  property: z.string().max(120).optional(),
  status: status.optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  after: z.string().max(400).optional().describe('`next` of the previous page'),
})
const placeNameSchema = placeSchema.omit({ geometry: true, heightM: true, widthM: true })
export const seriesPageSchema = z.strictObject({
  series: z.array(seriesDefinitionSchema),
  assets: z.array(assetSchema).describe('those that the series belong to'),
  places: z.array(placeNameSchema).describe('those that the assets lie in, and all around them'),
  next: z.string().nullable(),
})
export type SeriesPage = z.infer<typeof seriesPageSchema>

/** The newest value of one series; `value` is null while there is none. Times are epoch ms. */
export const lastValueSchema = z.strictObject({
  key: z.string(),
  value: z.number().nullable(),
  measuredAt: z.number().nullable(),
  receivedAt: z.number().nullable(),
  quality: z.number().int().describe('quality byte'),
  qualityWord: z.enum(['good', 'uncertain', 'bad', 'stale']).nullable(),
})
export type LastValue = z.infer<typeof lastValueSchema>

export const seriesCardSchema = z.strictObject({
  series: seriesDefinitionSchema,
  asset: assetSchema.nullable(),
  place: placeSchema.nullable(),
  zone: placeSchema.nullable(),
  topology: z.strictObject({
    parents: z.array(assetSchema).describe('nearest first'),
    children: z.array(assetSchema).describe('at most 200'),
  }),
  last: lastValueSchema,
})
export type SeriesCard = z.infer<typeof seriesCardSchema>

const id = z.string().nullable()
/** What a series was, oldest first; `untilAt` is null for what it is now. */
export const seriesVersionsSchema = z.strictObject({
  versions: z.array(
    z.strictObject({
      sinceAt: z.number(),
      untilAt: z.number().nullable(),
      definition: seriesDefinitionSchema,
      assetKind: id,
      placeId: id,
      zoneId: id,
    }),
  ),
})
export type SeriesVersions = z.infer<typeof seriesVersionsSchema>

/** Unit, asset, place and zone that readings of `[from, to)` have. */
const stretches = z
  .array(z.strictObject({ from: z.number(), to: z.number(), unit: z.string(), assetId: id, placeId: id, zoneId: id }))
  .describe('how the range divides where unit, asset, place or zone changed')

export const lastQuerySchema = z.strictObject({
  series: listOf(5000).optional().describe('series keys, repeated'),
  zoneId: z.string().max(64).optional(),
  placeId: z.string().max(64).optional(),
  assetId: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(5000).default(1000),
})
export const lastPageSchema = z.strictObject({
  at: z.number().describe('platform time'),
  values: z.array(lastValueSchema),
  more: z.boolean().describe('the limit left some out'),
})

export const windowsQuerySchema = z.strictObject({
  series: listOf(200),
  from: instantSchema.optional(),
  to: instantSchema.optional().describe('exclusive; now when it is not said'),
  last: z.coerce.number().int().min(1000).optional().describe('in place of `from`: how long before `to` to begin, ms'),
  step: z.coerce
    .number()
    .int()
    .min(1000)
    .optional()
    .describe(
      'width of a window, ms; when it is not said, one that reads well on a clock, and the range is widened to it',
    ),
  points: z.coerce
    .number()
    .int()
    .min(10)
    .max(5000)
    .default(1500)
    .describe('where the step is not said: the most windows of a series'),
})
const cells = z.array(z.number().nullable())
const coverage = z.number().min(0).max(1).nullable()
export const windowsSchema = z.strictObject({
  at: z.number().describe('platform time'),
  from: z.number(),
  stepMs: z.number(),
  windows: z.number().int(),
  series: z.array(
    z.strictObject({
      key: z.string(),
      count: z.array(z.number().int()),
      mean: cells,
      min: cells,
      max: cells,
      last: cells,
      notGood: z.array(z.number().int()).describe('readings whose quality is not good'),
      coverage: z
        .array(coverage)
        .describe('share of the expected readings that came; null where none is expected, as in the future'),
      stretches,
      seams: z
        .array(
          z.strictObject({
            ...{ window: z.number().int(), from: z.number(), to: z.number(), count: z.number().int(), coverage },
            ...{ mean: z.number().nullable(), min: z.number().nullable(), max: z.number().nullable() },
            ...{ last: z.number().nullable(), notGood: z.number().int() },
          }),
        )
        .describe('where the unit changed inside a window: the columns hold what came before, this what came after'),
    }),
  ),
})
export type WindowsView = z.infer<typeof windowsSchema>

export const rangeQuerySchema = z.strictObject({
  series: listOf(50),
  from: instantSchema,
  to: instantSchema.describe('exclusive'),
  limit: z.coerce.number().int().min(1).max(50_000).default(10_000).describe('readings per series'),
})
export const rangeSchema = z.strictObject({
  series: z.array(
    z.strictObject({
      key: z.string(),
      measuredAt: z.array(z.number()),
      value: z.array(z.number()),
      quality: z.array(z.number().int()),
      stretches,
      more: z.boolean().describe('the limit cut this series off'),
    }),
  ),
})

export const exportQuerySchema = z.strictObject({
  series: listOf(1000).optional(),
  zoneId: z.string().max(64).optional(),
  from: instantSchema,
  to: instantSchema.describe('exclusive'),
  step: z.coerce.number().int().min(1000).optional().describe('windows of this width in place of readings, ms'),
  back: z.coerce
    .number()
    .int()
    .min(1000)
    .optional()
    .describe('the same so many ms earlier too, to compare with; windows only'),
})

export const zoneStateSchema = z.strictObject({
  zoneId: z.string(),
  name: z.string(),
  nameAr: z.string(),
  series: z.number().int().describe('active and provisioned series'),
  expected: z.number().int().describe('those that have an expected interval'),
  reporting: z.number().int().describe('expected ones heard within three intervals'),
  never: z.number().int().describe('series without any value yet'),
  waiting: z.number().int().describe('series that say nothing while the platform has not listened for long enough'),
  good: z.number().int(),
  uncertain: z.number().int(),
  bad: z.number().int(),
  stale: z.number().int().describe('marked stale, or silent for more than three intervals'),
  outOfRange: z.number().int(),
  worst: z.enum(['good', 'uncertain', 'stale', 'bad', 'blind']).describe('blind: none of the expected report'),
})
export type ZoneState = z.infer<typeof zoneStateSchema>
export const zonesSchema = z.strictObject({ at: z.number(), zones: z.array(zoneStateSchema) })
