import { z } from 'zod'
import { REMOVAL_KINDS } from '../privacy/removals.ts'

const int = z.number().int()
const removed = z.partialRecord(z.enum(REMOVAL_KINDS), int)

export const privacyQuerySchema = z.strictObject({
  minutes: z.coerce.number().int().min(1).max(1440).default(60),
})

/** What stands behind the promises of docs/privacy.md, now. Never a key, nor anything made with one. */
export const privacySchema = z.strictObject({
  at: z.number(),
  from: z.number().describe('beginning of the minutes that are summed'),
  removed: removed.describe('by kind, as the receipts say'),
  ledger: z.strictObject({
    removed: removed.describe('by kind, as the ledger says'),
    state: z
      .enum(['agrees', 'on-its-way', 'differs', 'empty'])
      .describe('on-its-way: they differ by no more than was removed in the minutes at either end'),
    sources: z.array(z.strictObject({ source: z.string(), receipts: int, ledger: int })).describe('where they differ'),
  }),
  keys: z.strictObject({
    known: z.boolean().describe('false: the folder of the keys is not of this machine, or there was no plate yet'),
    days: z.array(z.string()).describe('days of which a key exists, such as "2026-11-23"'),
    endsAt: z.number().describe('when the key of today is destroyed'),
    lastDestroyed: z
      .strictObject({ day: z.string(), at: z.number() })
      .nullable()
      .describe('the day whose key was destroyed last, and when; null: none was yet, as far as is known'),
  }),
  timers: z.array(
    z.strictObject({
      what: z.enum([
        'plate-key',
        'personal-event',
        'event-log',
        'event',
        'dead-letter',
        'preview',
        'raw',
        'receipt',
        'audit',
      ]),
      keptMs: z.number(),
    }),
  ),
})
export type PrivacyView = z.infer<typeof privacySchema>
