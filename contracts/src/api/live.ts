import { z } from 'zod'
import { STATE_WORDS } from '../live/series-state.ts'
import { LEVELS } from '../live/tick.ts'
import { assetSchema } from '../schemas/registry.ts'

const bboxSchema = z.tuple([z.number(), z.number(), z.number(), z.number()]).describe('west, south, east, north')
const zoneIdsSchema = z.array(z.string().max(64)).max(500)

/** `live:subscribe`: series that one socket follows by themselves. Everything absent: all that the person may see, up to the limit. */
export const LIVE_SERIES_MAX = 20_000
export const liveSubscribeSchema = z.strictObject({
  zoneIds: zoneIdsSchema.optional(),
  bbox: bboxSchema.optional(),
  assetIds: z.array(z.string().max(64)).max(500).optional(),
  keys: z.array(z.string().max(400)).max(LIVE_SERIES_MAX).optional(),
  limit: z.number().int().min(1).max(LIVE_SERIES_MAX).default(LIVE_SERIES_MAX),
})
export type LiveSubscribe = z.input<typeof liveSubscribeSchema>

/** `live:view`: what one socket looks at on the map, instead of anything before. Its places are always told, at every level. */
export const liveViewSchema = z.strictObject({
  view: z
    .number()
    .int()
    .min(1)
    .max(0xffffffff)
    .describe('number of the client; comes back with everything that answers it'),
  level: z.enum(LEVELS),
  bbox: bboxSchema.optional().describe('needed for the levels "assets" and "sensors"'),
  zoneIds: zoneIdsSchema.optional(),
  systems: z.array(z.string().max(40)).max(40).optional().describe('layers; absent: all'),
})
export type LiveView = z.infer<typeof liveViewSchema>

/** `live:tiles` answers `live:view`: the tiles that its ticks will speak of. */
export const liveTilesSchema = z.strictObject({
  view: z.number().int(),
  level: z.enum(LEVELS).describe('farther than asked for when too much is in view'),
  tiles: z.array(
    z.strictObject({
      tile: z.number().int().describe('its number in ticks, as long as the connection lasts'),
      id: z.string(),
      level: z.enum(LEVELS),
      revision: z.number().int(),
      zoneId: z.string().nullable(),
      system: z.string(),
      rows: z.number().int(),
      series: z.number().int(),
    }),
  ),
})
export type LiveTiles = z.infer<typeof liveTilesSchema>

const tileHead = { id: z.string(), revision: z.number().int(), zoneId: z.string().nullable(), system: z.string() }
const tileAssetSchema = assetSchema.omit({ craft: true, contractor: true, statutoryClass: true })
export type TileAsset = z.infer<typeof tileAssetSchema>

/** `GET /api/live/tiles/:id`: what the rows of a tile are, in their order. */
export const tileIndexSchema = z.discriminatedUnion('level', [
  z.strictObject({
    ...tileHead,
    level: z.literal('district'),
    places: z.array(z.string().nullable()).describe('the place of each row'),
  }),
  z.strictObject({ ...tileHead, level: z.literal('assets'), assets: z.array(tileAssetSchema) }),
  z.strictObject({
    ...tileHead,
    level: z.literal('sensors'),
    assets: z.array(tileAssetSchema),
    series: z.array(
      z.strictObject({
        key: z.string(),
        property: z.string(),
        unit: z.string(),
        asset: z.number().int().describe('place in `assets`, -1: none'),
        intervalMs: z.number(),
        validMin: z.number().nullable(),
        validMax: z.number().nullable(),
      }),
    ),
  }),
])
export type TileIndex = z.infer<typeof tileIndexSchema>

export const tileQuerySchema = z.strictObject({
  revision: z.coerce
    .number()
    .int()
    .optional()
    .describe('the one that is expected; with it the answer may be kept for good'),
})

/** One line of what needs a look now: one asset and kind of trouble, a silent gateway, or many assets alike. */
export const attentionRowSchema = z.strictObject({
  id: z.string().describe('the same as long as the trouble lasts'),
  state: z.enum(STATE_WORDS),
  series: z.number().int().describe('how many series stand behind the line'),
  assets: z.number().int().describe('how many assets it stands for; more than one: ask for them with `within`'),
  criticality: z.number().int(),
  sinceAt: z.number().describe('since when it is so, epoch ms'),
  asset: tileAssetSchema.nullable().describe('the most critical one'),
  zoneId: z.string().nullable(),
  system: z.string(),
  reading: z
    .strictObject({
      key: z.string(),
      property: z.string(),
      unit: z.string(),
      value: z.number().nullable(),
      measuredAt: z.number().nullable(),
      validMin: z.number().nullable(),
      validMax: z.number().nullable(),
    })
    .nullable()
    .describe('the series that stands for the line; null for a silent gateway'),
})
export type AttentionRow = z.infer<typeof attentionRowSchema>

/** `live:attention`, and `GET /api/attention`: most pressing first. */
export const attentionSchema = z.strictObject({
  at: z.number(),
  counts: z.array(z.number().int()).length(8).describe('series by state, in the order of the states'),
  silentGateways: z.number().int(),
  total: z.number().int().describe('lines, listed here or not'),
  rows: z.array(attentionRowSchema),
})
export type Attention = z.infer<typeof attentionSchema>

export const attentionQuerySchema = z.strictObject({
  within: z
    .string()
    .max(200)
    .optional()
    .describe('id of a line that stands for several: one line for each of its assets'),
  zoneId: z.string().max(64).optional(),
  state: z.enum(STATE_WORDS).optional(),
  system: z.string().max(40).optional(),
  limit: z.coerce.number().int().min(1).max(2000).default(200),
  offset: z.coerce.number().int().min(0).default(0),
})
