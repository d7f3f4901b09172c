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
