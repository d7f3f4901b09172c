import { createColumns, decodeBatchInto, type ReadingColumns, rowsOf, type SourceCounts } from '@quartier/contracts'
import type { LogRecord } from '@quartier/contracts/event-log'
import type { StoreBatch } from '@quartier/contracts/telemetry-store'

const MOST_ROWS = 5_000_000

/**
 * The rows of consecutive records of one partition as one stretch of columns, which are used again for the next
 * stretch: nothing is allocated per record.
 */
export class Stretch {
  readonly partition: number
  columns: ReadingColumns = createColumns(4096)
  firstOffset = 0
  nextOffset = 0

  constructor(partition: number) {
    this.partition = partition
  }

  get isEmpty(): boolean {
    return this.nextOffset === this.firstOffset
  }

  /** Begins anew at `offset`. */
  begin(offset: number): void {
    this.columns.length = 0
    this.firstOffset = this.nextOffset = offset
  }

  /**
   * Adds the rows of a record behind those that are there.
   * @throws QuartierError BATCH_CORRUPT, BATCH_VERSION; the stretch then holds no row of the record
   */
  add(record: LogRecord): readonly SourceCounts[] {
    this.nextOffset = record.offset + 1
    const counts = decodeBatchInto(record.value, this.columns)
    if (counts) return counts
    this.#makeRoom(this.columns.length + Math.min(rowsOf(record.value), MOST_ROWS))
    return decodeBatchInto(record.value, this.columns) ?? []
  }

  toBatch(): StoreBatch {
    const { partition, firstOffset, nextOffset, columns } = this
    return { partition, firstOffset, nextOffset, columns }
  }

  #makeRoom(rows: number): void {
    const old = this.columns
    const larger = createColumns(2 ** Math.ceil(Math.log2(rows)))
    larger.length = old.length
    for (const name of ['seriesLo', 'seriesHi', 'measuredAt', 'receivedAt', 'value', 'quality'] as const)
      larger[name].set(old[name].subarray(0, old.length))
    this.columns = larger
  }
}
