import { z } from 'zod'

/** `live:subscribe`: what one socket watches. Everything absent: all that the person may see, up to the limit. */
export const LIVE_SERIES_MAX = 20_000
export const liveSubscribeSchema = z.strictObject({
  zoneIds: z.array(z.string().max(64)).max(500).optional(),
  bbox: z.tuple([z.number(), z.number(), z.number(), z.number()]).optional().describe('west, south, east, north'),
  keys: z.array(z.string().max(400)).max(LIVE_SERIES_MAX).optional(),
  limit: z.number().int().min(1).max(LIVE_SERIES_MAX).default(LIVE_SERIES_MAX),
})
export type LiveSubscribe = z.input<typeof liveSubscribeSchema>
