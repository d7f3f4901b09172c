import { z } from 'zod'

/** What the privacy firewall takes out of what cameras send. */
export const REMOVAL_KINDS = [
  /** A face, or what a camera says about one. */
  'face',
  /** Pixels: a snapshot, a thumbnail, a picture of a plate. */
  'image',
  /** An address at which pictures, clips or records can be had. */
  'uri',
  /** A plate; a token stands in its place. */
  'plate',
  /** Somebody's name, or the id under which a camera has enrolled them. */
  'person',
  /** Looks of a person or vehicle: clothing, age, colour, make. */
  'appearance',
  /** Where in its picture a camera saw somebody, and the way they went. */
  'position',
  /** Words: descriptions, transcriptions. */
  'text',
  /** A hardware address of somebody's device. */
  'mac',
  /** What we do not know. */
  'other',
  /** A whole message that could not be read, of which nothing was kept. */
  'message',
] as const
export type RemovalKind = (typeof REMOVAL_KINDS)[number]

const count = z.number().int().min(1)
/**
 * Value of a `receipts.v1` record (JSON), key = source: what was removed from the messages of one batch, by camera
 * (empty when the message did not say which) and kind. Receipts of one minute are to be added up.
 */
export const receiptSchema = z.strictObject({
  source: z.string(),
  minute: z.number().int().describe('epoch ms of the minute of receipt'),
  cameras: z.record(z.string(), z.partialRecord(z.enum(REMOVAL_KINDS), count)),
})
export type Receipt = z.infer<typeof receiptSchema>

/** Counts of people below this, other than 0, may tell about single ones. */
export const SMALL_COUNT = 5
