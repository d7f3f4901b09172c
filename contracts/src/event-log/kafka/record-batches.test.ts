import { type CompressionAlgorithmValue, createRecordsBatch, type MessageRecord } from '@platformatic/kafka'
import { expect, it } from 'vitest'
import type { LogRecord } from '../port.ts'
import { addRecords } from './record-batches.ts'
import { toMessage } from './records.ts'

const NOW = 1_770_000_000_000

/** Two batches as a broker would send them: offsets 5, 6 and 7, 8. */
function twoBatches(compression: CompressionAlgorithmValue = 'none'): Buffer {
  return Buffer.concat([batch([5, 6], compression), batch([7, 8], compression)])
}

function batch(offsets: readonly number[], compression: CompressionAlgorithmValue): Buffer {
  const messages = offsets.map((offset): MessageRecord => {
    const value = new Uint8Array(300).fill(offset)
    const record = { key: `kő-${offset}`, value, headers: offset === 6 ? { trace: 'ü-1' } : undefined }
    const given = { compacted: false, transfer: false, timestamp: BigInt(NOW + offset * 100) }
    return toMessage(record, 't', 3, given)
  })
  const bytes = Buffer.from(createRecordsBatch(messages, { compression }).buffer)
  bytes.writeBigInt64BE(BigInt(offsets[0] ?? 0), 0)
  return bytes
}

function read(bytes: Buffer, from: number): { records: LogRecord[]; next: number } {
  const records: LogRecord[] = []
  return { next: addRecords(bytes, 3, from, records), records }
}

it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)(
  'reads records as they were sent, compressed with %s',
  (c) => {
    const { records, next } = read(twoBatches(c), 5)
    expect(next).toBe(9)
    expect(records.map((r) => [r.offset, r.key, r.appendedAt, r.value[299]])).toEqual(
      [5, 6, 7, 8].map((o) => [o, `kő-${o}`, NOW + o * 100, o]),
    )
    expect(records.map((r) => r.headers)).toEqual([{}, { trace: 'ü-1' }, {}, {}])
  },
)

it('skips what lies before the offset that was asked for', () => {
  expect(read(twoBatches(), 6).records.map((r) => r.offset)).toEqual([6, 7, 8])
  expect(read(twoBatches(), 8).records.map((r) => r.offset)).toEqual([8])
})

it('leaves a batch that is cut off for the next fetch', () => {
  const bytes = twoBatches()
  const first = 12 + bytes.readInt32BE(8)
  for (const length of [bytes.length - 1, first + 70, first + 5])
    expect(read(bytes.subarray(0, length), 5).next).toBe(7)
})

it('says LOG_CORRUPT when a byte has changed on the way', () => {
  const bytes = twoBatches()
  bytes[bytes.length - 10] = (bytes[bytes.length - 10] ?? 0) ^ 1
  expect(() => read(bytes, 5)).toThrow(expect.objectContaining({ code: 'LOG_CORRUPT' }))
})
