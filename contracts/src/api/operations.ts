import { z } from 'zod'
import { REMOVAL_KINDS } from '../privacy/removals.ts'
import { deadLetterSchema, ledgerEntrySchema, REDRIVE_LETTERS, redriveResultSchema } from '../schemas/index.ts'
import { seriesDefinitionSchema } from '../schemas/registry.ts'
import { instantSchema } from './common.ts'

const int = z.number().int()

/** Sums of one source over the minutes asked for; `balanced` when both equations hold. */
export const ledgerSourceSchema = z.strictObject({
  source: z.string(),
  messagesReceived: int,
  messagesAccepted: int,
  messagesRejected: z.record(z.string(), int),
  received: int,
  accepted: int,
  rejected: z.record(z.string(), int),
  stored: int,
  duplicates: int,
  corrections: int,
  undecided: int,
  untimed: int,
  removed: z.record(z.string(), int).describe('by the privacy firewall, by kind'),
  difference: int.describe('accepted − (stored + duplicates + corrections + rejected by ingest + undecided)'),
  events: z
    .strictObject({
      ...{ received: int, accepted: int, rejected: z.record(z.string(), int) },
      ...{ stored: int, duplicates: int, untimed: int, difference: int },
    })
    .describe('the same sums for events'),
  balanced: z.boolean(),
})
export const ledgerQuerySchema = z.strictObject({
  minutes: z.coerce.number().int().min(1).max(1440).default(60),
})
export const ledgerSchema = z.strictObject({
  from: z.number(),
  to: z.number(),
  state: z.enum(['balanced', 'unbalanced', 'empty']),
  sources: z.array(ledgerSourceSchema),
  imbalances: z.array(ledgerEntrySchema).describe('newest first, at most 100'),
})
export type LedgerView = z.infer<typeof ledgerSchema>

const removed = z.partialRecord(z.enum(REMOVAL_KINDS), int)
export const receiptsQuerySchema = z.strictObject({
  series: z.string().max(400).optional().describe('a series of the camera; in place of source and camera'),
  source: z.string().max(80).optional(),
  camera: z.string().max(256).optional(),
  minutes: z.coerce.number().int().min(1).max(1440).default(60),
  limit: z.coerce.number().int().min(1).max(5_000).default(500),
  skip: z.coerce.number().int().min(0).default(0).describe('receipts to leave out from the beginning'),
  cameras: z.coerce.number().int().min(0).max(5_000).default(500).describe('cameras to list'),
  skipCameras: z.coerce.number().int().min(0).default(0),
})
export const receiptsSchema = z.strictObject({
  from: z.number(),
  to: z.number(),
  removed: removed.describe('sums of all cameras asked for, by kind'),
  cameras: z
    .array(z.strictObject({ source: z.string(), camera: z.string(), removed }))
    .describe('those of which most was removed first'),
  totals: z.strictObject({ cameras: int, receipts: int }).describe('listed here or not'),
  receipts: z
    .array(
      z.strictObject({
        source: z.string(),
        camera: z.string().describe('empty when the message did not say'),
        minute: z.number(),
        removed,
      }),
    )
    .describe('newest first'),
})
export type ReceiptsView = z.infer<typeof receiptsSchema>

export const rejectedQuerySchema = z.strictObject({
  source: z.string().max(80).optional(),
  reason: z.string().max(80).optional(),
  text: z.string().max(200).optional().describe('in topic, detail, sender or, where it is a text, payload'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  before: z.coerce.number().int().min(0).optional().describe('`next` of the previous page'),
})
export const rejectedLetterSchema = deadLetterSchema.extend({
  offset: int.describe('names the letter'),
  impossible: z
    .strictObject({ reason: z.string(), detail: z.string() })
    .nullable()
    .describe('why it can never be taken in again; null: it can be tried'),
  redriven: redriveResultSchema
    .omit({ offset: true })
    .extend({ at: z.number(), by: z.string() })
    .nullable()
    .describe('what became of it when somebody last had it taken in again'),
})
export const rejectedSchema = z.strictObject({
  letters: z.array(rejectedLetterSchema).describe('newest first; a page may be short and have a `next`'),
  next: int.nullable(),
})
export type RejectedPage = z.infer<typeof rejectedSchema>
export type RejectedLetter = z.infer<typeof rejectedLetterSchema>

export const rejectedCountsQuerySchema = z.strictObject({
  minutes: z.coerce.number().int().min(1).max(1440).default(60),
})
/** Letters that were kept; all that was refused is counted in the ledger. */
export const rejectedCountsSchema = z.strictObject({
  from: z.number(),
  to: z.number(),
  letters: int,
  complete: z.boolean().describe('false: there are more than could be counted, the newest are'),
  reasons: z
    .array(
      z.strictObject({
        source: z.string(),
        reason: z.string(),
        letters: int,
        readings: int,
        newestAt: z.number(),
      }),
    )
    .describe('most first, at most 200'),
})
export type RejectedCountsView = z.infer<typeof rejectedCountsSchema>

export const redriveSchema = z.strictObject({
  offsets: z.array(int.min(0)).min(1).max(REDRIVE_LETTERS).describe('of the letters that are to be taken in again'),
})
export const redrivenSchema = z.strictObject({
  results: z.array(redriveResultSchema).describe('in the order asked for'),
})
export type RedrivenView = z.infer<typeof redrivenSchema>

export const quarantineSchema = z.strictObject({
  series: z.array(seriesDefinitionSchema),
  total: int,
  next: z.string().nullable(),
})
export const quarantineQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  after: z.string().max(400).optional(),
})
export const adoptSchema = z.strictObject({
  keys: z.array(z.string().min(5).max(400)).min(1).max(1000),
  assetId: z.string().min(1).max(64).nullable().default(null),
  unit: z.string().max(24).optional(),
  intervalMs: int.min(0).optional(),
  validMin: z.number().nullable().optional(),
  validMax: z.number().nullable().optional(),
})
export const adoptedSchema = z.strictObject({
  adopted: int,
  refused: z.array(z.strictObject({ key: z.string(), reason: z.string() })),
})

export const importQuerySchema = z.strictObject({
  since: instantSchema.optional().describe('from when on it holds; now when it is not said'),
})
export const importReportSchema = z.strictObject({
  accepted: int.describe('lines, or features of GeoJSON'),
  refused: z.array(
    z.strictObject({ line: int.describe('from 1; of GeoJSON the number of the feature'), reason: z.string() }),
  ),
  refusedMore: int,
})

export const auditQuerySchema = z.strictObject({
  action: z.string().max(80).optional().describe('only what was done under this word, such as readings.export'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  before: z.coerce.number().int().min(0).optional().describe('`next` of the previous page'),
})
/** One entry of the hash chain, as kept. */
export const auditEntryViewSchema = z.looseObject({ offset: int })
export const auditSchema = z.strictObject({ entries: z.array(auditEntryViewSchema), next: int.nullable() })
export const auditVerifySchema = z.strictObject({
  ok: z.boolean(),
  records: int.describe('found sound, one after the other, from the first kept one on'),
  firstSequence: int.describe('1, until retention has removed the oldest'),
  head: z.strictObject({ sequence: int, hash: z.string() }).describe('the last sound record'),
  fault: z
    .strictObject({
      kind: z.enum(['altered', 'missing', 'reordered']),
      sequence: int.describe('of the record concerned'),
      offset: int.describe('where in the log it was noticed'),
      detail: z.string(),
    })
    .optional()
    .describe('the first thing that is wrong'),
})

/** The health strip. Rates are of the last 10 s of real time, latencies of the last 60 s. */
export const platformSchema = z.strictObject({
  at: z.number().describe('platform time, epoch ms'),
  clock: z.strictObject({ speed: z.number(), simulated: z.boolean() }),
  version: z.string(),
  uptimeS: z.number(),
  reporting: z.strictObject({ expected: int, reporting: int, series: int, never: int }),
  messagesPerS: z.number(),
  readingsPerS: z.number(),
  sensorLatencyMs: z.strictObject({ p50: z.number().nullable(), p95: z.number().nullable() }),
  receiveLatencyMs: z.strictObject({ p50: z.number().nullable(), p95: z.number().nullable() }),
  ledger: z.strictObject({
    state: z.enum(['balanced', 'unbalanced', 'empty']),
    accepted: int,
    stored: int,
    difference: int,
    sums: z
      .strictObject({ received: int, duplicates: int, corrections: int, rejected: int, undecided: int })
      .describe('received = stored + duplicates + corrections + rejected + undecided + difference')
      .optional(),
  }),
  devicesAheadMs: int.describe(
    'by how much most devices are ahead of our clock, all alike, so that ours is suspect, ms; 0: it is not',
  ),
  rejectedLastHour: int,
  rejectedTopReason: z.string().nullable(),
  quarantined: int,
  store: z.strictObject({
    ready: z.boolean(),
    series: int,
    readings: int,
    files: int,
    bytes: int,
    newestAt: z.number().nullable(),
  }),
  log: z.strictObject({ bytes: int, records: int }),
  lagRecords: int.describe('records of readings.v1 whose readings cannot be queried yet'),
  clients: int.describe('people connected live'),
})
export type PlatformView = z.infer<typeof platformSchema>

/** What anybody may know before signing in. */
export const aboutSchema = z.strictObject({
  at: z.number().describe('platform time, epoch ms'),
  timeZone: z.string().describe('of the control room, an IANA name'),
  district: z.strictObject({ name: z.string(), nameAr: z.string() }).nullable(),
  basemap: z
    .strictObject({ kind: z.enum(['pmtiles', 'style']), url: z.string() })
    .nullable()
    .describe("what lies beneath the district's own drawing"),
})
export type BasemapView = NonNullable<z.infer<typeof aboutSchema>['basemap']>
export type AboutView = z.infer<typeof aboutSchema>

export const readinessSchema = z.strictObject({
  ready: z.boolean(),
  parts: z.record(z.string(), z.enum(['ready', 'waiting', 'broken'])),
})
