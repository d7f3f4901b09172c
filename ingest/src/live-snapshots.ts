import {
  encodeBatch,
  parseSeriesKey,
  partitionOfSlot,
  type ReadingColumns,
  SLOTS,
  STATE,
  slotOf,
  topic,
} from '@quartier/contracts'
import type { EventLog, NewRecord, Position } from '@quartier/contracts/event-log'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import type { SeriesTable } from './series-table.ts'

/** Series in one record of `state.v1`. */
export const BLOCK = 1024
const BLOCKS_AT_ONCE = 16

export interface SnapshotDeps {
  readonly log: EventLog
  readonly store: TelemetryStore
  readonly table: SeriesTable
}

/** Some series of a slot, by number. */
interface Block {
  readonly slot: number
  readonly block: number
  readonly series: readonly number[]
}

/**
 * The live state as `state.v1` keeps it: the series of a slot in blocks of 1,024, in the order in which they came.
 * The key of a record is `slot/block`, its value a readings batch with the last value of each series, and its header
 * `covers` the position of `readings.v1` up to which that is complete.
 */
export class LiveSnapshots {
  readonly #deps: SnapshotDeps
  /** Numbers of the series of each slot. */
  readonly #slots: number[][] = Array.from({ length: SLOTS }, () => [])

  constructor(deps: SnapshotDeps) {
    this.#deps = deps
  }

  /** Gives a new series its place. */
  add(series: number, key: string): void {
    const parts = parseSeriesKey(key)
    const { lo } = this.#deps.table.id(series)
    const slot = parts ? slotOf(parts.source, parts.device) : lo % SLOTS
    this.#slots[slot]?.push(series)
  }

  /** Appends the blocks in which readings have come since the last call. @returns how many */
  async publish(position: Position): Promise<number> {
    const { log, table } = this.#deps
    const dirty = this.#dirtyBlocks()
    for (let i = 0; i < dirty.length; i += BLOCKS_AT_ONCE) {
      const some = dirty.slice(i, i + BLOCKS_AT_ONCE)
      // Cleared before the values are read: what comes in meanwhile counts for the next time.
      for (const { series } of some) for (const number of series) table.clearTouched(number)
      try {
        await log.append(STATE, await this.#toRecords(some, position), { transfer: true })
      } catch (error) {
        for (const { series } of some) for (const number of series) table.touch(number)
        throw error
      }
    }
    return dirty.length
  }

  #toRecords(blocks: readonly Block[], position: Position): Promise<NewRecord[]> {
    const covers = JSON.stringify(position)
    return Promise.all(
      blocks.map(async ({ slot, block, series }) => ({
        key: `${slot}/${block}`,
        partition: partitionOfSlot(slot, topic(STATE).partitions),
        value: encodeBatch({ columns: await this.#lastValues(series), counts: [] }),
        headers: { covers },
      })),
    )
  }

  #dirtyBlocks(): Block[] {
    const { table } = this.#deps
    const blocks: Block[] = []
    for (const [slot, all] of this.#slots.entries())
      for (let from = 0; from < all.length; from += BLOCK) {
        const series = all.slice(from, from + BLOCK)
        if (series.some((number) => table.isTouched(number))) blocks.push({ slot, block: from / BLOCK, series })
      }
    return blocks
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
}
