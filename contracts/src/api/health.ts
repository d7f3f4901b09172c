import { z } from 'zod'

const int = z.number().int()
const ms = z.number().nullable()

/** Upper bounds of the bars of a latency histogram, ms; what took longer stands in one more bar. */
export const LATENCY_BOUNDS_MS = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000] as const

const histogramSchema = z.strictObject({
  total: int.describe('readings of the last minute of real time'),
  counts: z
    .array(int)
    .length(LATENCY_BOUNDS_MS.length + 1)
    .describe('one for each bound; the last bar is open'),
  p50: ms,
  p95: ms,
  p99: ms,
})
export type LatencyView = z.infer<typeof histogramSchema>

const bytes = int.nullable().describe('null: not known here')

/** How the platform is, in detail. Rates and days are of real time. */
export const healthSchema = z.strictObject({
  at: z.number().describe('platform time, epoch ms'),
  realAt: z.number().describe('real time, epoch ms'),
  speed: z.number().describe('platform ms in a real one'),
  rates: z.strictObject({
    readingsPerS: z.number(),
    messagesPerS: z.number(),
    stepMs: int,
    from: z.number().describe('real time at which the first step begins'),
    readingsPerStep: z.array(z.number().nullable()).describe('oldest first; null: we did not run yet'),
    messagesPerStep: z.array(z.number().nullable()),
  }),
  latency: z.strictObject({
    boundsMs: z.array(z.number()).describe('upper bounds of the bars'),
    sensor: histogramSchema.describe("from the device's clock to here"),
    receive: histogramSchema.describe("from the gateway's receipt to here"),
  }),
  disk: z.strictObject({
    sizeBytes: bytes,
    freeBytes: bytes,
    daysLeft: z
      .number()
      .nullable()
      .describe('until it is full at the rate of the last hour; null: never, or not known yet'),
    fillsUp: z.boolean().nullable().describe('whether it is full before budgets and retention make room'),
  }),
  log: z.strictObject({
    ready: z.boolean(),
    bytes: int,
    records: int,
    budgetBytes: bytes,
    bytesPerDay: z.number().nullable(),
    topics: z.array(
      z.strictObject({
        topic: z.string(),
        bytes: int,
        records: int,
        keptMs: z.number().nullable().describe('null: as long as nothing newer replaces it'),
        mostBytes: z.number().nullable(),
      }),
    ),
  }),
  store: z.strictObject({
    ready: z.boolean(),
    bytes: int,
    readings: int,
    files: int,
    oldestAt: z.number().nullable(),
    newestAt: z.number().nullable(),
    budgetBytes: bytes,
    bytesPerDay: z.number().nullable(),
    daysInBudget: z.number().nullable().describe('days of readings at this rate that the budget holds'),
  }),
  retention: z
    .array(z.strictObject({ what: z.enum(['raw', 'minute', 'hour', 'event', 'personal-event']), keptMs: z.number() }))
    .describe('as ingest of this machine says; empty when it does not answer'),
  lagRecords: int,
  gateways: z.array(
    z.strictObject({
      name: z.string().describe('of its socket on this machine'),
      connections: int,
      messagesTotal: int,
      stalled: z.boolean().describe('the log takes nothing from it'),
    }),
  ),
  certificates: z
    .array(
      z.strictObject({
        what: z.enum(['authority', 'server', 'certificate', 'token']),
        name: z.string().describe('of the principal, or of the file'),
        id: z.string(),
        expiresAt: z.number(),
      }),
    )
    .describe('those that expire within 60 days or have expired, soonest first, at most 200'),
  certificatesMore: int.describe('that expire within 60 days and are not listed'),
})
export type HealthView = z.infer<typeof healthSchema>

/** Gateways of the topology, with what hangs on them; those in trouble first. */
export const silentQuerySchema = z.strictObject({
  show: z.enum(['all', 'silent']).default('silent').describe('silent: only where something is silent'),
  skip: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
export const silentSchema = z.strictObject({
  at: z.number(),
  total: int.describe('rows that match'),
  expected: int,
  silent: int,
  gateways: z.array(
    z.strictObject({
      id: z.string().nullable().describe('null: sensors that hang on no gateway'),
      name: z.string(),
      nameAr: z.string(),
      zoneId: z.string().nullable(),
      series: int,
      expected: int.describe('series that have an expected interval'),
      silent: int.describe('of these, not heard for three intervals, or never'),
      lastAt: z.number().nullable().describe('when anything below it last arrived'),
    }),
  ),
})
export type SilentView = z.infer<typeof silentSchema>

export const silentSeriesQuerySchema = z.strictObject({
  gatewayId: z.string().max(64).optional().describe('absent: those that hang on no gateway'),
  skip: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(100),
})
export const silentSeriesSchema = z.strictObject({
  at: z.number(),
  total: int,
  series: z.array(
    z.strictObject({
      key: z.string(),
      assetId: z.string().nullable(),
      intervalMs: z.number(),
      lastAt: z.number().nullable(),
    }),
  ),
})
export type SilentSeriesView = z.infer<typeof silentSeriesSchema>
