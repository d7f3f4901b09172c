import { randomUUID } from 'node:crypto'
import { deleteTopicsV6 } from '@platformatic/kafka'
import { afterEach, describe, expect, it } from 'vitest'
import type { TopicDeclaration } from '../topics.ts'
import { CONTRACT_TOPICS, eventLogContract, type LogUnderTest } from './contract.ts'
import { Client } from './kafka/client.ts'
import { type KafkaLogOptions, openKafkaLog } from './kafka.ts'
import type { Batch, EventLog, NewRecord } from './port.ts'

const brokers = process.env.QUARTIER_TEST_KAFKA ?? ''
const secure = JSON.parse(process.env.QUARTIER_TEST_KAFKA_SECURE ?? 'null') as Secure | null
const EVENTS = 'contract.events'
const COMPACTED = 'contract.compacted'

interface Secure {
  readonly bootstrap: string
  readonly caFile: string
  readonly user: string
  readonly password: string
}

const quick = { topics: CONTRACT_TOPICS, patienceMs: 30_000, sessionMs: 10_000 }

/** Topics of its own on the brokers under test, removed in the end. */
async function prepare() {
  const prefix = `test-${randomUUID().slice(0, 8)}.`
  return {
    open: (more?: Partial<KafkaLogOptions>) => openKafkaLog({ brokers, prefix, ...quick, ...more }),
    async dispose() {
      const client = new Client({ brokers })
      const names = CONTRACT_TOPICS.map((t) => ({ name: prefix + t.name }))
      await deleteTopicsV6.api.async(await client.anyNode(), names, 10_000)
      await client.close()
    },
  }
}

if (brokers) eventLogContract('Kafka', prepare as () => Promise<LogUnderTest>)

describe.skipIf(!brokers)('the event log on Kafka (set QUARTIER_TEST_KAFKA to run)', () => {
  const open: EventLog[] = []
  const places: LogUnderTest[] = []
  afterEach(async () => {
    for (const log of open.splice(0)) await log.close()
    for (const place of places.splice(0)) await place.dispose()
  })
  const place = async () => {
    const made = await prepare()
    places.push(made)
    const opener = async (more?: Partial<KafkaLogOptions>) => {
      const log = await made.open(more)
      open.push(log)
      return log
    }
    return { ...made, open: opener }
  }

  it('shares the partitions among two members, keeps what stays, and gives back what a member leaves', async () => {
    const { open } = await place()
    const [writer, one, two] = [await open(), await open(), await open()]
    const first = member(one)
    await until(async () => {
      await writer.append(EVENTS, everywhere(0))
      return first.partitions.size === 4
    })
    const second = member(two)
    await until(async () => {
      await writer.append(EVENTS, everywhere(1))
      first.partitions.clear()
      return second.partitions.size === 2
    })
    await until(async () => {
      first.partitions.clear()
      second.partitions.clear()
      await writer.append(EVENTS, everywhere(2))
      const { next } = await ends(writer)
      await until(() => next.every((n, p) => n <= Math.max(first.reached.get(p) ?? 0, second.reached.get(p) ?? 0)))
      return first.partitions.size === 2 && second.partitions.size === 2
    })
    expect([...first.partitions, ...second.partitions].sort()).toEqual([0, 1, 2, 3])
    await second.stop()
    await writer.append(EVENTS, everywhere(3))
    const { next } = await ends(writer)
    await until(() => next.every((n, p) => (first.reached.get(p) ?? 0) >= n))
    await first.stop()
    expect(await writer.committed(EVENTS, 'team')).toEqual(Object.fromEntries(next.entries()))
    const seen = new Set([...first.seen, ...second.seen])
    expect(seen.size).toBe(next.reduce((sum, n) => sum + n, 0))
  })

  it('gives every record to each reader that names where to begin, whoever else is in the group', async () => {
    const { open } = await place()
    const [writer, one, two] = [await open(), await open(), await open()]
    const sharing = member(writer)
    await writer.append(EVENTS, everywhere(0))
    const all = await Promise.all([one, two].map((log) => taken(log, 4, 'earliest')))
    expect(all.map((records) => records.length)).toEqual([4, 4])
    await sharing.stop()
  })

  it('keeps records of many megabytes, and refuses larger ones than the topics take', async () => {
    const { open } = await place()
    const log = await open({ maxRecordBytes: 13 * 2 ** 20 })
    const value = new Uint8Array(12 * 2 ** 20).map((_, i) => (i * 7) & 0xff)
    await log.append(EVENTS, [{ key: 'big', partition: 0, value }])
    await log.append(EVENTS, [{ key: 'small', partition: 0, value: new Uint8Array([1]) }])
    const records = await taken(log, 2, 'earliest')
    expect(Buffer.compare(records[0]?.value ?? new Uint8Array(), value)).toBe(0)
    expect(records[1]?.key).toBe('small')
    const huge = { key: 'huge', value: new Uint8Array(14 * 2 ** 20) }
    await expect(log.append(EVENTS, [huge])).rejects.toMatchObject({ code: 'LOG_RECORD_TOO_LARGE', retriable: false })
  })

  it('says what differs between a topic and its declaration, and changes nothing', async () => {
    const { open } = await place()
    await open()
    const other: readonly TopicDeclaration[] = [
      { name: EVENTS, partitions: 8, cleanup: 'delete', retentionMs: 3_600_000, retentionBytes: 8e9 },
    ]
    const refused = await open({ topics: other }).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'LOG_TOPIC_DIFFERS', retriable: false })
    expect(String(refused)).toMatch(/partitions of test-\w+\.contract\.events is 4, declared is 8/)
    expect(String(refused)).toContain('is -1, declared is 3600000')
    expect(String(refused)).toContain('is -1, declared is 1000000000')
    await open()
    const absent: TopicDeclaration = { name: 'never.made', partitions: 1, cleanup: 'delete' }
    await expect(open({ topics: [absent], createTopics: false })).rejects.toMatchObject({ code: 'LOG_TOPIC_UNKNOWN' })
  })

  it('finds the newest record of a key when there is no room for all of them', async () => {
    const { open } = await place()
    const log = await open({ latestCacheBytes: 2_000 })
    const values = Array.from({ length: 60 }, (_, i) => ({ key: `k${i % 30}`, value: new Uint8Array(100).fill(i) }))
    await log.append(COMPACTED, values)
    for (const i of [0, 15, 29]) expect((await log.latest(COMPACTED, `k${i}`))?.value[0]).toBe(30 + i)
    await log.append(COMPACTED, [{ key: 'k0', value: new Uint8Array([99]) }])
    expect((await log.latest(COMPACTED, 'k0'))?.value[0]).toBe(99)
  })

  it.skipIf(!secure).each(['PLAIN', 'SCRAM-SHA-512'] as const)(
    'writes, reads and joins groups through TLS with %s',
    async (mechanism) => {
      const { open } = await place()
      const { bootstrap, caFile, user, password } = secure as Secure
      const access = { brokers: bootstrap, tls: { caFile } }
      const log = await open({ ...access, sasl: { mechanism, user, password: async () => password } })
      await log.append(EVENTS, everywhere(5))
      expect((await taken(log, 4)).map((r) => r.value[0])).toEqual([5, 5, 5, 5])
      const wrong = open({ ...access, sasl: { mechanism, user, password: 'wrong' } })
      await expect(wrong).rejects.toMatchObject({ code: 'LOG_DENIED', retriable: false })
    },
  )
})

const everywhere = (byte: number): NewRecord[] =>
  [0, 1, 2, 3].map((partition) => ({ key: `p${partition}`, partition, value: new Uint8Array([byte]) }))

async function ends(log: EventLog): Promise<{ next: number[] }> {
  return { next: (await log.ranges(EVENTS)).map((r) => r.next) }
}

/** A consumer of the group `team` that commits all it sees. */
function member(log: EventLog) {
  const stop = new AbortController()
  const partitions = new Set<number>()
  const reached = new Map<number, number>()
  const seen = new Set<string>()
  const run = async () => {
    for await (const batch of log.consume(EVENTS, 'team', { signal: stop.signal })) {
      for (const { partition, offset } of batch.records) {
        partitions.add(partition)
        reached.set(partition, offset + 1)
        seen.add(`${partition}/${offset}`)
      }
      await batch.commit()
    }
  }
  const running = run()
  const end = async () => {
    stop.abort()
    await running
  }
  return { partitions, reached, seen, stop: end }
}

async function taken(log: EventLog, count: number, from?: 'earliest'): Promise<Batch['records']> {
  const stop = new AbortController()
  const records: Batch['records'][number][] = []
  for await (const batch of log.consume(EVENTS, 'taker', { from, signal: stop.signal })) {
    records.push(...batch.records)
    if (records.length >= count) stop.abort()
  }
  return records
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  await expect.poll(condition, { timeout: 60_000, interval: 20 }).toBe(true)
}
