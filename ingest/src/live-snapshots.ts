import {
  coverIn,
  decodeBatch,
  parseSeriesKey,
  partitionOfSlot,
  QuartierError,
  READINGS,
  type ReadingColumns,
  STATE,
  STATE_BLOCKS,
  slotOf,
  slotOfBlock,
  stateBlockOf,
  toCoverRecord,
  topic,
  toStateRecord,
} from '@quartier/contracts'
import type { EventLog, LogRecord, NewRecord, Position } from '@quartier/contracts/event-log'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import type { SeriesTable } from './series-table.ts'

const BLOCKS_AT_ONCE = 16
/** Records read at once: of readings, and of snapshots, back from the end. */
const PAGE = 64
const TAIL = 256

export interface SnapshotDeps {
  readonly log: EventLog
  readonly store: TelemetryStore
  readonly table: SeriesTable
}

/**
 * The live state as `state.v1` keeps it, from which the command centre begins: the last value of every series that is
 * defined, by blocks, of which those are published in which something changed; and behind them, for each partition of
 * `readings.v1`, up to where they are complete.
 */
export class LiveSnapshots {
  readonly #deps: SnapshotDeps
  /** Numbers of the series of each block. */
  readonly #blocks: number[][] = Array.from({ length: STATE_BLOCKS }, () => [])
  /** By partition: the offset up to which the snapshots in the log are complete. */
  readonly #covered = new Map<number, number>()

  constructor(deps: SnapshotDeps) {
    this.#deps = deps
  }

  /** Gives a series its place. One that nobody has defined has no name, so that nobody looks at it: it is left out. */
  add(series: number, key: string): void {
    const parts = parseSeriesKey(key)
    if (!parts) return
    const block = stateBlockOf(slotOf(parts.source, parts.device), this.#deps.table.id(series))
    this.#blocks[block]?.push(series)
  }

  /**
   * Finds out what an earlier run published. Series of which it stored readings without a snapshot count as changed.
   * @param position from where readings will come; those before it are in the store
   */
  async resume(position: Position): Promise<void> {
    const { log } = this.#deps
    const ranges = await log.ranges(READINGS)
    for (const [name, next] of Object.entries(position)) {
      const partition = Number(name)
      const covered = await this.#lastCover(partition)
      if (covered !== undefined) this.#covered.set(partition, covered)
      if ((covered ?? 0) >= next) continue
      const earliest = ranges.find((r) => r.partition === partition)?.earliest ?? 0
      if (covered === undefined || covered < earliest) this.#touchAll(partition)
      else await this.#touchRead(partition, covered, next)
    }
  }

  /**
   * Appends the blocks in which readings have come since the last call, and then how far they go.
   * @param position up to where readings have been given to the store
   * @param isOurs   asked before each append: when it is false, somebody else publishes by now
   * @returns how many blocks
   */
  async publish(position: Position, isOurs = () => true): Promise<number> {
    const { log, table } = this.#deps
    const dirty = this.#dirtyBlocks()
    for (let i = 0; i < dirty.length; i += BLOCKS_AT_ONCE) {
      if (!isOurs()) return i
      const some = dirty.slice(i, i + BLOCKS_AT_ONCE)
      // Cleared before the values are read: what comes in meanwhile counts for the next time.
      this.#each(some, (series) => table.clearTouched(series))
      try {
        await log.append(STATE, await Promise.all(some.map((block) => this.#toRecord(block))), { transfer: true })
      } catch (error) {
        this.#each(some, (series) => table.touch(series))
        throw error
      }
    }
    if (isOurs()) await this.#publishCovers(position)
    return dirty.length
  }

  async #publishCovers(position: Position): Promise<void> {
    const moved = Object.entries(position)
      .map(([partition, next]) => ({ partition: Number(partition), next }))
      .filter(({ partition, next }) => next > (this.#covered.get(partition) ?? 0))
    if (moved.length === 0) return
    await this.#deps.log.append(
      STATE,
      moved.map(({ partition, next }) => toCoverRecord(partition, next)),
    )
    for (const { partition, next } of moved) this.#covered.set(partition, next)
  }

  async #toRecord(block: number): Promise<NewRecord> {
    return toStateRecord(block, await this.#lastValues(this.#blocks[block] as readonly number[]))
  }

  #dirtyBlocks(): number[] {
    const { table } = this.#deps
    return [...this.#blocks.keys()].filter((block) => this.#blocks[block]?.some((series) => table.isTouched(series)))
  }

  #each(blocks: Iterable<number>, work: (series: number) => void): void {
    for (const block of blocks) for (const series of this.#blocks[block] as readonly number[]) work(series)
  }

  /** Series that have no value yet are left out. */
  async #lastValues(series: readonly number[]): Promise<ReadingColumns> {
    const { store, table } = this.#deps
    const last = await store.last(series.map((number) => table.id(number)))
    const there = Array.from({ length: last.length }, (_, i) => i).filter((i) => !Number.isNaN(last.value[i]))
    return {
      length: there.length,
      seriesLo: Uint32Array.from(there, (i) => last.seriesLo[i] as number),
      seriesHi: Uint32Array.from(there, (i) => last.seriesHi[i] as number),
      measuredAt: Float64Array.from(there, (i) => last.measuredAt[i] as number),
      receivedAt: Float64Array.from(there, (i) => last.receivedAt[i] as number),
      value: Float64Array.from(there, (i) => last.value[i] as number),
      quality: Uint8Array.from(there, (i) => last.quality[i] as number),
    }
  }

  /** How far the snapshots of a partition go, by the last record that says so. */
  async #lastCover(partition: number): Promise<number | undefined> {
    const { log } = this.#deps
    const range = (await log.ranges(STATE)).find((r) => r.partition === partition)
    for (let end = range?.next ?? 0; range && end > range.earliest; end -= TAIL) {
      const offset = Math.max(range.earliest, end - TAIL)
      const records = await log.read(STATE, { partition, offset }, end - offset)
      const last = records.findLast((record) => record.offset < end && coverIn(record))
      if (last) return coverIn(last)?.next
    }
    return undefined
  }

  #touchAll(partition: number): void {
    const { partitions } = topic(READINGS)
    const own = [...this.#blocks.keys()].filter((b) => partitionOfSlot(slotOfBlock(b), partitions) === partition)
    this.#each(own, (series) => this.#deps.table.touch(series))
  }

  async #touchRead(partition: number, from: number, to: number): Promise<void> {
    for (let offset = from; offset < to; ) {
      const records = await this.#deps.log.read(READINGS, { partition, offset }, Math.min(PAGE, to - offset))
      for (const record of records) if (record.offset < to) this.#touchIn(record)
      offset = (records.at(-1)?.offset ?? to) + 1
    }
  }

  #touchIn(record: LogRecord): void {
    const { table } = this.#deps
    try {
      const { length, seriesLo, seriesHi } = decodeBatch(record.value).columns
      for (let i = 0; i < length; i++) {
        const series = table.find(seriesLo[i] as number, seriesHi[i] as number)
        if (series >= 0) table.touch(series)
      }
    } catch (error) {
      if (!(error instanceof QuartierError)) throw error // a record that nobody can read has changed nothing
    }
  }
}
