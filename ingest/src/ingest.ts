import { setTimeout as delay } from 'node:timers/promises'
import { READINGS, topic } from '@quartier/contracts'
import type { Batch, LogRecord, Position } from '@quartier/contracts/event-log'
import type { ServiceDeps, ServiceHandle } from '@quartier/contracts/runtime'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import type { IngestConfig } from './config.ts'
import { Intake } from './intake.ts'
import { LedgerBook } from './ledger-book.ts'
import { LiveSnapshots } from './live-snapshots.ts'
import { ingestMetrics } from './metrics.ts'
import type { Period } from './period.ts'
import { type Range, recount } from './recount.ts'
import { RejectedLog } from './rejects.ts'
import { insist } from './retry.ts'
import { SeriesFollower } from './series-follower.ts'
import { SeriesTable } from './series-table.ts'
import { createTurns } from './turns.ts'

export interface IngestDeps extends ServiceDeps {
  readonly store: TelemetryStore
  /** Called with trouble that nobody understands (default: it is thrown, which ends the process). */
  readonly onFatal?: (error: unknown) => void
}

export type IngestSettings = Pick<
  IngestConfig,
  'rawRetentionMs' | 'futureMs' | 'gatherMs' | 'batchRecords' | 'batchBytes' | 'ledgerMs' | 'snapshotMs'
>

const LONGEST_RANGE_MS = 60_000
const MS_PER_ENTRY = 50

/**
 * The way from the log to the store: reads `readings.v1` from the store's own position, checks, sets aside what is
 * broken, writes columns, and keeps the ledger. Resolves when it has found its place and every definition is known.
 */
export async function start(deps: IngestDeps, settings: IngestSettings): Promise<ServiceHandle> {
  const { log, store, logger } = deps
  const metrics = ingestMetrics(deps.metrics)
  const table = new SeriesTable()
  const snapshots = new LiveSnapshots({ log, store, table })
  const follower = new SeriesFollower({
    ...deps,
    table,
    onNew: (series, key) => snapshots.add(series, key),
    onCollision: () => metrics.collisions.inc(),
    onFatal: fail,
  })
  const ledger = new LedgerBook({ log, logger, onImbalance: () => metrics.imbalances.inc() })
  const rejected = new RejectedLog(log)
  const intake = new Intake({ table, follower, ledger, metrics, limits: settings })
  const inTurn = createTurns()
  const besideIt = createTurns() // snapshots take seconds when everything has changed: readings do not wait for them
  const ended = new AbortController()
  const { signal } = ended
  const insistOn = <T>(what: string, work: () => Promise<T>) => insist(what, logger, signal, work)

  await follower.start()
  const from = { ...beginning(), ...(await store.position()) }
  await rejected.resume(from)
  let early = [...(await store.takeCounts())]
  await closeGap(await ledger.resume(from))
  let latest: Batch | undefined
  let taken: Position = from
  let ledgerAt = 0
  logger.info({ position: from, series: table.count }, 'ingest.started')

  const timers = [
    setInterval(() => void inTurn(settle).catch(fail), settings.ledgerMs),
    setInterval(() => void besideIt(publish).catch(fail), settings.snapshotMs),
  ]
  const running = follow().catch(fail)
  return {
    async stop() {
      ended.abort()
      for (const timer of timers) clearInterval(timer)
      await running
      await inTurn(finish).catch(fail)
      await follower.stop()
    },
  }

  async function follow(): Promise<void> {
    const { batchRecords: maxRecords, batchBytes: maxBytes, gatherMs } = settings
    for await (const batch of log.consume(READINGS, 'ingest', { signal, from, maxRecords, maxBytes })) {
      const began = performance.now()
      await inTurn(() => take(batch.records))
      latest = batch
      taken = batch.end
      await delay(Math.max(0, gatherMs - (performance.now() - began)), undefined, { signal }).catch(() => {})
    }
  }

  /** One batch: checked columns into the store, what was refused into the log. */
  async function take(records: readonly LogRecord[]): Promise<void> {
    const began = performance.now()
    const { stretches, letters } = await intake.take(records)
    const checked = performance.now()
    metrics.check.observe((checked - began) / 1000)
    if (letters.length > 0) await insistOn('append dead letters', () => rejected.append(letters))
    for (const group of ledger.atCuts(stretches)) {
      const batches = group.map((stretch) => stretch.toBatch())
      await insistOn('write to the store', () => store.write(batches))
      if (group.length < stretches.length) early.push(...(await store.takeCounts()))
    }
    metrics.write.observe((performance.now() - checked) / 1000)
    const waitedMs = (deps.clock.now() - (records[0] as LogRecord).appendedAt) / deps.clock.speed
    metrics.delay.observe(Math.max(0, waitedMs) / 1000)
    metrics.records.inc(records.length)
    metrics.readings.inc(stretches.reduce((sum, { columns }) => sum + columns.length, 0))
    metrics.series.set(table.count)
  }

  /** Writes the ledger, and tells the log what it need not keep for us any longer. */
  async function settle(): Promise<void> {
    const durable = await store.position()
    if (performance.now() >= ledgerAt) await writeLedger(durable)
    const ranges = await insistOn('look at the readings', () => log.ranges(READINGS))
    metrics.lag.set(distance(Object.fromEntries(ranges.map((r) => [r.partition, r.next])), taken))
    metrics.undurable.set(distance(taken, durable))
    if (!latest || ranges.some(({ partition: p }) => (durable[p] ?? 0) < (latest?.end[p] ?? 0))) return
    await insistOn('commit the position', latest.commit)
    latest = undefined
  }

  /** With many sources the ranges grow longer, up to a minute, so that the ledger stays small. */
  async function writeLedger(durable: Position): Promise<void> {
    const counts = [...early, ...(await store.takeCounts())]
    const entries = await insistOn('append to the ledger', () => ledger.write(counts, durable))
    early = []
    ledgerAt = performance.now() + Math.min(LONGEST_RANGE_MS, entries * MS_PER_ENTRY)
  }

  async function publish(): Promise<void> {
    metrics.snapshots.inc(await insistOn('publish the live state', () => snapshots.publish(taken)))
  }

  async function finish(): Promise<void> {
    await store.flush()
    ledgerAt = 0
    await settle()
    await besideIt(async () => {}) // a snapshot on its way
  }

  /** What the store has and the ledger lacks: its counts may have died with an earlier process. */
  async function closeGap(undecided: readonly Period[]): Promise<void> {
    const gaps: Range[] = undecided.map((p) => ({ partition: p.partition, from: p.firstOffset, to: p.nextOffset }))
    for (const [name, next] of Object.entries(from)) {
      const partition = Number(name)
      const begin = ledger.writtenUpTo(partition) ?? next
      if (begin < next) gaps.push({ partition, from: begin, to: next })
    }
    const kept = await log.ranges(READINGS)
    for (const gap of gaps) {
      if (gap.from < (kept[gap.partition]?.earliest ?? 0)) continue
      logger.warn({ ...gap }, 'ledger.recount')
      ledger.addPeriod(await recount({ log, store, table, limits: settings }, gap, early))
    }
  }

  function fail(error: unknown): void {
    if (signal.aborted) {
      logger.warn({ err: error }, 'ingest.stopped_early')
      return
    }
    logger.error({ err: error }, 'ingest.broken')
    ended.abort()
    if (deps.onFatal) deps.onFatal(error)
    else
      setImmediate(() => {
        throw error
      })
  }
}

const beginning = (): Position =>
  Object.fromEntries(Array.from({ length: topic(READINGS).partitions }, (_, partition) => [partition, 0]))

/** How many records lie between two positions. */
const distance = (end: Position, at: Position): number =>
  Object.entries(end).reduce((sum, [partition, next]) => sum + Math.max(0, next - (at[Number(partition)] ?? 0)), 0)
