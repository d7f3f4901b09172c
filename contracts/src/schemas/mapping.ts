import { z } from 'zod'

/**
 * A JSON mapping that people edit while the platform runs, on the compacted topic `mappings.v1` under its name. Gateways
 * try these before the routes of their configuration; the first by name whose filter matches wins.
 */
export const mappingSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'small letters, digits, dot, dash and underscore, at most 64'),
  filter: z
    .string()
    .min(1)
    .max(400)
    .describe('MQTT topics: {source}, {device} and {property} for a level, {device+} for the rest, + and # for any'),
  source: z
    .string()
    .min(1)
    .max(80)
    .nullable()
    .default(null)
    .describe('of clients without a name, where topics name none'),
  options: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('where the message holds what, as JSON Pointers: docs/formats/json.md'),
  enabled: z.boolean().default(true),
})
export type Mapping = z.output<typeof mappingSchema>

/** A mapping as it is kept, with who changed it last. */
export const keptMappingSchema = mappingSchema.extend({ changedBy: z.string(), changedAt: z.number() })
export type KeptMapping = z.output<typeof keptMappingSchema>

/** A question to any gateway, on `previews.v1`: what would this mapping make of that message? */
export const previewRequestSchema = z.strictObject({
  ask: z.string(),
  mapping: mappingSchema,
  mqttTopic: z.string(),
  /** Sealed for the letter box `to`, since it may hold what must not lie in the log; `null` when only the mapping is to be checked. */
  payload: z.string().nullable(),
  to: z.string().optional().describe('letter box of the gateway that is asked; without it all are'),
})
export type PreviewRequest = z.output<typeof previewRequestSchema>

/** Rows of an answer at most. */
export const PREVIEW_ROWS = 100

export const previewSchema = z.strictObject({
  /** Why the mapping itself cannot be used; `null` when it can. */
  invalid: z.string().nullable(),
  rejection: z.strictObject({ reason: z.string(), detail: z.string() }).nullable().describe('why nothing can be used'),
  readings: z.array(
    z.strictObject({
      device: z.string(),
      property: z.string(),
      measuredAt: z.number().nullable().describe('null: the message names no time'),
      value: z.number(),
    }),
  ),
  states: z.array(
    z.strictObject({ device: z.string(), property: z.string(), measuredAt: z.number().nullable(), text: z.string() }),
  ),
  events: z
    .array(
      z.strictObject({
        device: z.string(),
        kind: z.string(),
        severity: z.string(),
        measuredAt: z.number().nullable(),
        attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
      }),
    )
    .default([])
    .describe('as the privacy firewall lets them through'),
  removed: z.record(z.string(), z.number()).default({}).describe('what the privacy firewall takes out, by kind'),
  setAside: z.array(z.strictObject({ reason: z.string(), detail: z.string() })),
  more: z.number().int().describe('rows beyond the first 100'),
})
export type Preview = z.output<typeof previewSchema>

export const previewAnswerSchema = z.strictObject({
  answer: z.string(),
  preview: previewSchema,
  box: z.string().describe('letter box of the gateway that answers: a message for it to read is sealed for this'),
})
export type PreviewAnswer = z.output<typeof previewAnswerSchema>
