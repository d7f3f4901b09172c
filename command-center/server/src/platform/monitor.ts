import { readFileSync } from 'node:fs'
import { TOPICS } from '@quartier/contracts'
import type { LedgerView, PlatformView, ZoneState } from '@quartier/contracts/api'
import { total as totalOf } from '@quartier/contracts/ledger'
import type { StoreUsage } from '@quartier/contracts/telemetry-store'
import type { Scope } from '../access/scope.ts'
import type { DistrictSource } from '../district/district-source.ts'
import type { LiveFeed } from '../live/feed.ts'
import type { Hierarchy } from '../live/hierarchy.ts'
import type { Judgement } from '../live/judgement.ts'
import type { Projection } from '../live/projection.ts'
import { allowedZones } from '../live/selection.ts'
import { countZones, sum, worstOf, type ZoneCounts } from '../live/zone-states.ts'
import type { RejectedCounts } from '../operations/dead-letters.ts'
import type { LedgerBook } from '../operations/ledger-book.ts'
import type { ServerDeps } from '../server.ts'
import { gaugeOf } from './gather-metrics.ts'
import { Growth } from './growth.ts'
import { RateHistory } from './rate-history.ts'
import { Rates } from './rates.ts'

const version = (JSON.parse(readFileSync(`${import.meta.dirname}/../../package.json`, 'utf8')) as { version: string })
  .version
const LEDGER_MINUTES = 60
/** Topics that shrink again by themselves. */
const COMPACTED = new Set(TOPICS.filter((t) => t.cleanup === 'compact').map((t) => t.name))

export interface MonitorParts {
  readonly deps: ServerDeps
  readonly projection: Projection
  readonly hierarchy: Hierarchy
  readonly judgement: Judgement
  readonly district: DistrictSource
  readonly ledger: LedgerBook
  readonly rejected: RejectedCounts
  readonly feed: LiveFeed
  /** Where the other services of this machine answer for their metrics. */
  readonly dataDir: string
}

/** How the platform is: looks at its parts every few seconds and answers from what it saw. */
export class Monitor {
  readonly #parts: MonitorParts
  readonly rates = new Rates<'messages' | 'readings'>()
  readonly history = new RateHistory()
  readonly logGrowth = new Growth()
  readonly #startedAt = performance.now()
  #zones: ZoneCounts[] = []
  /** Those that the counts are of, in their order. */
  #zoneIds: readonly string[] = []
  #log = { bytes: 0, records: 0 }
  #store: StoreUsage | undefined
  #lagRecords = 0
  #devicesAheadMs = 0
  #ledger: PlatformView['ledger'] | undefined
  #shared: Omit<PlatformView, 'reporting'> | undefined
  logReady = false
  recordsReady = false

  constructor(parts: MonitorParts) {
    this.#parts = parts
  }

  get storeReady(): boolean {
    return this.#store !== undefined
  }

  /** Once a second: what is cheap and moves fast. */
  second(): void {
    const { projection, hierarchy, judgement } = this.#parts
    this.rates.sample(performance.now(), projection.seen)
    this.history.sample(Date.now(), projection.seen)
    this.#zones = countZones(hierarchy.groups, judgement.rollup.groups, hierarchy.zoneIds.length)
    this.#zoneIds = hierarchy.zoneIds
    this.#shared = this.#look()
  }

  /** Every few seconds: what costs a call to another part. One part in trouble hides no other. */
  async ask(): Promise<void> {
    const { ledger, deps } = this.#parts
    // Entries follow after real seconds: on a fast clock that is more than an hour of its time.
    this.#ledger = ledgerSums(ledger.view(LEDGER_MINUTES * Math.max(1, deps.clock.speed)))
    await Promise.all([this.#askLog(), this.#askStore(), this.#askClock()])
  }

  /** More rarely: the registry counts its rows for the answer. */
  async askRecords(): Promise<void> {
    try {
      await this.#parts.district.refresh()
      this.recordsReady = true
    } catch (error) {
      this.recordsReady = false
      this.#parts.deps.logger.warn({ err: error }, 'monitor.records_unavailable')
    }
  }

  view(scope: Scope): PlatformView {
    const allowed = allowedZones(this.#zoneIds, scope)
    const counts = sum(this.#zones.filter((_, zone) => allowed[zone] === 1))
    const { series, expected, reporting, never } = counts
    this.#shared ??= this.#look()
    return { ...this.#shared, reporting: { series, expected, reporting, never } }
  }

  zoneStates(scope: Scope): ZoneState[] {
    const { district } = this.#parts
    return this.#zoneIds.flatMap((zoneId, i) => {
      const place = district.now.place(zoneId)
      const counts = this.#zones[i + 1]
      if (!place || !counts || !scope.sees(zoneId)) return []
      return [{ zoneId, name: place.name, nameAr: place.nameAr, ...counts, worst: worstOf(counts) }]
    })
  }

  async #askLog(): Promise<void> {
    const { log } = this.#parts.deps
    try {
      const usage = await log.usage()
      this.#log = { bytes: total(usage, 'bytes'), records: total(usage, 'records') }
      const growing = usage.filter((u) => !COMPACTED.has(u.topic))
      this.logGrowth.sample(performance.now(), total(growing, 'bytes'))
      this.logReady = true
    } catch (error) {
      this.logReady = false
      this.#parts.deps.logger.warn({ err: error }, 'monitor.log_unavailable')
    }
  }

  async #askClock(): Promise<void> {
    this.#devicesAheadMs = (await gaugeOf(this.#parts.dataDir, 'gateway', 'quartier_gateway_clock_suspect_ms')) ?? 0
  }

  async #askStore(): Promise<void> {
    const { store } = this.#parts.deps
    try {
      const [usage, waiting] = await Promise.all([store.usage(), ingestLag(this.#parts.dataDir)])
      this.#store = usage
      this.#lagRecords = waiting ?? 0
    } catch {
      // Shown as not ready; the projection's own attempts tell the log why.
      this.#store = undefined
    }
  }

  #look(): Omit<PlatformView, 'reporting'> {
    const { deps, projection, rejected, district, feed } = this.#parts
    const [p50, p95] = projection.sensorLatency.quantiles(0.5, 0.95)
    const [r50, r95] = projection.receiveLatency.quantiles(0.5, 0.95)
    const { count, topReason } = rejected.lastHour()
    return {
      at: deps.clock.now(),
      clock: { speed: deps.clock.speed, simulated: deps.clock.speed !== 1 },
      version,
      uptimeS: Math.floor((performance.now() - this.#startedAt) / 1000),
      messagesPerS: this.rates.perSecond('messages'),
      readingsPerS: this.rates.perSecond('readings'),
      sensorLatencyMs: { p50: p50 ?? null, p95: p95 ?? null },
      receiveLatencyMs: { p50: r50 ?? null, p95: r95 ?? null },
      ledger: this.#ledger ?? ledgerSums({ state: 'empty', sources: [] }),
      devicesAheadMs: this.#devicesAheadMs,
      rejectedLastHour: count,
      rejectedTopReason: topReason,
      quarantined: district.quarantined,
      store: storeView(this.#store),
      log: this.#log,
      lagRecords: this.#lagRecords,
      clients: feed.size,
    }
  }
}

/** Records of the log that cannot be queried yet; `undefined` when ingest does not answer. */
const ingestLag = (dataDir: string): Promise<number | undefined> =>
  gaugeOf(dataDir, 'ingest', 'quartier_ingest_lag_records')

const ledgerSums = ({ state, sources }: Pick<LedgerView, 'state' | 'sources'>): PlatformView['ledger'] => ({
  state,
  accepted: total(sources, 'accepted'),
  stored: total(sources, 'stored'),
  difference: total(sources, 'difference'),
  sums: {
    received: total(sources, 'received'),
    duplicates: total(sources, 'duplicates'),
    corrections: total(sources, 'corrections'),
    rejected: sources.reduce((n, { rejected }) => n + totalOf(rejected), 0),
    undecided: total(sources, 'undecided'),
  },
})

const storeView = (usage: StoreUsage | undefined): PlatformView['store'] => ({
  ready: usage !== undefined,
  series: usage?.series ?? 0,
  readings: usage?.readings ?? 0,
  files: usage?.files ?? 0,
  bytes: usage?.bytes ?? 0,
  newestAt: usage && usage.newestAt > 0 && Number.isFinite(usage.newestAt) ? usage.newestAt : null,
})

const total = <Name extends string>(rows: readonly Readonly<Record<Name, number>>[], name: Name): number =>
  rows.reduce((n, row) => n + row[name], 0)
