import {
  decodeBatch,
  MARK_HISTORICAL,
  MARK_UNTIMED,
  READINGS,
  type ReadingBatch,
  type ReadingColumns,
  SERIES,
  STATE,
} from '@quartier/contracts'
import type { LogRecord, PartitionRange, Position } from '@quartier/contracts/event-log'
import { followSeries } from '@quartier/contracts/records/follow-series'
import { type ServiceDeps, settleMemory } from '@quartier/contracts/runtime'
import { breath, follow } from '../follow.ts'
import { retrying } from '../retrying.ts'
import { LatencyHistogram } from './latency.ts'
import { SeriesTable } from './series-table.ts'
import { Snapshots } from './snapshots.ts'

/** Series that room is made for beforehand, at most. */
const RESERVED_MOST = 1_000_000
/** Records of a partition that are read from its beginning or end while no snapshot covers it. */
const UNCOVERED_MOST = 1024

/**
 * The latest state of every series, from the log alone: definitions from `series.v1`, the snapshots of `state.v1`, and
 * `readings.v1` from where these end. The newest `measuredAt` of a series wins, so what is read twice does no harm, and
 * every replica comes to the same state whenever it began.
 */
export class Projection {
  readonly table = new SeriesTable()
  /** From the device's clock to here, and from the gateway's; real ms. */
  readonly sensorLatency = new LatencyHistogram()
  readonly receiveLatency = new LatencyHistogram()
  readonly seen = { messages: 0, readings: 0, ahead: 0, corrupt: 0 }
  /** Stamped on what changes; the feed counts it up after every push. */
  tick = 1
  /** The last tick in which readings came that are not new: from a snapshot, or read again from the log. */
  replayedTick = 0
  #defined = false
  #rebuilt = false
  /** Partitions of `readings.v1` with offsets that must be reached before the state is complete. */
  readonly #missing = new Map<number, number>()
  /** Is told at which places readings have been taken in, and when; the places are valid until it returns. */
  taken: (places: Int32Array, rows: number, now: number) => void = () => {}
  readonly #deps: ServiceDeps
  readonly #aheadMs: number

  constructor(deps: ServiceDeps, options: { aheadMs: number }) {
    this.#deps = deps
    this.#aheadMs = options.aheadMs
  }

  /** Whether everything that was in the log when we began has been taken in. */
  get ready(): boolean {
    return this.#defined && this.#rebuilt && this.#missing.size === 0
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#followDefinitions(signal), this.#followReadings(signal)])
  }

  /** Ends a slice of the latencies' window; call every `SLICE_MS` of real time. */
  turnLatencies(): void {
    this.sensorLatency.turn()
    this.receiveLatency.turn()
  }

  /** Takes decoded readings at `now` (platform time). */
  apply(columns: ReadingColumns, now: number): void {
    const { table, tick } = this
    const { seriesLo, seriesHi, measuredAt, receivedAt, value, quality } = columns
    const places = table.places(seriesLo, seriesHi, columns.length)
    const aheadMs = this.#aheadMs * this.#deps.clock.speed
    const limit = now + aheadMs
    for (let i = 0; i < columns.length; i++) {
      const at = measuredAt[i] as number
      // By its arrival too, so that it is judged alike whenever it is read.
      if (at <= limit && at - (receivedAt[i] as number) <= aheadMs)
        table.state.offer(
          places[i] as number,
          value[i] as number,
          at,
          receivedAt[i] as number,
          quality[i] as number,
          tick,
        )
      else this.seen.ahead++
    }
    this.taken(places, columns.length, now)
  }

  /** Counts what has just arrived, and how long it took. */
  measure({ length, measuredAt, receivedAt, quality }: ReadingColumns, now: number): void {
    const { speed } = this.#deps.clock
    this.seen.readings += length
    for (let i = 0; i < length; i++) {
      this.receiveLatency.add((now - (receivedAt[i] as number)) / speed)
      if (((quality[i] as number) & (MARK_UNTIMED | MARK_HISTORICAL)) === 0)
        this.sensorLatency.add((now - (measuredAt[i] as number)) / speed)
    }
  }

  async #followDefinitions(signal: AbortSignal): Promise<void> {
    const { log, logger } = this.#deps
    const attempt = async () => {
      // No more series than records, of which a log may hold many of each.
      const records = (await log.ranges(SERIES)).reduce((sum, r) => sum + r.next - r.earliest, 0)
      this.table.reserve(Math.min(records, RESERVED_MOST))
      const follower = followSeries(log, 'command-center', signal, (definitions, removed) => {
        for (const definition of definitions) this.table.define(definition)
        for (const key of removed) this.table.remove(key)
        return breath()
      })
      await follower.caughtUp
      this.#defined = true
      settleMemory()
      await follower.done
    }
    await retrying(attempt, { signal, logger, what: 'follow series.v1' })
  }

  async #followReadings(signal: AbortSignal): Promise<void> {
    const { log, logger } = this.#deps
    const options = { signal, logger, what: 'read the snapshots of the live state' }
    const snapshots = await retrying(() => this.#readSnapshots(signal), options)
    const look = { ...options, what: 'look at the readings' }
    const ranges = snapshots && (await retrying(() => log.ranges(READINGS), look))
    if (!ranges) return
    const { covers } = snapshots
    const ends: Position = Object.fromEntries(ranges.map((r) => [r.partition, r.next]))
    const start = Object.fromEntries(ranges.map((r) => [r.partition, beginningOf(r, covers.get(r.partition))]))
    for (const { partition, next } of ranges) if ((start[partition] ?? 0) < next) this.#missing.set(partition, next)
    const uncovered = ranges.filter((r) => !covers.has(r.partition) && (start[r.partition] ?? 0) > r.earliest)
    this.#rebuilt = uncovered.length === 0
    await Promise.all([
      follow(this.#deps, READINGS, { from: start, signal }, (records) => {
        for (const record of records) this.#takeReading(record, ends)
      }),
      this.#awaitCovers(snapshots, uncovered, signal),
    ])
  }

  async #readSnapshots(signal: AbortSignal): Promise<Snapshots> {
    const snapshots = new Snapshots(this.#deps, (columns) => this.#applySnapshot(columns))
    await snapshots.read(signal)
    return snapshots
  }

  /** Takes snapshots in until they have caught up with where we began. */
  async #awaitCovers(snapshots: Snapshots, uncovered: readonly PartitionRange[], signal: AbortSignal): Promise<void> {
    if (uncovered.length === 0) return
    this.#deps.logger.warn({ partitions: uncovered.map((r) => r.partition) }, 'projection.awaits_snapshots')
    const complete = new AbortController()
    const either = AbortSignal.any([signal, complete.signal])
    await follow(this.#deps, STATE, { from: snapshots.next, signal: either }, (records) => {
      snapshots.take(records)
      if (!uncovered.every((r) => (snapshots.covers.get(r.partition) ?? 0) >= r.next)) return
      this.#rebuilt = true
      complete.abort()
    })
  }

  /** Appended since we began, a reading says how fast and how much. */
  #takeReading(record: LogRecord, ends: Position): void {
    const { partition, offset } = record
    this.#applyRecord(record, offset >= (ends[partition] ?? 0))
    if (offset + 1 >= (this.#missing.get(partition) ?? Number.POSITIVE_INFINITY)) this.#missing.delete(partition)
  }

  #applyRecord({ partition, offset, value }: LogRecord, fresh: boolean): void {
    let decoded: ReadingBatch
    try {
      decoded = decodeBatch(value)
    } catch (error) {
      this.seen.corrupt++
      this.#deps.logger.warn({ err: error, partition, offset }, 'projection.batch_corrupt')
      return
    }
    const now = this.#deps.clock.now()
    this.apply(decoded.columns, now)
    if (!fresh) {
      this.replayedTick = this.tick
      return
    }
    this.measure(decoded.columns, now)
    for (const counts of decoded.counts) this.seen.messages += counts.messages.received
  }

  /** What has come since counts more than a snapshot. */
  #applySnapshot(columns: ReadingColumns): void {
    const { table, tick } = this
    const { length, seriesLo, seriesHi, measuredAt, receivedAt, value, quality } = columns
    const aheadMs = this.#aheadMs * this.#deps.clock.speed
    const places = table.places(seriesLo, seriesHi, length)
    this.replayedTick = tick
    for (let i = 0; i < length; i++) {
      const place = places[i] as number
      const at = measuredAt[i] as number
      const received = receivedAt[i] as number
      if (at - received <= aheadMs && at > table.state.measuredAt(place))
        table.state.offer(place, value[i] as number, at, received, quality[i] as number, tick)
    }
    this.taken(places, length, this.#deps.clock.now())
  }
}

/** Where to begin in a partition; in one that no snapshot covers, near its end: the rest comes with the first snapshot. */
const beginningOf = ({ earliest, next }: PartitionRange, covered = next - UNCOVERED_MOST): number =>
  Math.max(earliest, Math.min(covered, next))
