import { statfs } from 'node:fs/promises'
import { TOPICS } from '@quartier/contracts'
import { type HealthView, LATENCY_BOUNDS_MS, type LatencyView } from '@quartier/contracts/api'
import type { TopicUsage } from '@quartier/contracts/event-log'
import type { StoreUsage } from '@quartier/contracts/telemetry-store'
import type { LatencyHistogram } from '../live/latency.ts'
import type { Projection } from '../live/projection.ts'
import type { ServerDeps } from '../server.ts'
import { capacityOf } from './capacity.ts'
import type { Certificates } from './certificates.ts'
import { type Sample, samplesOf, valueIn } from './gather-metrics.ts'
import type { Growth } from './growth.ts'
import type { RateHistory } from './rate-history.ts'
import type { Rates } from './rates.ts'

const DAY_MS = 86_400_000
const RETENTIONS = ['raw', 'minute', 'hour', 'event', 'personal-event'] as const
/** Before so much is there, an average says little. */
const READINGS_LEAST = 1_000

export interface HealthParts {
  readonly deps: Pick<ServerDeps, 'log' | 'store' | 'clock'>
  readonly projection: Pick<Projection, 'sensorLatency' | 'receiveLatency'>
  readonly rates: Rates<'messages' | 'readings'>
  readonly history: RateHistory
  readonly logGrowth: Growth
  readonly certificates: Certificates
  readonly dataDir: string
}

/** The platform's health in detail. A part that does not answer is shown as that; it hides no other. */
export async function healthOf(parts: HealthParts): Promise<HealthView> {
  const { deps, projection, rates, history, logGrowth, certificates, dataDir } = parts
  const realAt = Date.now()
  const [log, store, disk, gateways, ingests, expiring] = await Promise.all([
    deps.log.usage().catch(() => undefined),
    deps.store.usage().catch(() => undefined),
    statfs(dataDir).catch(() => undefined),
    samplesOf(dataDir, 'gateway'),
    samplesOf(dataDir, 'ingest'),
    certificates.expiring(realAt).catch(() => ({ certificates: [], certificatesMore: 0 })),
  ])
  const ingest = [...ingests.values()][0]
  const perS = history.readingsPerS()
  const logView = viewOfLog(log, ingest, logGrowth.perDay(performance.now()))
  const storeView = viewOfStore(store, ingest, perS)
  const retention = RETENTIONS.flatMap((what) => {
    const keptMs = valueIn(ingest, 'quartier_ingest_retention_ms', { what })
    return keptMs === undefined ? [] : [{ what, keptMs }]
  })
  const freeBytes = disk && disk.bavail * disk.bsize
  const { speed } = deps.clock
  const rawMs = retention.find((r) => r.what === 'raw')?.keptMs
  const { readings, messages, stepMs, from } = history.view()
  return {
    at: deps.clock.now(),
    realAt,
    speed,
    rates: {
      readingsPerS: rates.perSecond('readings'),
      messagesPerS: rates.perSecond('messages'),
      ...{ stepMs, from, readingsPerStep: readings, messagesPerStep: messages },
    },
    latency: {
      boundsMs: [...LATENCY_BOUNDS_MS],
      sensor: viewOfLatency(projection.sensorLatency),
      receive: viewOfLatency(projection.receiveLatency),
    },
    disk: {
      sizeBytes: disk ? disk.blocks * disk.bsize : null,
      freeBytes: freeBytes ?? null,
      ...capacityOf(freeBytes, [
        growing(storeView, rawMs === undefined ? undefined : rawMs / speed),
        growing(logView, undefined),
      ]),
    },
    log: logView,
    store: storeView,
    retention,
    lagRecords: valueIn(ingest, 'quartier_ingest_lag_records') ?? 0,
    gateways: [...gateways].map(([name, samples]) => viewOfGateway(name, samples)),
    ...expiring,
  }
}

const growing = (part: { bytes: number; budgetBytes: number | null; bytesPerDay: number | null }, keptMs?: number) => ({
  bytes: part.bytes,
  budgetBytes: part.budgetBytes ?? undefined,
  bytesPerDay: part.bytesPerDay ?? undefined,
  keptMs,
})

function viewOfLatency(latency: LatencyHistogram): LatencyView {
  const [p50 = null, p95 = null, p99 = null] = latency.quantiles(0.5, 0.95, 0.99)
  const counts = latency.bars(LATENCY_BOUNDS_MS)
  return { total: counts.reduce((sum, n) => sum + n, 0), counts, p50, p95, p99 }
}

function viewOfLog(
  usage: readonly TopicUsage[] | undefined,
  ingest: readonly Sample[] | undefined,
  bytesPerDay: number | undefined,
): HealthView['log'] {
  return {
    ready: usage !== undefined,
    bytes: usage?.reduce((sum, topic) => sum + topic.bytes, 0) ?? 0,
    records: usage?.reduce((sum, topic) => sum + topic.records, 0) ?? 0,
    budgetBytes: valueIn(ingest, 'quartier_ingest_budget_bytes', { of: 'log' }) ?? null,
    bytesPerDay: bytesPerDay ?? null,
    topics: (usage ?? [])
      .map(({ topic, bytes, records }) => {
        const declared = TOPICS.find((t) => t.name === topic)
        const { retentionMs = null, retentionBytes = null } = declared ?? {}
        return { topic, bytes, records, keptMs: retentionMs, mostBytes: retentionBytes }
      })
      .sort((a, b) => b.bytes - a.bytes),
  }
}

function viewOfStore(
  usage: StoreUsage | undefined,
  ingest: readonly Sample[] | undefined,
  perS: number | undefined,
): HealthView['store'] {
  const { readings = 0, bytes = 0, files = 0 } = usage ?? {}
  const bytesPerDay = perDay(perS, readings < READINGS_LEAST || bytes === 0 ? undefined : bytes / readings)
  const budgetBytes = valueIn(ingest, 'quartier_ingest_budget_bytes', { of: 'store' }) ?? null
  return {
    ready: usage !== undefined,
    ...{ bytes, readings, files },
    oldestAt: instant(usage?.oldestAt),
    newestAt: instant(usage?.newestAt),
    budgetBytes,
    bytesPerDay,
    daysInBudget: bytesPerDay && budgetBytes !== null ? budgetBytes / bytesPerDay : null,
  }
}

const perDay = (perS: number | undefined, bytesPerReading: number | undefined): number | null =>
  perS === undefined || bytesPerReading === undefined ? null : (perS * bytesPerReading * DAY_MS) / 1000

const instant = (at: number | undefined): number | null =>
  at !== undefined && Number.isFinite(at) && at > 0 ? at : null

const viewOfGateway = (name: string, samples: readonly Sample[]): HealthView['gateways'][number] => ({
  name,
  connections: valueIn(samples, 'quartier_gateway_connections') ?? 0,
  messagesTotal: valueIn(samples, 'quartier_gateway_messages_total') ?? 0,
  stalled: valueIn(samples, 'quartier_gateway_log_stalled') === 1,
})
