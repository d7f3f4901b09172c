import { z } from 'zod'
import { DATA_CLASSES } from '../events/event.ts'
import { EVENT_KINDS, type EventKind, SEVERITIES } from '../events/kinds.ts'
import { instantSchema, listOf } from './common.ts'

const kinds = Object.keys(EVENT_KINDS) as [EventKind, ...EventKind[]]
const kind = z.enum(kinds)

/** An event as it is stored and shown; times are epoch ms. */
export const eventSchema = z.strictObject({
  id: z.string().describe('32 hexadecimal digits, the same for the same happening'),
  kind,
  source: z.string(),
  device: z.string(),
  assetId: z.string().nullable().describe('as it was when the event came'),
  zoneId: z.string().nullable().describe('as it was when the event came'),
  measuredAt: z.number(),
  receivedAt: z.number(),
  severity: z.enum(SEVERITIES),
  quality: z.number().int().describe('quality byte'),
  dataClass: z.enum(DATA_CLASSES).describe('whether it holds a token of somebody, or more'),
  attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
})
export type EventView = z.infer<typeof eventSchema>

export const eventsQuerySchema = z.strictObject({
  from: instantSchema.optional().describe('default: a day before `to`'),
  to: instantSchema.optional().describe('exclusive; default: an hour ahead of now'),
  kind: z.union([kind.transform((one) => [one]), z.array(kind).min(1).max(100)]).optional(),
  zoneId: listOf(500).optional(),
  assetId: listOf(500).optional(),
  device: listOf(500).optional().describe('source/device'),
  severity: z.enum(SEVERITIES).optional().describe('this severity and worse'),
  text: z.string().min(1).max(200).optional().describe('stands in the device or in the attributes'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  before: z.string().max(80).optional().describe('`next` of the previous page'),
})
export const eventsPageSchema = z.strictObject({
  at: z.number().describe('platform time'),
  events: z.array(eventSchema).describe('newest first'),
  next: z.string().nullable().describe('a page may hold fewer than the limit, or none, and have a next one'),
})
export type EventsPage = z.infer<typeof eventsPageSchema>

/** `events:new`: what was stored since the last message, as far as this person may see it. */
export interface LiveEvents {
  /** Newest last. */
  readonly events: readonly EventView[]
  /** More came than are shown here. */
  readonly left: number
}
