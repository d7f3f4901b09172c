import { IS_CONTROL, type KafkaRecord, type MessageRecord, murmur2, type RecordsBatch } from '@platformatic/kafka'
import type { LogRecord, NewRecord } from '../port.ts'

const LOG_APPEND_TIME = 8 // attribute of a record batch: its largest time stamp holds for all of its records
const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({})
const NO_HEADER_BYTES: Map<Buffer, Buffer> = new Map()

/** A record as the client sends it. In a compacted topic an empty value becomes null, which is Kafka's tombstone. */
export function toMessage(record: NewRecord, topic: string, partition: number, given: Given): MessageRecord {
  const { key, value, headers } = record
  const own = given.transfer ? value : Buffer.from(value)
  return {
    topic,
    partition,
    key: Buffer.from(key),
    value: (given.compacted && value.length === 0 ? null : asBuffer(own)) as Buffer,
    headers: headers ? headerBytes(headers) : NO_HEADER_BYTES,
    timestamp: given.timestamp,
  } as MessageRecord
}

export interface Given {
  readonly compacted: boolean
  readonly transfer: boolean
  readonly timestamp: bigint
}

/** Kafka's own default: murmur2 of the key, so that other clients agree on the partition. */
export const partitionOfKey = (key: string, partitions: number): number =>
  partitions === 1 ? 0 : (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions

/**
 * Adds the records of fetched batches from `from` on to `into`; a fetch begins with the whole batch that holds `from`.
 * Returns the offset to go on from.
 */
export function addRecords(
  batches: readonly RecordsBatch[],
  partition: number,
  from: number,
  into: LogRecord[],
): number {
  let next = from
  for (const batch of batches) {
    const first = Number(batch.firstOffset)
    const began = Number(batch.firstTimestamp)
    const appended = batch.attributes & LOG_APPEND_TIME ? Number(batch.maxTimestamp) : undefined
    if ((batch.attributes & IS_CONTROL) === 0)
      for (const record of batch.records) {
        const offset = first + record.offsetDelta
        if (offset < from) continue
        into.push({
          partition,
          offset,
          appendedAt: appended ?? began + Number(record.timestampDelta),
          key: record.key === null ? '' : record.key.toString(),
          value: record.value ?? new Uint8Array(0),
          headers: headersOf(record.headers),
        })
      }
    next = Math.max(next, first + batch.lastOffsetDelta + 1)
  }
  return next
}

function headersOf(pairs: KafkaRecord['headers']): Readonly<Record<string, string>> {
  if (pairs.length === 0) return NO_HEADERS
  return Object.fromEntries(pairs.map(([name, value]) => [String(name), value === null ? '' : String(value)]))
}

const headerBytes = (headers: Readonly<Record<string, string>>): Map<Buffer, Buffer> =>
  new Map(Object.entries(headers).map(([name, value]) => [Buffer.from(name), Buffer.from(value)]))

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
