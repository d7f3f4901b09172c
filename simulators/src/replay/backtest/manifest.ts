import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { QuartierError } from '@quartier/contracts'
import { z } from 'zod'

/** The parts of a `backtest/1` manifest that tell what was recorded; protocols and figures are not our business. */
const timeSchema = z.object({
  grid: z.enum(['days', 'clock', 'instant', 'rows']),
  start: z.string().optional(),
  stepSeconds: z.number().positive().optional(),
  slotsPerDay: z.number().int().positive().optional(),
  weekdays: z.array(z.number().int().min(1).max(7)).optional(),
  zone: z.string().default('unknown'),
})
export type GridTime = z.output<typeof timeSchema>

const fieldSchema = z.object({
  name: z.string(),
  role: z.string().optional(),
  format: z.string().optional(),
  quantity: z.string().optional(),
  unit: z.string().optional(),
  missingValues: z.array(z.string()).optional(),
  categories: z
    .array(z.union([z.string(), z.object({ value: z.union([z.string(), z.number()]), label: z.string() })]))
    .optional(),
})
export type Field = z.output<typeof fieldSchema>

const shape = z.tuple([z.number().int().positive(), z.number().int().positive()])

const resourceSchema = z.object({
  name: z.string(),
  role: z.string().optional(),
  like: z.string().optional(),
  set: z.string().optional(),
  path: z.string().optional(),
  compression: z.literal('gz').optional(),
  layout: z.enum(['matrix', 'table', 'windows']).optional(),
  format: z.enum(['csv', 'f32le', 'json']).optional(),
  dialect: z
    .object({ delimiter: z.string(), header: z.boolean().optional(), labels: z.boolean().optional() })
    .optional(),
  axes: z.tuple([z.string(), z.string()]).optional(),
  shape: shape.optional(),
  rows: z.number().int().optional(),
  quantity: z.string().optional(),
  unit: z.string().optional(),
  missingValues: z.array(z.string()).optional(),
  schema: z.object({ fields: z.array(fieldSchema) }).optional(),
})
export type Resource = z.output<typeof resourceSchema>

const manifestSchema = z.object({
  profile: z.literal('backtest/1'),
  name: z.string(),
  title: z.string(),
  kind: z.string(),
  time: timeSchema.optional(),
  sets: z.array(z.object({ name: z.string(), time: timeSchema.optional(), shape: shape.optional() })).optional(),
  resources: z.array(resourceSchema),
})
export type Manifest = z.output<typeof manifestSchema>

/** @throws QuartierError REPLAY_MANIFEST, all mistakes together */
export function readManifest(folder: string): Manifest {
  const path = join(folder, 'backtest.json')
  let json: unknown
  try {
    json = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new QuartierError('REPLAY_MANIFEST', `read ${path}: ${(cause as Error).message}`, { cause })
  }
  const parsed = manifestSchema.safeParse(json)
  if (!parsed.success)
    throw new QuartierError('REPLAY_MANIFEST', `${path} has mistakes:\n${z.prettifyError(parsed.error)}`)
  const { resources } = parsed.data
  return { ...parsed.data, resources: resources.map((r) => inherited(r, resources)) }
}

/** `like` copies all properties that are not given. */
function inherited(resource: Resource, all: readonly Resource[]): Resource {
  const model = all.find((r) => r.name === resource.like)
  return model && model !== resource ? { ...inherited(model, all), ...resource } : resource
}
