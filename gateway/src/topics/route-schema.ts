import { z } from 'zod'

/** A route as it stands in a configuration. */
export const routeSchema = z.strictObject({
  filter: z.string().min(1),
  codec: z.string().min(1),
  source: z.string().min(1).optional(),
  options: z.record(z.string(), z.unknown()).optional(),
})
