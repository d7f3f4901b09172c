import { type MessageRecord, murmur2 } from '@platformatic/kafka'
import type { NewRecord } from '../port.ts'

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

const headerBytes = (headers: Readonly<Record<string, string>>): Map<Buffer, Buffer> =>
  new Map(Object.entries(headers).map(([name, value]) => [Buffer.from(name), Buffer.from(value)]))

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
