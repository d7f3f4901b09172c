import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { LogRecord } from '../port.ts'
import { TopicReader } from './reader.ts'
import { Segment } from './segment.ts'
import { LogWriter } from './writer.ts'

const FSYNC_FAILED = 1034
const topics = [
  { name: 'raw', partitions: 1, cleanup: 'delete' as const },
  { name: 'state', partitions: 1, cleanup: 'compact' as const },
]

let folder: string
let writer: LogWriter

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quartier-writer-'))
  writer = open()
})
afterEach(() => {
  vi.restoreAllMocks()
  writer.close()
  rmSync(folder, { recursive: true, force: true })
})

function open(): LogWriter {
  return new LogWriter({
    folder,
    topics,
    segmentBytes: 1e6,
    diskBudgetBytes: 1e9,
    tombstoneMs: 1000,
    lockMs: 1000,
  })
}

const append = (text: string, topic = 'raw') =>
  writer.append([{ topic, at: 1, rows: [{ partition: 0, key: text, headers: null, value: Buffer.from(text) }] }])[0]
const failSync = (times: number) => {
  const commit = vi.spyOn(Segment.prototype, 'commit')
  const failing = () => {
    throw Object.assign(new Error('disk I/O error'), { errcode: FSYNC_FAILED })
  }
  for (let i = 0; i < times; i++) commit.mockImplementationOnce(failing)
}
const unavailable = { failed: { code: 'LOG_UNAVAILABLE', retriable: true } }

function contents(topic = topics[0]!) {
  const reader = new TopicReader(folder, topic)
  const records: LogRecord[] = []
  reader.read(0, 0, { records: 100, bytes: 1e6 }, records)
  reader.close()
  return records.map((r) => [r.offset, r.key])
}

describe('a failed fsync', () => {
  it.each([1, 2, 3])('ends the file: what follows %d of them goes into a new one, losing and doubling nothing', (n) => {
    append('a')
    failSync(n)
    for (let i = 0; i < n; i++) expect(append('b')).toMatchObject(unavailable)
    expect(append('b')).toEqual({ offsets: [1] })
    expect(append('c')).toEqual({ offsets: [2] })
    expect(contents()).toEqual([[0, 'a'], [1, 'b'], [2, 'c']]) // biome-ignore format: short
    const old = new Segment(join(folder, 'raw', '0.db'), 0)
    expect([old.sealed, old.next(0)]).toEqual([true, 1])
    old.close()
  })

  it('keeps the file of a compacted topic open, so that nothing recovers what was not written', () => {
    append('a', 'state')
    failSync(1)
    const close = vi.spyOn(Segment.prototype, 'close')
    expect(append('b', 'state')).toMatchObject(unavailable)
    expect(close).not.toHaveBeenCalled()
    expect(append('b', 'state')).toEqual({ offsets: [1] })
    expect(contents(topics[1])).toEqual([[0, 'a'], [1, 'b']]) // biome-ignore format: short
  })

  it('of a process that died is made good before the next one appends', () => {
    append('a')
    const checkpoint = vi.spyOn(Segment.prototype, 'checkpoint')
    const second = open()
    second.prepare()
    expect(checkpoint).toHaveBeenCalled()
    second.close()
  })
})
