import { z } from 'zod'

/**
 * Value of a `rejected.v1` record (JSON), key = source: something that arrived and could not be used.
 * For a source marked personal `payload` is absent and `skeleton` shows the structure with every value removed.
 */
export const deadLetterSchema = z.strictObject({
  origin: z.string().describe('unique: "gateway:<instance>:<n>" or "readings.v1:<partition>:<offset>:<row>"'),
  source: z.string(),
  principal: z.string(),
  mqttTopic: z.string(),
  stage: z.enum(['guard', 'permission', 'codec', 'check']),
  reason: z.string().describe('stable word, such as "json-syntax", "too-late", "unit-mismatch"'),
  detail: z.string().describe('what was wrong and where, in plain words'),
  receivedAt: z.number(),
  readings: z.number().int().describe('readings refused with it; 0 when they could not be counted'),
  bytes: z.number().int(),
  sha256: z.string().describe('of a personal source: HMAC-SHA-256 under the key of the day'),
  payload: z.string().optional().describe('base64, the first 4 KiB'),
  skeleton: z.string().optional(),
})
export type DeadLetter = z.infer<typeof deadLetterSchema>
