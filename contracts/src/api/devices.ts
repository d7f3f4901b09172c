import { z } from 'zod'

export const deviceLogQuerySchema = z.strictObject({
  device: z.string().max(128).optional(),
  event: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  before: z.coerce.number().int().min(0).optional().describe('`next` of the previous page'),
})
export const deviceLogSchema = z.strictObject({
  lines: z
    .array(
      z.strictObject({
        at: z.number(),
        until: z.number(),
        times: z.number().int().describe('how often it happened between the two'),
        device: z.string().describe('the name it gave, or that in its certificate; empty when it gave none'),
        event: z.string().describe('a stable word (docs/sources/devices.md)'),
        detail: z.string(),
        address: z.string(),
      }),
    )
    .describe('newest first'),
  next: z.number().int().nullable(),
})
export type DeviceLogView = z.infer<typeof deviceLogSchema>

export const devicesQuerySchema = z.strictObject({
  text: z.string().max(200).default('').describe('in the id or in the name of who let it in'),
  show: z
    .enum(['all', 'silent', 'registered'])
    .default('all')
    .describe('silent: nothing came for three of its intervals, or ever; registered: let in by name'),
  skip: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
export type DevicesQuery = z.output<typeof devicesQuerySchema>
export const devicesSchema = z.strictObject({
  at: z.number(),
  total: z.number().int(),
  matching: z.number().int(),
  devices: z
    .array(
      z.strictObject({
        id: z.string().describe('`source/device`, or the name of a gateway or service that speaks for devices'),
        kind: z.enum(['device', 'gateway', 'service']),
        series: z.number().int(),
        lastAt: z.number().nullable().describe('when something of it last arrived; null: never'),
        isSilent: z.boolean(),
        lastHour: z
          .number()
          .int()
          .nullable()
          .describe('readings of the last hour; null: too many series to count here, or the store does not answer'),
        principal: z
          .strictObject({ name: z.string(), kind: z.enum(['device', 'gateway', 'service']), enabled: z.boolean() })
          .nullable()
          .describe('as whom it gets in; null: it needs no name'),
      }),
    )
    .describe('gateways and services first, then devices, by id'),
})
export type DevicesView = z.infer<typeof devicesSchema>

export const credentialsSchema = z.strictObject({
  credentials: z
    .array(
      z.strictObject({
        id: z.string().describe('SHA-256 of the certificate or token'),
        kind: z.enum(['certificate', 'token']),
        principal: z.string(),
        serial: z.string(),
        issuedAt: z.number(),
        expiresAt: z.number().nullable(),
        revokedAt: z.number().nullable(),
        reason: z.string(),
      }),
    )
    .describe('newest first'),
})

export const revokeSchema = z.strictObject({ reason: z.string().max(200).default('') })
export const revokedSchema = z.strictObject({ revoked: z.number().int().describe('certificates and tokens that held') })
