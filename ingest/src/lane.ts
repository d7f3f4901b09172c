import { setTimeout as delay } from 'node:timers/promises'
import { READINGS } from '@quartier/contracts'
import type { Batch, LogRecord, Position } from '@quartier/contracts/event-log'
import type { ServiceDeps } from '@quartier/contracts/runtime'
import type { StoreCounts, TelemetryStore } from '@quartier/contracts/telemetry-store'
import type { IngestConfig } from './config.ts'
import { Intake } from './intake.ts'
import { LedgerBook } from './ledger-book.ts'
import { LiveSnapshots } from './live-snapshots.ts'
import type { IngestMetrics } from './metrics.ts'
import type { Period } from './period.ts'
import { type Range, recount } from './recount.ts'
import { RejectedLog } from './rejects.ts'
import { insist } from './retry.ts'
import { SeriesFollower } from './series-follower.ts'
import { SeriesTable } from './series-table.ts'
import { createTurns } from './turns.ts'

export interface LaneDeps extends Omit<ServiceDeps, 'metrics'> {
  /** Holds these partitions and no others, so that its position is that of the lane. */
  readonly store: TelemetryStore
  readonly metrics: IngestMetrics
  readonly partitions: readonly number[]
  /** Whether readings of this series come in these partitions (default: of all). */
  readonly owns?: (key: string) => boolean
  /** Told of every definition of a series. */
  readonly onDefined?: (key: string, assetId: string | null) => void
  /** Called with trouble that nobody understands; the lane has ended then. */
  readonly onFatal: (error: unknown) => void
}

export interface Lane {
  /** Makes durable what was taken in, and writes it down. */
  stop(): Promise<void>
  /** Ends at once and writes nothing more: the partitions may be somebody else's by now. */
  abandon(): Promise<void>
}

export type IngestSettings = Pick<
  IngestConfig,
  'rawRetentionMs' | 'futureMs' | 'gatherMs' | 'batchRecords' | 'batchBytes' | 'ledgerMs' | 'snapshotMs'
>

const LONGEST_RANGE_MS = 60_000
const MS_PER_ENTRY = 50

/**
 * The way of some partitions from the log to the store: reads `readings.v1` from the store's own position, checks, sets
 * aside what is broken, writes columns, and keeps the ledger and the snapshots of the live state. Resolves when it has
 * found its place and every definition is known.
 */
export async function startLane(deps: LaneDeps, settings: IngestSettings): Promise<Lane> {
  const { log, store, logger, metrics, partitions } = deps
  const levels = metrics.addLane()
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

  let abandoned = false
  let early: StoreCounts[] = []
  const from = await begin().catch(async (error: unknown) => {
    ended.abort()
    await follower.stop()
    levels.end()
    throw error
  })
  let latest: Batch | undefined
  let taken: Position = from
  let ledgerAt = 0
  logger.info({ position: from, series: table.count }, 'ingest.started')

  const timers = [
    setInterval(() => void inTurn(settle).catch(fail), settings.ledgerMs),
    setInterval(() => void besideIt(publish).catch(fail), settings.snapshotMs),
  ]
  const running = follow().catch(fail)
  const end = async () => {
    ended.abort()
    for (const timer of timers) clearInterval(timer)
    await running
    await inTurn(async () => (abandoned ? undefined : await finish())).catch(fail)
    await follower.stop()
    levels.end()
  }
  return {
    stop: end,
    abandon() {
      abandoned = true
      return end()
    },
  }

  async function begin(): Promise<Position> {
    await follower.start()
    // A district's definitions take seconds to write: not while its readings come in. A store that cannot says so later.
    await store.flush().catch(() => {})
    const held = await store.position()
    const position: Position = Object.fromEntries(partitions.map((p) => [p, held[p] ?? 0]))
    await rejected.resume(position)
    early = [...(await store.takeCounts())]
    await closeGap(await ledger.resume(position), position)
    await snapshots.resume(position)
    return position
  }

  async function follow(): Promise<void> {
    const { batchRecords: maxRecords, batchBytes: maxBytes, gatherMs } = settings
    let behind: Position | undefined = await lastOffsets()
    for await (const batch of log.consume(READINGS, 'ingest', { signal, from, partitions, maxRecords, maxBytes })) {
      const began = performance.now()
      await inTurn(() => take(batch.records))
      latest = batch
      taken = batch.end
      if (behind && distance(behind, taken) === 0) {
        behind = undefined
        // What had to be taken in again is made durable at once: another end right now need not repeat it.
        void store.flush().catch(() => {})
      }
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
      // What the store has counted up to a cut is handed out before it, so that it does not join what comes after.
      if (ledger.isAtCut(group)) early.push(...(await store.takeCounts()))
      const batches = group.map((stretch) => stretch.toBatch())
      await insistOn('write to the store', () => store.write(batches))
    }
    // The store forgets what it has handed out twice: it stands in the ledger before it can be durable without.
    if (early.length > 0) await writeLedger(await store.position())
    metrics.write.observe((performance.now() - checked) / 1000)
    const waitedMs = (deps.clock.now() - (records[0] as LogRecord).appendedAt) / deps.clock.speed
    metrics.delay.observe(Math.max(0, waitedMs) / 1000)
    metrics.records.inc(records.length)
    metrics.readings.inc(stretches.reduce((sum, { columns }) => sum + columns.length, 0))
    levels.series = table.count
  }

  /** Writes the ledger, and tells the log what it need not keep for us any longer. */
  async function settle(): Promise<void> {
    const durable = await store.position()
    if (abandoned) return
    if (performance.now() >= ledgerAt) await writeLedger(durable)
    levels.lag = distance(await lastOffsets(), taken)
    levels.undurable = distance(taken, durable)
    if (!latest || partitions.some((p) => (durable[p] ?? 0) < (latest?.end[p] ?? 0))) return
    await insistOn('commit the position', latest.commit)
    latest = undefined
  }

  /** Where our partitions end now. */
  async function lastOffsets(): Promise<Position> {
    const ranges = await insistOn('look at the readings', () => log.ranges(READINGS))
    return Object.fromEntries(ranges.filter((r) => r.partition in from).map((r) => [r.partition, r.next]))
  }

  /** With many sources the ranges grow longer, up to a minute, so that the ledger stays small. */
  async function writeLedger(durable: Position): Promise<void> {
    const counts = [...early, ...(await store.takeCounts())]
    const entries = await insistOn('append to the ledger', () => ledger.write(counts, durable))
    early = []
    ledgerAt = performance.now() + Math.min(LONGEST_RANGE_MS, entries * MS_PER_ENTRY)
  }

  async function publish(): Promise<void> {
    metrics.snapshots.inc(await insistOn('publish the live state', () => snapshots.publish(taken, () => !abandoned)))
  }

  async function finish(): Promise<void> {
    await store.flush()
    ledgerAt = 0
    await settle()
    await besideIt(async () => {}) // a snapshot on its way
  }

  /** What the store has and the ledger lacks: its counts may have died with an earlier process. */
  async function closeGap(undecided: readonly Period[], position: Position): Promise<void> {
    const gaps: Range[] = undecided.map((p) => ({ partition: p.partition, from: p.firstOffset, to: p.nextOffset }))
    for (const [name, next] of Object.entries(position)) {
      const partition = Number(name)
      const begin = ledger.writtenUpTo(partition) ?? next
      if (begin < next) gaps.push({ partition, from: begin, to: next })
    }
    const kept = await log.ranges(READINGS)
    for (const gap of gaps) {
      if (gap.from < (kept[gap.partition]?.earliest ?? 0)) continue
      logger.warn({ ...gap }, 'ledger.recount')
      ledger.addPeriod(await recount({ log, store, table, limits: settings }, gap, early))
      early = early.filter((counts) => !isWithin(counts, gap))
    }
  }

  function fail(error: unknown): void {
    if (signal.aborted) {
      logger.warn({ err: error }, 'ingest.stopped_early')
      return
    }
    logger.error({ err: error }, 'ingest.broken')
    ended.abort()
    deps.onFatal(error)
  }
}

/** What a recount has said already, or says better. */
const isWithin = ({ partition, firstOffset, nextOffset }: StoreCounts, gap: Range): boolean =>
  partition === gap.partition && firstOffset >= gap.from && nextOffset <= gap.to

/** How many records lie between two positions. */
const distance = (end: Position, at: Position): number =>
  Object.entries(end).reduce((sum, [partition, next]) => sum + Math.max(0, next - (at[Number(partition)] ?? 0)), 0)
