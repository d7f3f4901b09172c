import { setTimeout as delay } from 'node:timers/promises'
import {
  decodeEventBatch,
  EVENTS,
  type EventColumns,
  type EventCounts,
  LEDGER,
  QuartierError,
} from '@quartier/contracts'
import type { Batch, LogRecord, Position } from '@quartier/contracts/event-log'
import type { EventStore, EventWrite } from '@quartier/contracts/event-store'
import { differenceOf, isBalanced } from '@quartier/contracts/ledger'
import type { ServiceDeps } from '@quartier/contracts/runtime'
import type { IngestConfig } from '../config.ts'
import type { IngestMetrics } from '../metrics.ts'
import { insist } from '../retry.ts'
import { createTurns } from '../turns.ts'
import type { WhereaboutsFollower } from './whereabouts.ts'

export interface EventLaneDeps extends Omit<ServiceDeps, 'metrics'> {
  readonly events: EventStore
  readonly metrics: IngestMetrics
  readonly partitions: readonly number[]
  readonly whereabouts: Pick<WhereaboutsFollower, 'of'>
  /** Called with trouble that nobody understands; the lane has ended then. */
  readonly onFatal: (error: unknown) => void
}

export interface EventLane {
  stop(): Promise<void>
  /** Ends without telling the ledger: the partitions may be somebody else's by now. */
  abandon(): Promise<void>
}

export type EventSettings = Pick<IngestConfig, 'batchRecords' | 'batchBytes' | 'ledgerMs'> &
  Partial<Pick<IngestConfig, 'eventGatherMs'>>

const UPKEEP_MS = 1000
const GATHER_MS = 100

/**
 * The way of events from `events.v1` into their store: each once, from the store's own position on, with what gateway and
 * store have counted in the same transaction; the ledger is told afterwards.
 */
export async function startEventLane(deps: EventLaneDeps, settings: EventSettings): Promise<EventLane> {
  const { log, events, logger, metrics, partitions, whereabouts, clock } = deps
  const ended = new AbortController()
  const { signal } = ended
  const inTurn = createTurns()
  const insistOn = <T>(what: string, work: () => Promise<T>) => insist(what, logger, signal, work)
  const levels = metrics.addEventLane()

  const held = await insistOn('read the position of the events', () => events.position())
  const from: Position = Object.fromEntries(partitions.map((p) => [p, held[p] ?? 0]))
  let latest: Batch | undefined
  logger.info({ position: from }, 'events.started')
  const timers = [
    setInterval(() => void inTurn(settle).catch(fail), settings.ledgerMs),
    setInterval(() => void inTurn(upkeep).catch(fail), UPKEEP_MS),
  ]
  const running = follow().catch(fail)

  const end = async (isOurs: boolean) => {
    ended.abort()
    for (const timer of timers) clearInterval(timer)
    await running
    await inTurn(async () => (isOurs ? await settle() : undefined)).catch(fail)
    levels.end()
  }
  return { stop: () => end(true), abandon: () => end(false) }

  async function follow(): Promise<void> {
    const { batchRecords: maxRecords, batchBytes: maxBytes, eventGatherMs = GATHER_MS } = settings
    for await (const batch of log.consume(EVENTS, 'ingest', { signal, from, partitions, maxRecords, maxBytes })) {
      const began = performance.now()
      await inTurn(() => take(batch))
      await delay(Math.max(0, eventGatherMs - (performance.now() - began)), undefined, { signal }).catch(() => {})
    }
  }

  async function take(batch: Batch): Promise<void> {
    const writes = writesOf(batch.records)
    const result = await insistOn('write events', () => events.write(writes, whereabouts.of))
    latest = batch
    metrics.events.inc({ result: 'stored' }, result.stored)
    metrics.events.inc({ result: 'duplicate' }, result.duplicates)
    metrics.events.inc({ result: 'too-late' }, result.tooLate)
  }

  /** Tells the ledger what was counted, and the log what it need not keep for us any longer. */
  async function settle(): Promise<void> {
    const { entries, told } = await insistOn('close ranges of events', () => events.closeRanges())
    if (entries.length > 0) {
      const records = entries.map((e) => ({ key: String(e.partition), value: Buffer.from(JSON.stringify(e)) }))
      await insistOn('append to the ledger', () => log.append(LEDGER, records))
      await insistOn('forget told ranges of events', told)
      for (const entry of entries) {
        if (isBalanced(entry)) continue
        logger.error({ ...entry, difference: differenceOf(entry) }, 'ledger.imbalance')
        metrics.imbalances.inc()
      }
    }
    if (latest) await insistOn('commit the position of the events', latest.commit)
    latest = undefined
    const ranges = await insistOn('look at the events', () => log.ranges(EVENTS))
    const position = await events.position()
    levels.lag = ranges
      .filter((r) => partitions.includes(r.partition))
      .reduce((sum, { partition, next }) => sum + Math.max(0, next - (position[partition] ?? 0)), 0)
  }

  async function upkeep(): Promise<void> {
    await insistOn('keep the events', () => events.upkeep(clock.now()))
  }

  function writesOf(records: readonly LogRecord[]): EventWrite[] {
    return [...Map.groupBy(records, (r) => r.partition)].map(([partition, some]) => {
      const columns: EventColumns[] = []
      const counts: EventCounts[] = []
      for (const record of some) {
        const batch = read(record)
        if (batch && batch.columns.length > 0) columns.push(batch.columns)
        if (batch) counts.push(...batch.counts)
      }
      const first = some[0] as LogRecord
      const receivedAt = columns[0]?.receivedAt[0] ?? first.appendedAt
      const nextOffset = (some.at(-1) as LogRecord).offset + 1
      return { partition, firstOffset: first.offset, nextOffset, receivedAt, columns, counts }
    })
  }

  function read(record: LogRecord) {
    try {
      return decodeEventBatch(record.value)
    } catch (error) {
      if (!(error instanceof QuartierError)) throw error
      const { partition, offset } = record
      logger.error({ partition, offset, reason: error.message }, 'events.unreadable')
      metrics.poison.inc()
      return undefined
    }
  }

  function fail(error: unknown): void {
    if (signal.aborted) {
      logger.warn({ err: error }, 'events.stopped_early')
      return
    }
    logger.error({ err: error }, 'events.broken')
    ended.abort()
    deps.onFatal(error)
  }
}
