import { coverIn, QuartierError, type ReadingColumns, STATE, snapshotIn } from '@quartier/contracts'
import type { EventLog, LogRecord } from '@quartier/contracts/event-log'
import type { Logger } from '@quartier/contracts/runtime'
import { breath } from '../follow.ts'

/** Records decoded between two turns of sockets and timers. */
const AT_ONCE = 16

/** What `state.v1` holds, as far as it was read. */
export class Snapshots {
  /** By partition of `readings.v1`: up to where what was read is complete. */
  readonly covers = new Map<number, number>()
  readonly #deps: { readonly log: EventLog; readonly logger: Logger }
  readonly #take: (columns: ReadingColumns) => void
  /** Where to read on, by partition. */
  next: Record<number, number> = {}

  constructor(deps: { readonly log: EventLog; readonly logger: Logger }, take: (columns: ReadingColumns) => void) {
    this.#deps = deps
    this.#take = take
  }

  /** Reads all that there is now; of each block only the newest record is decoded, of which a log may hold many. */
  async read(signal: AbortSignal): Promise<void> {
    const { log } = this.#deps
    const ranges = (await log.ranges(STATE)).filter((r) => r.next > r.earliest)
    const open = new Map(ranges.map((r) => [r.partition, r.next]))
    const newest = new Map<string, LogRecord>()
    const options = { from: 'earliest', signal, maxRecords: 4096 } as const
    if (open.size > 0)
      for await (const batch of log.consume(STATE, 'command-center', options)) {
        // A copy: a record may be a view of all that was fetched with it.
        for (const record of batch.records) newest.set(record.key, { ...record, value: new Uint8Array(record.value) })
        this.next = batch.end
        for (const [partition, end] of open) if ((batch.end[partition] ?? 0) >= end) open.delete(partition)
        if (open.size === 0) break
        await breath()
      }
    let taken = 0
    for (const record of newest.values()) {
      this.take([record])
      if (++taken % AT_ONCE === 0) await breath()
    }
  }

  /** Takes records in the order of the log. */
  take(records: readonly LogRecord[]): void {
    for (const record of records) {
      const cover = coverIn(record)
      if (cover) this.covers.set(cover.partition, cover.next)
      else this.#takeBlock(record)
    }
  }

  #takeBlock(record: LogRecord): void {
    if (record.value.length === 0) return
    try {
      this.#take(snapshotIn(record))
    } catch (error) {
      if (!(error instanceof QuartierError)) throw error
      const { key, partition, offset } = record
      this.#deps.logger.warn({ err: error, key, partition, offset }, 'projection.snapshot_corrupt')
    }
  }
}
