import { commonConfig } from '@quartier/contracts/runtime'
import { z } from 'zod'

const ms = (value: number, description: string) => z.number().min(0).default(value).describe(`${description}, ms`)
const count = (value: number, description: string) => z.number().int().min(1).default(value).describe(description)
const DAY = 86_400_000

/** Everything that can be set in ingest. */
export const ingestConfig = z.object({
  ...commonConfig,
  rawRetentionMs: ms(
    30 * DAY,
    'how long raw readings are kept; what is measured earlier than this is rejected as too-late',
  ),
  minuteRetentionMs: ms(365 * DAY, 'how long 1-minute rollups are kept'),
  hourRetentionMs: ms(3650 * DAY, 'how long 1-hour rollups are kept'),
  futureMs: ms(3_600_000, 'how far ahead of its arrival a reading may be measured'),
  gatherMs: ms(20, 'pause that lets records gather, so that the store gets larger pieces'),
  batchRecords: count(2048, 'most records of the log taken at once'),
  batchBytes: count(8 * 1024 * 1024, 'most bytes of the log taken at once'),
  hotRows: count(4_000_000, 'readings that the store holds in memory before it writes a file; 64 bytes each'),
  flushMs: z.number().min(100).default(30_000).describe('longest time until readings in memory are in a file, ms'),
  ledgerMs: z.number().min(10).default(5000).describe('time between two entries of the ledger, ms'),
  snapshotMs: z
    .number()
    .min(10)
    .default(30_000)
    .describe('time between two snapshots of the live state on state.v1, ms'),
  eventGatherMs: ms(100, 'pause that lets events gather, so that the store gets larger pieces'),
  eventRetentionMs: ms(90 * DAY, 'how long events are kept'),
  personalEventRetentionMs: ms(
    DAY,
    'how long events are kept that hold tokens of people, such as those of number plates',
  ),
  eventBudgetBytes: count(4e9, 'most bytes of stored events on disk; the oldest go first'),
  storeBudgetBytes: count(10e9, 'most bytes of the store on disk; the oldest raw readings go first'),
  logBudgetBytes: count(10e9, 'most bytes of the event log on disk; the oldest raw readings go first'),
})

export type IngestConfig = Readonly<z.output<typeof ingestConfig>>
