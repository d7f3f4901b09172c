import { z } from 'zod'

/** An instant in a query: epoch milliseconds or ISO 8601 with a zone. Parsed to epoch milliseconds. */
export const instantSchema = z
  .union([z.coerce.number(), z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))])
  .describe('epoch ms, or ISO 8601 with a zone')

/** A list in a query: the name once or several times. */
export const listOf = (max: number) => {
  const one = z.string().min(1).max(400)
  return z.union([one.transform((text) => [text]), z.array(one).min(1).max(max)])
}

/** The one shape of every error answer; `code` is stable, `where` names the field or endpoint. */
export const apiErrorSchema = z.strictObject({ code: z.string(), message: z.string(), where: z.string() })
export type ApiError = z.infer<typeof apiErrorSchema>
