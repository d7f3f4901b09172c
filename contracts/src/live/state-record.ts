import type { LogRecord, NewRecord } from '../event-log/port.ts'
import { decodeBatch, encodeBatch } from '../readings/batch.ts'
import type { ReadingColumns } from '../readings/columns.ts'
import type { SeriesId } from '../series/id.ts'
import { partitionOfSlot, SLOTS } from '../series/key.ts'
import { STATE, topic } from '../topics.ts'

/**
 * The records of `state.v1`: snapshots of the live state by slot and block, and for each partition of `readings.v1` a mark
 * up to where they are complete. docs/formats/readings-v1.md describes the bytes.
 */
const BLOCKS_OF_SLOT = 4
export const STATE_BLOCKS = SLOTS * BLOCKS_OF_SLOT

/**
 * The block of a series, from its slot and its id alone: whoever publishes, and in whatever order definitions came, a
 * series stands in one record and no other.
 */
export const stateBlockOf = (slot: number, id: SeriesId): number => slot * BLOCKS_OF_SLOT + (id.hi % BLOCKS_OF_SLOT)

export const slotOfBlock = (block: number): number => Math.floor(block / BLOCKS_OF_SLOT)

/** The newest reading of each series of a block. */
export function toStateRecord(block: number, columns: ReadingColumns): NewRecord {
  const slot = slotOfBlock(block)
  return {
    key: `${slot}/${block % BLOCKS_OF_SLOT}`,
    partition: partitionOfSlot(slot, topic(STATE).partitions),
    value: encodeBatch({ columns, counts: [] }),
  }
}

const COVERS = 'covers/'

/**
 * Says that the snapshots before it hold all that stands in a partition of `readings.v1` before `next`. It goes into the
 * partition of those snapshots, behind them: both topics have as many partitions, in the same order of slots.
 */
export const toCoverRecord = (partition: number, next: number): NewRecord => ({
  key: COVERS + partition,
  partition,
  value: Buffer.from(String(next)),
})

/** What such a record says, `undefined` for one of another kind. */
export function coverIn({
  key,
  value,
}: Pick<LogRecord, 'key' | 'value'>): { partition: number; next: number } | undefined {
  if (!key.startsWith(COVERS)) return undefined
  const partition = Number(key.slice(COVERS.length))
  const next = Number(Buffer.from(value).toString())
  return Number.isInteger(partition) && Number.isInteger(next) ? { partition, next } : undefined
}

/** @throws QuartierError BATCH_CORRUPT, BATCH_VERSION */
export const snapshotIn = ({ value }: Pick<LogRecord, 'value'>): ReadingColumns => decodeBatch(value).columns
