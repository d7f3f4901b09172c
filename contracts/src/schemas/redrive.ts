import { z } from 'zod'

/** Letters of one request at most. */
export const REDRIVE_LETTERS = 500

/**
 * A request on `redrives.v1`, key = `ask`: take these dead letters in again, as if their messages came now. One gateway of
 * the installation answers it, with a {@link redriveAnswerSchema} under the same key.
 */
export const redriveRequestSchema = z.strictObject({
  ask: z.string(),
  /** Who asked for it. */
  by: z.string(),
  /** Offsets in `rejected.v1`. */
  offsets: z.array(z.number().int().min(0)).min(1).max(REDRIVE_LETTERS),
})
export type RedriveRequest = z.output<typeof redriveRequestSchema>

/** What became of one letter. */
export const redriveResultSchema = z.strictObject({
  offset: z.number().int(),
  outcome: z
    .enum(['appended', 'refused', 'impossible'])
    .describe('refused: it still cannot be used; impossible: it can never be taken in again'),
  readings: z.number().int().describe('readings, states and events appended'),
  reason: z.string().describe('a stable word; empty when it was appended'),
  detail: z.string(),
})
export type RedriveResult = z.output<typeof redriveResultSchema>

export const redriveAnswerSchema = z.strictObject({
  answer: z.string(),
  by: z.string(),
  at: z.number(),
  results: z.array(redriveResultSchema),
})
export type RedriveAnswer = z.output<typeof redriveAnswerSchema>
