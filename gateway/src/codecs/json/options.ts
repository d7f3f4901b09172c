import { EVENT_KINDS, type EventKind, MAX_ATTRIBUTE_NAME, MAX_ATTRIBUTES, SEVERITIES } from '@quartier/contracts'
import { z } from 'zod'
import { isPropertyName } from '../names.ts'

const pointer = z.string().regex(/^(\/([^~/]|~[01])*)*$/, 'must be a JSON Pointer (RFC 6901), such as "/data/temp"')
const property = z.string().refine(isPropertyName, 'must be a property name: no "/", "+", "#" or control character')

const kind = z.enum(Object.keys(EVENT_KINDS) as [EventKind, ...EventKind[]])
const attribute = z
  .string()
  .regex(/^[a-z]\w*$/i, 'must be a name of letters, digits and _')
  .max(MAX_ATTRIBUTE_NAME)

/** How a message tells an event. */
const eventOptionsSchema = z.strictObject({
  kind: z
    .union([kind, z.strictObject({ at: pointer, is: z.record(z.string(), kind) })])
    .describe('kind of event, or the place that tells it and what each of its values means; other values tell none'),
  id: pointer.optional().describe('place of what the sender calls the happening, the same when it is sent again'),
  severity: z.enum(SEVERITIES).optional().describe('where it is not that of the kind'),
  asset: pointer.optional().describe('place of the id of the asset that it is about'),
  attributes: z
    .record(attribute, pointer)
    .default({})
    .refine((a) => Object.keys(a).length <= MAX_ATTRIBUTES, `must have at most ${MAX_ATTRIBUTES} attributes`)
    .describe('place of each attribute'),
})
export type EventOptions = z.output<typeof eventOptionsSchema>

/** Where a JSON message holds what; all places are JSON Pointers (RFC 6901). */
export const jsonOptionsSchema = z.strictObject({
  time: pointer.default('/ts').describe('place of the time; a message without it is untimed'),
  timeUnit: z
    .enum(['ms', 's', 'us', 'ns', 'iso', 'auto'])
    .default('ms')
    .describe('unit of a time given as a number; a text is always ISO 8601 with a zone'),
  value: pointer.default('/value').describe('place of the value when the topic or `property` names the property'),
  device: pointer.optional().describe('place of the device, where the topic does not name it'),
  property: pointer.optional().describe('place of the name of the property that `value` belongs to'),
  values: z
    .record(property, pointer)
    .optional()
    .describe('place of the value of each property, for nested messages of several'),
  each: pointer
    .optional()
    .describe('place of an array of such messages; the other places are then within its elements'),
  event: eventOptionsSchema
    .optional()
    .describe('how a message tells an event; readings are then only those of `values`'),
  ignore: z.array(z.string()).default([]).describe('keys of a flat message that are no readings'),
})
export type JsonOptions = z.output<typeof jsonOptionsSchema>

/** The reference tokens of a pointer, unescaped. */
export const tokensOf = (p: string): string[] =>
  p
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
