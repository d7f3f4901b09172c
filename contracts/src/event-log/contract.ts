import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TopicDeclaration } from '../topics.ts'
import type { Batch, ConsumeOptions, EventLog, LogRecord, NewRecord } from './port.ts'

/** The topics that an adapter under test must serve. */
export const CONTRACT_TOPICS: readonly TopicDeclaration[] = [
  { name: 'contract.events', partitions: 4, cleanup: 'delete' },
  { name: 'contract.single', partitions: 1, cleanup: 'delete' },
  { name: 'contract.compacted', partitions: 2, cleanup: 'compact' },
]
const EVENTS = 'contract.events'
const SINGLE = 'contract.single'
const COMPACTED = 'contract.compacted'

/** A fresh, empty installation of an adapter: every `open` reaches the same records, as another service would. */
export interface LogUnderTest {
  open(): Promise<EventLog>
  dispose(): Promise<void>
}

/**
 * What every adapter of the event log promises, as tests.
 * @param prepare makes an empty log that serves {@link CONTRACT_TOPICS}
 */
export function eventLogContract(name: string, prepare: () => Promise<LogUnderTest>): void {
  describe(`event log contract: ${name}`, () => {
    let place: LogUnderTest
    let log: EventLog
    const opened: EventLog[] = []
    const open = async (): Promise<EventLog> => {
      const another = await place.open()
      opened.push(another)
      return another
    }
    beforeEach(async () => {
      place = await prepare()
      log = await open()
    })
    afterEach(async () => {
      for (const each of opened.splice(0)) await each.close()
      await place.dispose()
    })

    it('gives offsets in the order of the records, growing by one in each partition', async () => {
      const first = await log.append(EVENTS, [record('a', 1, 2), record('b', 2, 0), record('c', 3, 2)])
      const second = await log.append(EVENTS, [record('d', 4, 2)])
      expect(first).toEqual([at(2, 0), at(0, 0), at(2, 1)])
      expect(second).toEqual([at(2, 2)])
    })

    it('puts records with the same key into the same partition, in the order of the calls', async () => {
      const keys = Array.from({ length: 20 }, (_, i) => `device-${i}`)
      await Promise.all(
        Array.from({ length: 10 }, (_, round) =>
          log.append(
            EVENTS,
            keys.map((key) => record(key, round)),
          ),
        ),
      )
      const records = await take(log, 200)
      for (const key of keys) {
        const own = records.filter((r) => r.key === key)
        expect(new Set(own.map((r) => r.partition)).size).toBe(1)
        expect(own.map((r) => r.value[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
      }
    })

    it('returns bytes, key, headers and time as they were appended', async () => {
      const value = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 31) & 0xff)
      const before = Date.now()
      await log.append(SINGLE, [{ key: 'kő/ñ', value, headers: { trace: 'a-1', other: 'ü' } }])
      const [read] = await take(log, 1, { topic: SINGLE })
      expect(Buffer.compare(read!.value, value)).toBe(0)
      expect(read).toMatchObject({ key: 'kő/ñ', headers: { trace: 'a-1', other: 'ü' }, partition: 0, offset: 0 })
      expect(read!.appendedAt).toBeGreaterThanOrEqual(before)
      expect(read!.appendedAt).toBeLessThanOrEqual(Date.now())
    })

    it('leaves the values of the caller alone unless they are handed over', async () => {
      const pool = new Uint8Array([1, 2, 3, 4, 5, 6])
      const pending = log.append(SINGLE, [{ key: 'k', value: pool.subarray(2, 4) }])
      pool.fill(9)
      await pending
      await log.append(SINGLE, [{ key: 'k', value: new Uint8Array([7]) }], { transfer: true })
      const records = await take(log, 2, { topic: SINGLE })
      expect(records.map((r) => [...r.value])).toEqual([[3, 4], [7]])
      expect(pool.length).toBe(6)
    })

    it('accepts a call without records', async () => {
      expect(await log.append(SINGLE, [])).toEqual([])
      expect((await log.ranges(SINGLE))[0]).toEqual({ partition: 0, earliest: 0, next: 0 })
    })

    it('goes on from the committed position in a new consumer of the group', async () => {
      await log.append(SINGLE, numbered(0, 10))
      const stop = new AbortController()
      const seen: number[] = []
      for await (const batch of log.consume(SINGLE, 'g', { signal: stop.signal, maxRecords: 4 })) {
        seen.push(...batch.records.map((r) => r.offset))
        await batch.commit()
        if (seen.length >= 4) stop.abort()
      }
      expect(seen).toEqual([0, 1, 2, 3])
      expect(await log.committed(SINGLE, 'g')).toMatchObject({ 0: 4 })
      const other = await open()
      expect((await take(other, 6, { topic: SINGLE, group: 'g' })).map((r) => r.offset)).toEqual([4, 5, 6, 7, 8, 9])
    })

    it('delivers again what was not committed', async () => {
      await log.append(SINGLE, numbered(0, 3))
      expect((await take(log, 3, { topic: SINGLE, group: 'g' })).length).toBe(3)
      expect((await take(log, 3, { topic: SINGLE, group: 'g' })).map((r) => r.offset)).toEqual([0, 1, 2])
    })

    it('keeps groups independent of one another', async () => {
      await log.append(SINGLE, numbered(0, 5))
      for await (const batch of log.consume(SINGLE, 'one', { signal: AbortSignal.timeout(60_000) })) {
        await batch.commit()
        if ((batch.end[0] ?? 0) >= 5) break
      }
      expect(await log.committed(SINGLE, 'two')).toEqual({})
      expect((await take(log, 5, { topic: SINGLE, group: 'two' })).length).toBe(5)
    })

    it('begins at an end or a position when asked to', async () => {
      await log.append(SINGLE, numbered(0, 5))
      expect((await take(log, 2, { topic: SINGLE, from: { 0: 3 } })).map((r) => r.offset)).toEqual([3, 4])
      expect((await take(log, 1, { topic: SINGLE, from: 'earliest' }))[0]?.offset).toBe(0)
      const late = take(log, 1, { topic: SINGLE, from: 'latest' })
      await log.append(SINGLE, numbered(5, 1))
      expect((await late)[0]?.offset).toBe(5)
    })

    it('refuses to read from beyond the end', async () => {
      await log.append(SINGLE, numbered(0, 2))
      await expect(take(log, 1, { topic: SINGLE, from: { 0: 7 } })).rejects.toMatchObject({
        code: 'LOG_POSITION_AHEAD',
      })
    })

    it('reads the partitions asked for only, each in offset order', async () => {
      for (let i = 0; i < 8; i++) await log.append(EVENTS, [record('k', i, i % 4)])
      const records = await take(log, 4, { partitions: [1, 3] })
      expect(new Set(records.map((r) => r.partition))).toEqual(new Set([1, 3]))
      for (const p of [1, 3]) expect(records.filter((r) => r.partition === p).map((r) => r.offset)).toEqual([0, 1])
    })

    it('keeps a batch within its bounds and gives a larger record alone', async () => {
      const big = { key: 'k', value: new Uint8Array(5000) }
      await log.append(SINGLE, [...numbered(0, 5), big, ...numbered(6, 2)])
      const stop = new AbortController()
      const batches: Batch[] = []
      for await (const batch of log.consume(SINGLE, 'g', { signal: stop.signal, maxRecords: 3, maxBytes: 1000 })) {
        batches.push(batch)
        if ((batch.end[0] ?? 0) >= 8) stop.abort()
      }
      expect(batches.flatMap((b) => b.records.map((r) => r.offset))).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
      for (const { records } of batches) {
        expect(records.length).toBeLessThanOrEqual(3)
        if (records.length > 1) expect(records.reduce((sum, r) => sum + r.value.length, 0)).toBeLessThanOrEqual(1000)
      }
    })

    it('wakes a waiting consumer for records of another opener', async () => {
      const writer = await open()
      const waiting = take(log, 1, { topic: SINGLE })
      await writer.append(SINGLE, numbered(0, 1))
      expect((await waiting)[0]?.offset).toBe(0)
    })

    it('ends quietly when the signal aborts, waiting or not', async () => {
      const stop = new AbortController()
      const ended = drain(log.consume(SINGLE, 'g', { signal: stop.signal }))
      stop.abort()
      expect(await ended).toBe(0)
      expect(await drain(log.consume(SINGLE, 'g', { signal: AbortSignal.abort() }))).toBe(0)
    })

    it('keeps every record of several writers at once, in the order of each', async () => {
      const writers = [log, await open(), await open()]
      await Promise.all(
        writers.map(async (writer, w) => {
          for (let i = 0; i < 30; i++) await writer.append(SINGLE, [{ key: `w${w}`, value: new Uint8Array([w, i]) }])
        }),
      )
      const records = await take(log, 90, { topic: SINGLE })
      expect(records.map((r) => r.offset)).toEqual(Array.from({ length: 90 }, (_, i) => i))
      for (const w of [0, 1, 2])
        expect(records.filter((r) => r.value[0] === w).map((r) => r.value[1])).toEqual(
          Array.from({ length: 30 }, (_, i) => i),
        )
    })

    it('keeps everything across close and open', async () => {
      await log.append(EVENTS, [record('a', 1, 0), record('b', 2, 3)])
      await log.close()
      log = await open()
      expect((await take(log, 2)).map((r) => r.key).sort()).toEqual(['a', 'b'])
      expect(await log.append(EVENTS, [record('c', 3, 3)])).toEqual([at(3, 1)])
    })

    it('keeps the newest record of a key in a compacted topic, offsets unchanged', async () => {
      await log.append(COMPACTED, [record('x', 1, 0), record('y', 2, 0), record('x', 3, 0)])
      expect((await log.latest(COMPACTED, 'x'))?.value[0]).toBe(3)
      expect((await log.latest(COMPACTED, 'y'))?.offset).toBe(1)
      expect(await log.latest(COMPACTED, 'z')).toBeUndefined()
      const newest = new Map<string, number>()
      const stop = new AbortController()
      for await (const batch of log.consume(COMPACTED, 'g', { signal: stop.signal })) {
        for (const r of batch.records) newest.set(r.key, r.value[0]!)
        if ((batch.end[0] ?? 0) >= 3) stop.abort()
      }
      expect(newest).toEqual(new Map([['y', 2], ['x', 3]])) // biome-ignore format: one line reads better
      expect((await log.ranges(COMPACTED))[0]?.next).toBe(3)
    })

    it('shows an empty value as the tombstone of its key', async () => {
      await log.append(COMPACTED, [record('x', 1, 1)])
      await log.append(COMPACTED, [{ key: 'x', partition: 1, value: new Uint8Array(0) }])
      expect(await log.latest(COMPACTED, 'x')).toBeUndefined()
      const seen = await take(log, 1, { topic: COMPACTED, until: (r) => r.value.length === 0 })
      expect(seen.at(-1)).toMatchObject({ key: 'x', offset: 1 })
    })

    it('reads a stretch of one partition without a group', async () => {
      await log.append(
        EVENTS,
        [0, 1, 2, 3, 4].map((i) => record('k', i, 1)),
      )
      expect((await log.read(EVENTS, at(1, 2), 2)).map((r) => r.offset)).toEqual([2, 3])
      expect(await log.read(EVENTS, at(1, 5), 10)).toEqual([])
      expect(await log.read(EVENTS, at(0, 0), 10)).toEqual([])
    })

    it('tells the range of every partition and the use of every topic', async () => {
      await log.append(EVENTS, [record('a', 1, 0), record('b', 2, 2), record('c', 3, 2)])
      expect(await log.ranges(EVENTS)).toEqual(
        [0, 1, 2, 3].map((p) => ({ partition: p, earliest: 0, next: [1, 0, 2, 0][p] })),
      )
      const usage = (await log.usage()).find((u) => u.topic === EVENTS)
      expect(usage?.records).toBe(3)
      expect(usage?.bytes).toBeGreaterThan(0)
    })

    it('answers mistakes with coded errors', async () => {
      const wrongPartition = { code: 'LOG_PARTITION_UNKNOWN', retriable: false }
      await expect(log.append('contract.none', numbered(0, 1))).rejects.toMatchObject({ code: 'LOG_TOPIC_UNKNOWN' })
      await expect(log.append(SINGLE, [record('a', 1, 1)])).rejects.toMatchObject(wrongPartition)
      await expect(log.read(SINGLE, at(9, 0), 1)).rejects.toMatchObject(wrongPartition)
      await expect(log.ranges('contract.none')).rejects.toMatchObject({ code: 'LOG_TOPIC_UNKNOWN' })
    })

    it('finishes pending appends when it closes and answers with LOG_CLOSED afterwards', async () => {
      const pending = log.append(SINGLE, numbered(0, 3))
      const reading = drain(log.consume(SINGLE, 'g', { signal: AbortSignal.timeout(60_000), from: 'latest' }))
      const ended = expect(reading).rejects.toMatchObject({ code: 'LOG_CLOSED' })
      await log.close()
      await log.close()
      expect((await pending).length).toBe(3)
      await ended
      const code = { code: 'LOG_CLOSED' }
      await expect(log.append(SINGLE, numbered(0, 1))).rejects.toMatchObject(code)
      await expect(log.read(SINGLE, at(0, 0), 1)).rejects.toMatchObject(code)
      await expect(log.usage()).rejects.toMatchObject(code)
      expect((await (await open()).ranges(SINGLE))[0]?.next).toBe(3)
    })
  })
}

const at = (partition: number, offset: number) => ({ partition, offset })

const record = (key: string, byte: number, partition?: number): NewRecord => ({
  key,
  value: new Uint8Array([byte]),
  ...(partition === undefined ? {} : { partition }),
})

const numbered = (from: number, count: number): NewRecord[] =>
  Array.from({ length: count }, (_, i) => record(`k${from + i}`, from + i))

interface Taking extends Partial<Omit<ConsumeOptions, 'signal'>> {
  readonly topic?: string
  readonly group?: string
  readonly until?: (record: LogRecord) => boolean
}

/** Consumes until `count` records have come, or one of which `until` says so. */
async function take(log: EventLog, count: number, options: Taking = {}): Promise<LogRecord[]> {
  const { topic = EVENTS, group = 'taker', until, ...rest } = options
  const stop = new AbortController()
  const records: LogRecord[] = []
  for await (const batch of log.consume(topic, group, { ...rest, signal: stop.signal })) {
    records.push(...batch.records)
    if (until ? records.some(until) : records.length >= count) stop.abort()
  }
  return records
}

async function drain(batches: AsyncIterable<Batch>): Promise<number> {
  let count = 0
  for await (const batch of batches) count += batch.records.length
  return count
}
