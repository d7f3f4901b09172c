import { z } from 'zod'
import { isPropertyName } from '../names.ts'

const pointer = z.string().regex(/^(\/([^~/]|~[01])*)*$/, 'must be a JSON Pointer (RFC 6901), such as "/data/temp"')
const property = z.string().refine(isPropertyName, 'must be a property name: no "/", "+", "#" or control character')

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
  ignore: z.array(z.string()).default([]).describe('keys of a flat message that are no readings'),
})
export type JsonOptions = z.output<typeof jsonOptionsSchema>

/** The reference tokens of a pointer, unescaped. */
export const tokensOf = (p: string): string[] =>
  p
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
