import { Gauge, type Metric, type Registry } from 'prom-client'
import type { LiveFeed } from '../live/feed.ts'
import type { LatencyHistogram } from '../live/latency.ts'
import type { Projection } from '../live/projection.ts'

const BOUNDS_MS = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 600_000]

/** What the command centre says about itself; read from its parts when somebody asks. */
export function registerMetrics(registry: Registry, parts: { projection: Projection; feed: LiveFeed }): void {
  const { projection, feed } = parts
  const counter = (name: string, help: string, read: () => number) =>
    register(registry, name, help, 'counter', () => [{ value: read() }])
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read())
      },
    })
  counter('quartier_live_readings_total', 'readings applied to the live state', () => projection.seen.readings)
  counter(
    'quartier_live_messages_total',
    'messages that carried them, as the gateway counted',
    () => projection.seen.messages,
  )
  counter(
    'quartier_live_readings_ahead_total',
    'readings too far ahead of the clock to be shown',
    () => projection.seen.ahead,
  )
  counter('quartier_live_batches_corrupt_total', 'log records that could not be decoded', () => projection.seen.corrupt)
  counter('quartier_live_frames_total', 'frames sent', () => feed.counts.sent)
  counter(
    'quartier_live_frames_skipped_total',
    'frames not sent because a connection did not keep up',
    () => feed.counts.skipped,
  )
  counter('quartier_live_frame_bytes_total', 'bytes of frames sent', () => feed.counts.bytes)
  gauge('quartier_live_clients', 'sockets connected', () => feed.size)
  gauge('quartier_live_unsent_bytes', 'bytes that wait for the slowest connection', () => feed.mostUnsentBytes)
  gauge('quartier_live_series', 'series in the live state', () => projection.table.length)
  histogram(
    registry,
    'quartier_live_sensor_latency_seconds',
    "from the device's clock to the live state",
    projection.sensorLatency,
  )
  histogram(
    registry,
    'quartier_live_receive_latency_seconds',
    'from receipt by the gateway to the live state',
    projection.receiveLatency,
  )
}

function histogram(registry: Registry, name: string, help: string, latency: LatencyHistogram): void {
  register(registry, name, help, 'histogram', () => [
    ...BOUNDS_MS.map((ms) => ({
      metricName: `${name}_bucket`,
      labels: { le: String(ms / 1000) },
      value: latency.atMost(ms),
    })),
    { metricName: `${name}_bucket`, labels: { le: '+Inf' }, value: latency.total },
    { metricName: `${name}_sum`, value: latency.sumMs / 1000 },
    { metricName: `${name}_count`, value: latency.total },
  ])
}

interface Sample {
  readonly metricName?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}

/** Counters and histograms that are counted elsewhere: the library's own cannot be set, only observed one by one. */
function register(registry: Registry, name: string, help: string, type: string, read: () => Sample[]): void {
  const get = async () => ({
    name,
    help,
    type,
    aggregator: 'sum',
    values: read().map((sample) => ({ labels: {}, ...sample })),
  })
  registry.registerMetric({ name, help, type, get } as unknown as Metric<string>)
}
