import { z } from 'zod'

/** An instant in a query: epoch milliseconds or ISO 8601 with a zone. Parsed to epoch milliseconds. */
export const instantSchema = z
  .union([z.coerce.number(), z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))])
  .describe('epoch ms, or ISO 8601 with a zone')

/** A list in a query: the name once or several times. */
export const listOf = (max: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' ? [value] : value),
    z.array(z.string().min(1).max(400)).min(1).max(max),
  )

/** The one shape of every error answer; `code` is stable, `where` names the field or endpoint. */
export const apiErrorSchema = z.strictObject({ code: z.string(), message: z.string(), where: z.string() })
export type ApiError = z.infer<typeof apiErrorSchema>
