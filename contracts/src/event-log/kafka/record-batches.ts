import { compressionsAlgorithmsByBitmask, crc32c, IS_COMPRESSED, IS_CONTROL } from '@platformatic/kafka'
import { QuartierError } from '../../errors.ts'
import type { LogRecord } from '../port.ts'

/*
 * A record batch, all numbers big-endian (Kafka protocol, message format 2):
 *    0 i64 first offset   8 i32 bytes from here on   12 i32 leader epoch   16 i8 format   17 u32 CRC-32C of the rest
 *   21 i16 attributes    23 i32 last offset − first  27 i64 first time    35 i64 largest time
 *   43 i64, 51 i16, 53 i32: producer                 57 i32 records       61 the records
 */
const LENGTH = 8
const CRC = 17
const ATTRIBUTES = 21
const LAST_DELTA = 23
const FIRST_TIME = 27
const LARGEST_TIME = 35
const COUNT = 57
const RECORDS = 61
const LOG_APPEND_TIME = 8 // attribute: the largest time holds for all records

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({})
const NO_VALUE = new Uint8Array(0)

/**
 * Adds the records of fetched batches from offset `from` on to `into`; their values are views of `bytes`. A fetch begins
 * with the whole batch that holds `from` and may end within one.
 * @returns the offset to go on from
 * @throws  QuartierError LOG_CORRUPT when a checksum does not fit
 */
export function addRecords(bytes: Buffer, partition: number, from: number, into: LogRecord[]): number {
  let next = from
  for (let at = 0; at + RECORDS <= bytes.length; ) {
    const end = at + LENGTH + 4 + bytes.readInt32BE(at + LENGTH)
    if (end > bytes.length) break
    const first = int64(bytes, at)
    const last = first + bytes.readInt32BE(at + LAST_DELTA)
    if (last >= from) {
      if (bytes.readUInt32BE(at + CRC) !== crc32c(bytes.subarray(at + ATTRIBUTES, end)) >>> 0)
        throw new QuartierError('LOG_CORRUPT', `read partition ${partition} at offset ${first}: wrong checksum`)
      const attributes = bytes.readInt16BE(at + ATTRIBUTES)
      if ((attributes & IS_CONTROL) === 0) addBatch(bytes, at, end, { partition, first, from, attributes }, into)
      next = last + 1
    }
    at = end
  }
  return next
}

interface BatchFacts {
  readonly partition: number
  readonly first: number
  readonly from: number
  readonly attributes: number
}

function addBatch(bytes: Buffer, at: number, end: number, facts: BatchFacts, into: LogRecord[]): void {
  const { partition, first, from, attributes } = facts
  const began = int64(bytes, at + FIRST_TIME)
  const appended = attributes & LOG_APPEND_TIME ? int64(bytes, at + LARGEST_TIME) : undefined
  const count = bytes.readInt32BE(at + COUNT)
  const packed = attributes & IS_COMPRESSED
  const source = packed ? unpack(bytes.subarray(at + RECORDS, end), packed) : bytes
  const cursor: Cursor = { bytes: source, at: packed ? 0 : at + RECORDS }
  for (let i = 0; i < count; i++) {
    const length = varint(cursor)
    const after = cursor.at + length
    cursor.at++ // attributes of the record, unused
    const time = varint(cursor)
    const offset = first + varint(cursor)
    if (offset >= from)
      into.push({
        partition,
        offset,
        appendedAt: appended ?? began + time,
        key: text(cursor),
        value: piece(cursor) ?? NO_VALUE,
        headers: headers(cursor),
      })
    cursor.at = after
  }
}

function unpack(bytes: Buffer, bitmask: number): Buffer {
  const algorithm = compressionsAlgorithmsByBitmask[bitmask]
  if (!algorithm) throw new QuartierError('LOG_CORRUPT', `read records: compression ${bitmask} is unknown`)
  return algorithm.decompressSync(bytes)
}

interface Cursor {
  readonly bytes: Buffer
  at: number
}

function headers(cursor: Cursor): Readonly<Record<string, string>> {
  const count = varint(cursor)
  if (count <= 0) return NO_HEADERS
  const found: Record<string, string> = {}
  for (let i = 0; i < count; i++) {
    const name = text(cursor)
    found[name] = text(cursor)
  }
  return found
}

function text(cursor: Cursor): string {
  const length = varint(cursor)
  if (length <= 0) return ''
  const from = cursor.at
  cursor.at += length
  return cursor.bytes.toString('utf8', from, cursor.at)
}

function piece(cursor: Cursor): Uint8Array | undefined {
  const length = varint(cursor)
  if (length <= 0) return undefined
  const from = cursor.at
  cursor.at += length
  return cursor.bytes.subarray(from, cursor.at)
}

/** A zigzag number of up to 53 bits. */
function varint(cursor: Cursor): number {
  const { bytes } = cursor
  let byte = bytes[cursor.at++] as number
  if (byte < 128) return (byte >>> 1) ^ -(byte & 1)
  let value = byte & 127
  let scale = 128
  do {
    byte = bytes[cursor.at++] as number
    value += (byte & 127) * scale
    scale *= 128
  } while (byte >= 128)
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}

const int64 = (bytes: Buffer, at: number): number => bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4)
