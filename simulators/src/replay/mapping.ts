import { z } from 'zod'

const property = {
  property: z.string().min(1).max(120),
  unit: z.string().max(24).default(''),
  validMin: z.number().optional(),
  validMax: z.number().optional(),
}

/** Which columns are readings; exactly one of the three layouts. */
const layouts = z.union([
  z.strictObject({
    columns: z
      .array(z.strictObject({ column: z.string(), ...property }))
      .min(1)
      .describe('one column a property; the device is named by `id`, or is the same in all lines'),
  }),
  z.strictObject({
    devices: z
      .strictObject({ ...property, except: z.array(z.string()).default([]) })
      .describe('every other column is a device, its name in the header, all with the same property'),
  }),
  z.strictObject({
    long: z
      .strictObject({
        propertyColumn: z.string(),
        valueColumn: z.string(),
        units: z.record(z.string(), z.string()).default({}),
      })
      .describe('one reading a line: one column names the property, another holds the value'),
  }),
])

/** How to read a time-stamped CSV file; docs/replay.md tells it with examples. */
export const replayMappingSchema = z.strictObject({
  title: z.string().min(1).max(120).optional(),
  source: z
    .string()
    .regex(/^[^/+#\s]{1,80}$/)
    .describe('first part of the series keys; must be that of the MQTT principal'),
  assetKind: z.string().min(1).max(40).default('sensor').describe('kind of the assets that are registered'),
  delimiter: z.union([z.string().length(1), z.literal('whitespace')]).default(','),
  header: z.boolean().default(true).describe('the first line names the columns; otherwise they are called 1, 2, 3 …'),
  decimalComma: z.boolean().default(false),
  missing: z
    .array(z.string())
    .default([])
    .describe('texts or numbers that stand for "no reading", beside the empty field'),
  time: z.strictObject({
    column: z.union([z.string(), z.array(z.string()).min(1)]).describe('several are joined by a blank'),
    format: z.string().default('iso').describe('iso, s, ms, or a pattern such as %d/%m/%Y %H:%M'),
    zone: z.string().default('UTC').describe('IANA zone of stamps without an offset'),
  }),
  id: z.string().optional().describe('column that names the device'),
  device: z.string().max(100).default('').describe('name of the device without `id`, put before its name with it'),
  values: layouts,
  positions: z
    .strictObject({
      path: z.string().describe('CSV file beside the mapping'),
      delimiter: z.string().length(1).default(','),
      id: z.string(),
      longitude: z.string(),
      latitude: z.string(),
    })
    .optional(),
})
export type ReplayMapping = z.output<typeof replayMappingSchema>
