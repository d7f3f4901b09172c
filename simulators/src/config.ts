import { commonConfig } from '@quartier/contracts/runtime'
import { z } from 'zod'
import { worldSettings } from './world/settings.ts'

export const simulatorsConfig = z.strictObject({
  ...commonConfig,
  url: z.string().default('mqtt://127.0.0.1:1883').describe('MQTT gateway that the simulated devices connect to'),
  name: z.string().default('').describe('MQTT user name; empty for anonymous access'),
  secret: z.string().default('').describe('secret of that name'),
  source: z.string().min(1).max(80).default('naseem').describe('first part of all series keys'),
  sensors: z.number().int().min(1).max(650_000).default(2_500).describe('simulated series'),
  seed: z.number().int().default(31).describe('seed of the district and of all values'),
  intervalMs: z
    .number()
    .int()
    .min(50)
    .max(86_400_000)
    .nullable()
    .default(null)
    .describe('interval of every series in ms of the platform clock; null: by kind of device'),
  connections: z
    .number()
    .int()
    .min(1)
    .max(20_000)
    .nullable()
    .default(null)
    .describe('MQTT connections; null: one for each gateway'),
  window: z.number().int().min(1).max(1_000).default(32).describe('messages under way on a connection, at most'),
  backlog: z
    .number()
    .int()
    .min(1)
    .default(2_000)
    .describe('messages that a gateway keeps while it cannot send; beyond that the oldest are given up'),
  speed: z
    .number()
    .positive()
    .max(10_000)
    .default(1)
    .describe("how fast the district's days pass; time stamps stay on the platform clock"),
  allowedTargets: z
    .array(z.string())
    .default([])
    .describe('host names beside this machine that simulated load may be sent to; they are yours, and they know'),
  world: worldSettings.prefault({}),
})
export type SimulatorsConfig = z.output<typeof simulatorsConfig>
