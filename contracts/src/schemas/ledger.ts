import { z } from 'zod'

const tally = z.strictObject({
  received: z.number().int(),
  accepted: z.number().int(),
  rejected: z.record(z.string(), z.number().int()),
})

/**
 * Value of a `ledger.v1` record (JSON), key = partition: one source in one range of offsets of `readings.v1`, or of
 * `events.v1`, counted twice. `gateway` is what the gateway wrote with its batches, `store` what the store found by itself.
 * Balanced when gateway.readings.accepted = stored + duplicates + corrections + rejected by ingest + undecided.
 */
export const ledgerEntrySchema = z.strictObject({
  topic: z
    .literal('events.v1')
    .optional()
    .describe('whose records were counted: those of readings.v1 when absent; `readings` are events otherwise'),
  partition: z.number().int(),
  firstOffset: z.number().int(),
  nextOffset: z.number().int(),
  source: z.string(),
  receivedMinute: z.number().describe("epoch ms of the minute of the range's first reading"),
  gateway: z.strictObject({
    messages: tally,
    readings: tally,
    untimed: z.number().int(),
    removed: z
      .record(z.string(), z.number().int())
      .optional()
      .describe('what the privacy firewall removed, by kind; absent when nothing'),
  }),
  store: z.strictObject({
    stored: z.number().int(),
    duplicates: z.number().int(),
    corrections: z.number().int(),
    rejected: z.record(z.string(), z.number().int()),
    undecided: z.number().int(),
  }),
})
export type LedgerEntry = z.infer<typeof ledgerEntrySchema>
