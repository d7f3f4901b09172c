import type { Registry } from 'prom-client'
import { Counter, Gauge, Histogram } from 'prom-client'
import type { IngestConfig } from './config.ts'

/** What stands at one lane; the metrics are the sums over all lanes of the process. */
export interface LaneLevels {
  lag: number
  undurable: number
  series: number
  /** The lane is no more. */
  end(): void
}

/** What ingest counts; every name ends in its unit. */
export function ingestMetrics(registry: Registry) {
  const registers = [registry]
  const eventLanes = new Set<{ lag: number }>()
  const lanes = new Set<LaneLevels>()
  const counter = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Counter<L>({ name: `quartier_ingest_${name}`, help, labelNames, registers })
  const sum = (name: string, help: string, of: (lane: LaneLevels) => number) =>
    new Gauge({
      name: `quartier_ingest_${name}`,
      help,
      registers,
      collect() {
        this.set([...lanes].reduce((total, lane) => total + of(lane), 0))
      },
    })
  const seconds = (name: string, help: string) =>
    new Histogram({
      name: `quartier_ingest_${name}_seconds`,
      help,
      registers,
      buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    })
  new Gauge({
    name: 'quartier_ingest_event_lag_records',
    help: 'records of events.v1 that are not stored',
    registers,
    collect() {
      this.set([...eventLanes].reduce((total, lane) => total + lane.lag, 0))
    },
  })
  sum('lag_records', 'records of readings.v1 that ingest has not taken in', (lane) => lane.lag)
  sum('undurable_records', 'records taken in that the store does not hold durably yet', (lane) => lane.undurable)
  sum('series', 'series known', (lane) => lane.series)
  return {
    records: counter('records_total', 'records of readings.v1 taken in'),
    readings: counter('readings_total', 'readings given to the store'),
    events: counter('events_total', 'events taken in, by what became of them', ['result']),
    rejected: counter('rejected_readings_total', 'readings set aside, by reason', ['reason']),
    poison: counter('poison_records_total', 'records that could not be decoded'),
    collisions: counter('series_collisions_total', 'definitions refused because their id belongs to another series'),
    imbalances: counter('ledger_imbalances_total', 'ranges of the ledger on which gateway and store disagree'),
    snapshots: counter('snapshot_blocks_total', 'blocks of the live state published'),
    check: seconds('check', 'decoding and checking one batch'),
    write: seconds('store_write', 'giving one batch to the store'),
    delay: seconds('delay', 'from the append of a record to its readings being queryable'),
    addEventLane() {
      const lane = { lag: 0, end: () => void eventLanes.delete(lane) }
      eventLanes.add(lane)
      return lane
    },
    /** Begins with nothing at any level. */
    addLane(): LaneLevels {
      const lane = { lag: 0, undurable: 0, series: 0, end: () => void lanes.delete(lane) }
      lanes.add(lane)
      return lane
    },
  }
}

export type IngestMetrics = ReturnType<typeof ingestMetrics>

/** What the configuration allows, so that whoever shows how full things are knows what they may come to. */
export function limitMetrics(registry: Registry, config: IngestConfig): void {
  const registers = [registry]
  const retention = new Gauge({
    name: 'quartier_ingest_retention_ms',
    help: 'how long readings and events are kept',
    labelNames: ['what'],
    registers,
  })
  retention.set({ what: 'raw' }, config.rawRetentionMs)
  retention.set({ what: 'minute' }, config.minuteRetentionMs)
  retention.set({ what: 'hour' }, config.hourRetentionMs)
  retention.set({ what: 'event' }, config.eventRetentionMs)
  retention.set({ what: 'personal-event' }, config.personalEventRetentionMs)
  const budget = new Gauge({
    name: 'quartier_ingest_budget_bytes',
    help: 'most bytes on disk',
    labelNames: ['of'],
    registers,
  })
  budget.set({ of: 'store' }, config.storeBudgetBytes)
  budget.set({ of: 'log' }, config.logBudgetBytes)
  budget.set({ of: 'event' }, config.eventBudgetBytes)
}
