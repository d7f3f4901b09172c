import { describeLogDirsV4, type MessageRecord } from '@platformatic/kafka'
import { QuartierError } from '../errors.ts'
import { type Clock, wallClock } from '../runtime/clock.ts'
import { type Logger, silentLogger } from '../runtime/logger.ts'
import { TOPICS, type TopicDeclaration } from '../topics.ts'
import { Client, type KafkaAccess } from './kafka/client.ts'
import { consume } from './kafka/consume.ts'
import { closed } from './kafka/errors.ts'
import { Latest } from './kafka/latest.ts'
import { committedOf, rangesOf } from './kafka/offsets.ts'
import { insist, type Patience } from './kafka/patience.ts'
import { readStretch, scan } from './kafka/read.ts'
import { partitionOfKey, toMessage } from './kafka/records.ts'
import { ensureTopics } from './kafka/topics.ts'
import { Writer } from './kafka/writer.ts'
import type { EventLog, LogRecord, NewRecord, Offset, TopicUsage } from './port.ts'

export type { KafkaAccess } from './kafka/client.ts'

export interface KafkaLogOptions extends KafkaAccess {
  /** Gives `appendedAt`, as the clock of the embedded log does (default: the wall clock). */
  readonly clock?: Clock
  readonly topics?: readonly TopicDeclaration[]
  readonly logger?: Logger
  /** Put before the name of every topic and group, so that installations can share brokers (default: nothing). */
  readonly prefix?: string
  /** Copies of every record. Default: three, or as many as there are brokers when a topic is made, any when it exists. */
  readonly replication?: number
  /** Makes topics that are missing (default true). What exists is compared with its declaration and never changed. */
  readonly createTopics?: boolean
  /** Largest record, and largest call for one partition (default 16 MiB). */
  readonly maxRecordBytes?: number
  readonly compression?: 'none' | 'zstd' | 'lz4' | 'gzip' | 'snappy'
  /** How long a call goes on trying while brokers are away, ms (default 120,000); then LOG_UNAVAILABLE. */
  readonly patienceMs?: number
  /** A member of a group that gives no sign of life for this long loses its partitions, ms (default 30,000). */
  readonly sessionMs?: number
  /** Room for look-ups by key, of each compacted topic that is asked (default 64 MiB). */
  readonly latestCacheBytes?: number
}

/**
 * The event log on Apache Kafka (3.1 or newer; tested with 4.1). Beyond what the port promises:
 * - records of one call are kept or refused together per partition, not across partitions;
 * - consumers of one group share its partitions when they go on from the committed position and name no partitions;
 *   with any other `from`, or `partitions`, a consumer reads all that it names, and its group only keeps positions;
 * - a group of the port is one group of Kafka per topic, named `<group>.<topic>`;
 * - retention goes by age and size only: Kafka cannot keep records back for a group (`requiredBy`);
 * - `latest` reads a compacted topic once and then what is new; `usage` counts offsets, also those compacted away.
 * More error codes: LOG_TOPIC_DIFFERS, LOG_RECORD_TOO_LARGE, LOG_DENIED, none of them retriable.
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<EventLog> {
  const { clock = wallClock, topics = TOPICS, logger = silentLogger, prefix = '', patienceMs = 120_000 } = options
  const { maxRecordBytes = 16 * 2 ** 20, compression = 'none', sessionMs = 30_000 } = options
  const client = new Client(options)
  const reader = new Client(options) // large answers to look-ups keep no append waiting
  const ended = new AbortController()
  const patience: Patience = { limitMs: patienceMs, logger, signal: ended.signal }
  const settings = {
    topics,
    prefix,
    maxRecordBytes,
    replication: options.replication,
    create: options.createTopics ?? true,
  }
  await ensureTopics(client, settings, patience).catch(async (error: unknown) => {
    await Promise.all([client.close(), reader.close()])
    throw error
  })
  const writer = new Writer({ client, logger, patienceMs, maxRecordBytes, compression })
  const lookups = new Map<string, Latest>()

  const declared = (name: string): TopicDeclaration => {
    if (ended.signal.aborted) throw closed()
    const found = topics.find((t) => t.name === name)
    if (!found) throw new QuartierError('LOG_TOPIC_UNKNOWN', `use the topic ${name}: it is not declared`)
    return found
  }
  const ranges = (name: string) => {
    const { partitions } = declared(name)
    return insist(`look at ${name}`, patience, () => rangesOf(client, prefix + name, numbers(partitions)))
  }
  const read = (topic: string, from: Offset, limit: number): Promise<LogRecord[]> =>
    readStretch({ client: reader, topic: prefix + topic, patience }, from, limit)
  const groupOf = (topic: string, group: string) => `${prefix}${group}.${topic}`

  return {
    async append(topic, records, { transfer = false } = {}) {
      const declaration = declared(topic)
      const given = {
        transfer,
        compacted: declaration.cleanup === 'compact',
        timestamp: BigInt(Math.round(clock.now())),
      }
      const shares = new Map<number, MessageRecord[]>()
      const places = records.map((record) => {
        const partition = placeOf(record, declaration)
        const share = shares.get(partition) ?? []
        shares.set(partition, share)
        return { partition, index: share.push(toMessage(record, prefix + topic, partition, given)) - 1 }
      })
      const began = new Map<number, number>()
      const parts = [...shares].map(async ([partition, messages]) => {
        began.set(partition, await writer.append(prefix + topic, partition, messages))
      })
      const failed = (await Promise.allSettled(parts)).find((part) => part.status === 'rejected')
      if (failed) throw failed.reason
      return places.map(({ partition, index }) => ({ partition, offset: (began.get(partition) as number) + index }))
    },
    consume(topic, group, consumeOptions) {
      const declaration = declared(topic)
      const partitions = consumeOptions.partitions ?? numbers(declaration.partitions)
      for (const partition of partitions) checkPartition(declaration, partition)
      return consume({
        access: options,
        client,
        topic: prefix + topic,
        group: groupOf(topic, group),
        partitions,
        options: consumeOptions,
        sessionMs,
        patienceMs,
        logger,
        ended: ended.signal,
        hold: () => writer.hold(prefix + topic),
      })
    },
    async read(topic, from, limit) {
      checkPartition(declared(topic), from.partition)
      return read(topic, from, limit)
    },
    async latest(topic, key) {
      declared(topic)
      let lookup = lookups.get(topic)
      if (!lookup) {
        lookup = new Latest({
          ranges: () => ranges(topic),
          scan: (range, take) => scan({ client: reader, topic: prefix + topic, patience }, range, take),
          read: async (partition, offset) => (await read(topic, { partition, offset }, 1))[0],
          cacheBytes: options.latestCacheBytes ?? 64 * 2 ** 20,
        })
        lookups.set(topic, lookup)
      }
      return lookup.find(key)
    },
    async ranges(topic) {
      return ranges(topic)
    },
    async committed(topic, group) {
      const { partitions } = declared(topic)
      const look = () => committedOf(client, groupOf(topic, group), prefix + topic, numbers(partitions))
      return insist(`read the position of ${group}`, patience, look)
    },
    async usage() {
      if (ended.signal.aborted) throw closed()
      const bytes = await insist('look at the space in use', patience, () => bytesOf(client, prefix, topics))
      const looks = topics.map(async ({ name }): Promise<TopicUsage> => {
        const records = (await ranges(name)).reduce((sum, r) => sum + r.next - r.earliest, 0)
        return { topic: name, bytes: bytes.get(prefix + name) ?? 0, records }
      })
      return Promise.all(looks)
    },
    async close() {
      if (ended.signal.aborted) return
      ended.abort()
      await writer.close()
      await Promise.all([client.close(), reader.close()])
    },
  }
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

function placeOf(record: NewRecord, topic: TopicDeclaration): number {
  if (record.partition === undefined) return partitionOfKey(record.key, topic.partitions)
  checkPartition(topic, record.partition)
  return record.partition
}

function checkPartition({ name, partitions }: TopicDeclaration, partition: number): void {
  if (Number.isInteger(partition) && partition >= 0 && partition < partitions) return
  throw new QuartierError('LOG_PARTITION_UNKNOWN', `use partition ${partition} of ${name}: it has ${partitions}`)
}

/** Bytes on the leaders' disks, by topic: copies are not counted. */
async function bytesOf(
  client: Client,
  prefix: string,
  topics: readonly TopicDeclaration[],
): Promise<Map<string, number>> {
  const names = topics.map((t) => prefix + t.name)
  const { brokers } = await client.metadata(names)
  const wanted = topics.map((t) => ({ name: prefix + t.name, partitions: numbers(t.partitions) }))
  const bytes = new Map<string, number>()
  for (const id of brokers.keys()) {
    const { results } = await describeLogDirsV4.api.async(await client.node(id), wanted)
    for (const { name, partitions } of results.flatMap((r) => r.topics))
      for (const { partitionIndex, partitionSize } of partitions)
        if (client.knownLeader(name, partitionIndex) === id)
          bytes.set(name, (bytes.get(name) ?? 0) + Number(partitionSize))
  }
  return bytes
}
