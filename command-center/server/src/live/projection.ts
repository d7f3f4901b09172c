import {
  decodeBatch,
  MARK_HISTORICAL,
  MARK_UNTIMED,
  READINGS,
  type ReadingBatch,
  type ReadingColumns,
} from '@quartier/contracts'
import type { LogRecord, Position } from '@quartier/contracts/event-log'
import { followSeries } from '@quartier/contracts/records/follow-series'
import { type ServiceDeps, settleMemory } from '@quartier/contracts/runtime'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import { breath, follow, tailOf } from '../follow.ts'
import { retrying, waiting } from '../retrying.ts'
import { LatencyHistogram } from './latency.ts'
import { SeriesTable } from './series-table.ts'

/** Records of each partition that are read again at the start: the store may not have shown them yet. */
const OVERLAP = 64
const SETTLE_MS = 10_000

/**
 * The latest state of every series: definitions from `series.v1`, first values from the store, then the tail of
 * `readings.v1`. The newest `measuredAt` of a series wins, so what is read twice does no harm.
 */
export class Projection {
  readonly table = new SeriesTable()
  /** From the device's clock to here, and from the gateway's; real ms. */
  readonly sensorLatency = new LatencyHistogram()
  readonly receiveLatency = new LatencyHistogram()
  readonly seen = { messages: 0, readings: 0, ahead: 0, corrupt: 0 }
  /** Stamped on what changes; the feed counts it up after every push. */
  tick = 1
  /** The last tick in which readings came that are not new: from the store, or read again from the log. */
  replayedTick = 0
  #defined = false
  #filled = false
  readonly #deps: ServiceDeps & { readonly store: TelemetryStore }
  readonly #aheadMs: number

  constructor(deps: ServiceDeps & { readonly store: TelemetryStore }, options: { aheadMs: number }) {
    this.#deps = deps
    this.#aheadMs = options.aheadMs
  }

  /** Whether every definition and the store's last values have been taken in. */
  get ready(): boolean {
    return this.#defined && this.#filled
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const deps = this.#deps
    const what = 'read the ranges of readings.v1'
    const ends = await retrying(() => tailOf(deps.log, READINGS, 0), { signal, logger: deps.logger, what })
    if (!ends) return
    const start = mapPosition(ends, (offset) => Math.max(0, offset - OVERLAP))
    await Promise.all([
      this.#followDefinitions(signal),
      follow(deps, READINGS, { from: start, signal }, (records) => {
        for (const record of records) this.#applyRecord(record, record.offset >= (ends[record.partition] ?? 0))
      }),
      this.#fill(start, signal),
    ])
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
    const limit = now + this.#aheadMs * this.#deps.clock.speed
    for (let i = 0; i < columns.length; i++) {
      const at = measuredAt[i] as number
      if (at <= limit)
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

  /** `fresh`: appended since we began, so that it says how fast and how much. */
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

  /** Brings in the store's last values, again until the store holds all that was in the log when we began. */
  async #fill(start: Position, signal: AbortSignal): Promise<void> {
    const { store, logger } = this.#deps
    for (;;) {
      const held = await retrying(() => this.#fillOnce(store), {
        signal,
        logger,
        what: "read the store's last values",
      })
      if (!held || reached(held, start)) return
      await waiting(SETTLE_MS, signal)
    }
  }

  async #fillOnce(store: TelemetryStore): Promise<Position> {
    const held = await store.position()
    const last = await store.last()
    const { table, tick } = this
    this.replayedTick = tick
    for (let i = 0; i < last.length; i++) {
      const at = last.measuredAt[i] as number
      if (!(at > 0)) continue
      const place = table.place(last.seriesLo[i] as number, last.seriesHi[i] as number)
      if (at > table.state.measuredAt(place))
        table.state.offer(
          place,
          last.value[i] as number,
          at,
          last.receivedAt[i] as number,
          last.quality[i] as number,
          tick,
        )
    }
    this.#filled = true
    return held
  }
}

const mapPosition = (position: Position, map: (offset: number) => number): Position =>
  Object.fromEntries(Object.entries(position).map(([partition, offset]) => [partition, map(offset)]))

const reached = (held: Position, start: Position): boolean =>
  Object.entries(start).every(([partition, offset]) => (held[Number(partition)] ?? 0) >= offset)
