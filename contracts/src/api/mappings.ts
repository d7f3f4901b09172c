import { z } from 'zod'
import { keptMappingSchema, mappingSchema } from '../schemas/mapping.ts'

export type { KeptMapping, Preview } from '../schemas/mapping.ts'
export { mappingSchema, previewSchema } from '../schemas/mapping.ts'

export type MappingToSave = z.output<typeof mappingSchema>

export const mappingsSchema = z.strictObject({ mappings: z.array(keptMappingSchema) })
export const mappingSavedSchema = z.strictObject({ mapping: keptMappingSchema })

export const previewBodySchema = z.strictObject({
  mapping: mappingSchema,
  mqttTopic: z.string().min(1).max(1_024).describe('the topic that the message came on'),
  payload: z.string().max(65_536).describe('the message as text'),
})
