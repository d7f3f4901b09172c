import { z } from 'zod'

/** Value of a `states.v1` record: a JSON array of these, in order of arrival. */
export const stateChangeSchema = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{16}$/),
  key: z.string().describe('source/device/property'),
  measuredAt: z.number(),
  receivedAt: z.number(),
  text: z.string(),
  quality: z.number().int(),
})
export type StateChange = z.infer<typeof stateChangeSchema>
