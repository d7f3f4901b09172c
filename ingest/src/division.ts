import { setTimeout as delay } from 'node:timers/promises'
import { parseSeriesKey, partitionOfSlot, QuartierError, READINGS, slotOf, topic } from '@quartier/contracts'
import type { EventStore } from '@quartier/contracts/event-store'
import type { Records } from '@quartier/contracts/records'
import type { ServiceDeps } from '@quartier/contracts/runtime'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import { type EventLane, type EventSettings, startEventLane } from './events/event-lane.ts'
import type { WhereaboutsFollower } from './events/whereabouts.ts'
import { type IngestSettings, type Lane, startLane } from './lane.ts'
import type { IngestMetrics } from './metrics.ts'
import { insistUntil } from './retry.ts'
import { holdSeat, liveSeats, shareOf } from './seats.ts'

/** The part of a store that holds one partition. */
export interface PartStore extends TelemetryStore {
  /** Closes it without writing anything more: somebody else may have opened it. */
  abandon(): Promise<void>
}

export interface DivisionDeps extends ServiceDeps {
  readonly records: Pick<Records, 'lease' | 'leases'>
  /** Opens the part of the store for a partition; whoever had it open loses it. */
  readonly openPart: (partition: number) => Promise<PartStore>
  /** Where events go; all ingesters share it, each with its own partitions. Without it they stay in the log. */
  readonly events?: EventStore | undefined
  readonly whereabouts: WhereaboutsFollower
  /** How long an ingester that gives no sign of life keeps its partitions, ms (default 10,000). */
  readonly leaseMs?: number
}

interface Deps extends Omit<DivisionDeps, 'metrics'> {
  readonly metrics: IngestMetrics
}

/** A database whose disk is busy may take four seconds to renew a lease; one that is lost costs a replay. */
const LEASE_MS = 10_000
const PARTITION = 'ingest.partition/'

/**
 * Divides the partitions of `readings.v1` among the ingesters that are there, until the signal: each takes a seat, and
 * the order of the seats says which partitions are whose. A lease on each partition keeps two from working on one while
 * they do not agree yet. Partitions that go to another are finished first; those of one that died are free when its
 * leases have run out.
 */
export async function divide(deps: Deps, settings: IngestSettings & EventSettings, signal: AbortSignal): Promise<void> {
  const { records, logger, leaseMs = LEASE_MS } = deps
  const failed = new AbortController()
  const stop = AbortSignal.any([signal, failed.signal])
  const lanes = new Map<number, { readonly end: AbortController; readonly done: Promise<void> }>()
  const seat = holdSeat(records, leaseMs, stop)
  seat.done.catch((error: unknown) => failed.abort(error))

  const begin = (partition: number): void => {
    const end = new AbortController()
    const work = (held: AbortSignal) => takePartition(deps, settings, partition, held)
    const done = records
      .lease(PARTITION + partition, work, { signal: AbortSignal.any([stop, end.signal]), ttlMs: leaseMs })
      .catch((error: unknown) => failed.abort(error))
      .finally(() => lanes.delete(partition))
    lanes.set(partition, { end, done })
  }
  const failUnlessPassing = (error: unknown): void => {
    if (!(error instanceof QuartierError && error.retriable)) failed.abort(error)
  }
  let own: readonly number[] = []
  while (!stop.aborted) {
    // What passes leaves all as it is: the leases know better than we what is ours.
    own = (await ownPartitions(records, seat.number()).catch((error) => void failUnlessPassing(error))) ?? own
    for (const [partition, { end }] of lanes) if (!own.includes(partition)) end.abort()
    for (const partition of own) if (!lanes.has(partition) && !stop.aborted) begin(partition)
    await delay(leaseMs / 10, undefined, { signal: stop }).catch(() => {})
  }
  logger.info({ partitions: own }, 'ingest.leaving')
  await Promise.all([...[...lanes.values()].map(({ done }) => done), seat.done.catch(() => {})])
  if (failed.signal.aborted && !signal.aborted) throw failed.signal.reason
}

/** Those of this seat; `undefined` while we have none. */
async function ownPartitions(records: Deps['records'], seat: number | undefined): Promise<number[] | undefined> {
  if (seat === undefined) return undefined
  return shareOf(seat, await liveSeats(records), topic(READINGS).partitions)
}

/** Works on a partition until the lease ends. */
async function takePartition(
  deps: Deps,
  settings: IngestSettings & EventSettings,
  partition: number,
  held: AbortSignal,
): Promise<void> {
  const { logger, events, whereabouts } = deps
  const store = await insistUntil('open the store', logger, held, () => deps.openPart(partition))
  if (!store) return
  const trouble = Promise.withResolvers<never>()
  trouble.promise.catch(() => {})
  let lane: Lane | undefined
  let eventLane: EventLane | undefined
  const over = new Promise<void>((resolve) => held.addEventListener('abort', () => resolve(), { once: true }))
  try {
    const owns = (key: string) => partitionOf(key) === partition
    const own = { partitions: [partition], onFatal: trouble.reject }
    const onDefined = (key: string, assetId: string | null) => whereabouts.define(key, assetId)
    lane = await startLane({ ...deps, ...own, store, owns, onDefined }, settings)
    if (events) eventLane = await startEventLane({ ...deps, ...own, events }, settings)
    logger.info({ partition }, 'ingest.partition_taken')
    if (!held.aborted) await Promise.race([over, trouble.promise])
  } catch (error) {
    await eventLane?.abandon()
    await lane?.abandon()
    await store.abandon()
    // Somebody opened our part although we hold the lease on it; or what passes. We begin anew, if it is still ours.
    if (!(error instanceof QuartierError && (error.retriable || error.code === 'STORE_LOCKED'))) throw error
    logger.warn({ partition, code: error.code, reason: error.message }, 'ingest.partition_lost')
    return
  }
  const isLost = !isWish(held.reason)
  if (isLost) {
    await eventLane?.abandon()
    await lane.abandon()
    await store.abandon()
  } else {
    await eventLane?.stop()
    await lane.stop()
    await store.close()
  }
  logger.info({ partition, isLost }, 'ingest.partition_given')
}

function partitionOf(key: string): number | undefined {
  const parts = parseSeriesKey(key)
  return parts && partitionOfSlot(slotOf(parts.source, parts.device), topic(READINGS).partitions)
}

/** An end that we wished for, with time to finish; otherwise the lease was lost, or something is broken. */
const isWish = (reason: unknown): boolean => reason instanceof DOMException && reason.name === 'AbortError'
