/** Offset of the next record to read, by partition. A partition that is absent stands at its earliest record. */
export type Position = Readonly<Record<number, number>>

export interface NewRecord {
  readonly key: string
  readonly value: Uint8Array
  /** Chosen by the caller where order across keys matters; otherwise the hash of the key decides. */
  readonly partition?: number
  /** Small text facts about the record, such as a trace id. */
  readonly headers?: Readonly<Record<string, string>>
}

export interface AppendOptions {
  /** The values' buffers belong to the log from now on and become unusable to the caller: saves copying them. */
  readonly transfer?: boolean
}

export interface Offset {
  readonly partition: number
  readonly offset: number
}

export interface LogRecord {
  readonly partition: number
  readonly offset: number
  /** When the log took it, epoch ms. */
  readonly appendedAt: number
  readonly key: string
  /** Bytes as appended. In a compacted topic an empty value is a tombstone: the key is gone. */
  readonly value: Uint8Array
  readonly headers: Readonly<Record<string, string>>
}

export interface Batch {
  /** In offset order within each partition. Never empty. */
  readonly records: readonly LogRecord[]
  /** The position after this batch, for all partitions that this consumer reads. */
  readonly end: Position
  /** Stores `end` as the group's position. Without it, a new consumer of the group sees this batch again. */
  commit(): Promise<void>
}

export interface ConsumeOptions {
  /** Ends the iteration, at once when it is waiting. */
  readonly signal: AbortSignal
  /** Where to begin: the group's committed offset (default; earliest when there is none), an end, or a position. */
  readonly from?: 'committed' | 'earliest' | 'latest' | Position
  /** Only these partitions (default: all). */
  readonly partitions?: readonly number[]
  /** Upper bounds of a batch: records (default 512) and bytes (default 8 MiB; a larger record comes alone). */
  readonly maxRecords?: number
  readonly maxBytes?: number
}

export interface PartitionRange {
  readonly partition: number
  /** Offset of the oldest record that is kept; equals `next` when the partition is empty. */
  readonly earliest: number
  /** Offset that the next record will get. */
  readonly next: number
}

export interface TopicUsage {
  readonly topic: string
  readonly bytes: number
  readonly records: number
}

/**
 * An append-only, partitioned log. Order holds within a partition and never across partitions; records with
 * the same key share a partition. Delivery is at least once. Topics are those of the topic table.
 *
 * Errors are `QuartierError`: LOG_CLOSED after close, LOG_TOPIC_UNKNOWN, LOG_PARTITION_UNKNOWN, LOG_FULL (no space,
 * retriable), LOG_UNAVAILABLE (retriable), LOG_CORRUPT, LOG_POSITION_AHEAD (asked to read from beyond its end, so that
 * the files are older than what the caller knows).
 */
export interface EventLog {
  /**
   * Resolves once every record is durable (fsync). Offsets come back in the order given. All of the records are kept
   * or none. Calls that are not awaited keep their order.
   */
  append(topic: string, records: readonly NewRecord[], options?: AppendOptions): Promise<readonly Offset[]>
  /**
   * Batches for one member of a consumer group. The next batch is read only when the loop asks for it, so a slow
   * consumer slows the reader and not the heap. When retention has removed the position, reading goes on at the
   * earliest record. Ends quietly when the signal aborts.
   */
  consume(topic: string, group: string, options: ConsumeOptions): AsyncIterable<Batch>
  /** Up to `limit` records of one partition from `from` on, without any group: for tools and look-ups. */
  read(topic: string, from: Offset, limit: number): Promise<readonly LogRecord[]>
  /** The latest record of a key in a compacted topic; `undefined` when there is none or it was deleted. */
  latest(topic: string, key: string): Promise<LogRecord | undefined>
  ranges(topic: string): Promise<readonly PartitionRange[]>
  /** The group's committed position. */
  committed(topic: string, group: string): Promise<Position>
  usage(): Promise<readonly TopicUsage[]>
  close(): Promise<void>
}
