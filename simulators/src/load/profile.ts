import { createRequire } from 'node:module'
import { QuartierError } from '@quartier/contracts'
import { z } from 'zod'

const seconds = (description: string) => z.number().min(0).max(86_400).describe(`${description}, seconds`)
const share = z.number().min(0).max(1)

/** When a fault holds, from the end of the ramp on. */
const span = { from: seconds('from'), for: seconds('for') }

export const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('duplicates'), ...span, share: share.describe('share of messages sent twice') }),
  z.strictObject({
    kind: z.literal('late'),
    ...span,
    share: share.describe('share of messages held back'),
    delay: seconds('for how long').default(20),
  }),
  z.strictObject({
    kind: z.literal('clock-skew'),
    ...span,
    share: share.describe('share of gateways whose clock is wrong'),
    offset: z.number().min(-86_400).max(86_400).describe('seconds; positive is ahead'),
  }),
  z.strictObject({
    kind: z.literal('flapping'),
    ...span,
    share: share.describe('share of gateways that lose their connection again and again'),
    every: seconds('time between two losses').default(10),
  }),
  z.strictObject({ kind: z.literal('malformed'), ...span, perSecond: z.number().min(0).max(100_000) }),
  z.strictObject({ kind: z.literal('reconnect-storm'), from: span.from, share: share.default(1) }),
  z.strictObject({
    kind: z.literal('silent'),
    ...span,
    share: share.describe('share of messages whose sensors say nothing'),
  }),
  z.strictObject({
    kind: z.literal('slow-disk'),
    ...span,
    mbPerSecond: z.number().min(1).max(10_000).default(200).describe('written and made durable beside the platform'),
  }),
  z.strictObject({
    kind: z.literal('stall'),
    ...span,
    share: share.describe('share of connections that go through a network which stalls'),
  }),
])
export type Fault = z.output<typeof faultSchema>

/** What a load test does and what it must reach; a file of YAML or JSON. */
export const profileSchema = z.strictObject({
  name: z.string().min(1).max(80),
  description: z.string().max(400).default(''),
  sensors: z.number().int().min(1).max(650_000).describe('series of the simulated district'),
  seed: z.number().int().default(31),
  connections: z.number().int().min(1).max(20_000).nullable().default(null).describe('null: one for each gateway'),
  readingsPerSecond: z.number().positive().max(5_000_000).nullable().default(null).describe('null: as the devices do'),
  readingsPerMessage: z.number().int().min(1).max(1_000).default(20).describe('at most, in formats that carry many'),
  format: z
    .enum(['own', 'pack', 'senml-cbor', 'senml-json', 'json-flat', 'json-single'])
    .default('own')
    .describe('own: each kind of device speaks its own'),
  window: z.number().int().min(1).max(10_000).default(64).describe('messages under way on a connection, at most'),
  ramp: seconds('time until the full rate').default(5),
  duration: seconds('time at the full rate'),
  probesPerSecond: z
    .number()
    .min(0)
    .max(100)
    .default(10)
    .describe('readings whose way is timed until they can be queried'),
  faults: z.array(faultSchema).default([]),
  goals: z
    .strictObject({
      lost: z.number().int().min(0).default(0).describe('readings acknowledged and not stored, at most'),
      p99Ms: z.number().positive().nullable().default(1_000).describe('from due to queryable, at most'),
      acknowledgedP99Ms: z.number().positive().nullable().default(null).describe('from due to acknowledged, at most'),
      memoryMb: z.number().positive().nullable().default(null).describe('of all processes of the platform, at most'),
      balanced: z.boolean().default(true).describe('the ledger must balance'),
    })
    .prefault({}),
})
export type Profile = Readonly<z.output<typeof profileSchema>>

/** @throws QuartierError PROFILE_INVALID with all mistakes */
export function parseProfile(value: unknown, from: string): Profile {
  const result = profileSchema.safeParse(value)
  if (result.success) return result.data
  const mistakes = result.error.issues.map((i) => `  ${i.path.join('.') || '(file)'}: ${i.message}`)
  throw new QuartierError('CONFIG_INVALID', `The profile ${from} has mistakes:\n${mistakes.join('\n')}`)
}

/**
 * The contents of a profile file: YAML when its name says so, JSON otherwise.
 * @throws QuartierError CONFIG_INVALID
 */
export function readProfileText(text: string, file: string): unknown {
  try {
    if (!/\.ya?ml$/.test(file)) return JSON.parse(text)
    const yaml = createRequire(import.meta.url)('yaml') as typeof import('yaml')
    return yaml.parse(text)
  } catch (cause) {
    throw new QuartierError('CONFIG_INVALID', `read the profile ${file}: ${(cause as Error).message}`, { cause })
  }
}
