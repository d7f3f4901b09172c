import { mkdirSync } from 'node:fs'
import { QuartierError } from '../errors.ts'
import { type Clock, wallClock } from '../runtime/clock.ts'
import { type Logger, silentLogger } from '../runtime/logger.ts'
import { hashed, hashText } from '../series/id.ts'
import { TOPICS, type TopicDeclaration } from '../topics.ts'
import { AppendQueue, inlineWriter, threadWriter } from './embedded/append-queue.ts'
import { consume } from './embedded/consume.ts'
import { closed, translate } from './embedded/errors.ts'
import { Groups } from './embedded/groups.ts'
import { Pulse } from './embedded/pulse.ts'
import { TopicReader } from './embedded/reader.ts'
import type { Row } from './embedded/segment.ts'
import type { EventLog, LogRecord, NewRecord } from './port.ts'

export interface EmbeddedLogOptions {
  /** Made when missing. Several logs, also of other processes on this machine, may share it. */
  readonly folder: string
  /** Gives `appendedAt` and the age of what is kept (default: the wall clock). */
  readonly clock?: Clock
  readonly topics?: readonly TopicDeclaration[]
  readonly logger?: Logger
  /** A file of a topic is ended at this size (default 64 MiB, at most an eighth of the topic's retention). */
  readonly segmentBytes?: number
  /** All topics together (default 10 GB): beyond it the oldest raw readings go first. */
  readonly diskBudgetBytes?: number
  /** How long readers of a compacted topic can still see that a key was deleted (default one day). */
  readonly tombstoneMs?: number
  /** How long an append waits for other processes (default 10 s). */
  readonly lockMs?: number
  /** How often retention looks, real ms (default one minute; 0: only when a file is full). */
  readonly maintainMs?: number
  /** Writes in the calling thread instead of one of its own: less CPU per call, but every fsync blocks the caller. */
  readonly inline?: boolean
}

export interface EmbeddedLog extends EventLog {
  /** Does the housekeeping now: age, size, budget, tombstones. */
  maintain(): Promise<void>
}

/** Share of the disk budget from which on the operator is told. */
const NEARLY_FULL = 0.9

/** Opens the event log of this machine: SQLite files under `folder`, no server. */
export async function openEmbeddedLog(options: EmbeddedLogOptions): Promise<EmbeddedLog> {
  const { folder, clock = wallClock, topics = TOPICS, logger = silentLogger } = options
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw translate(error, `open the event log in ${folder}`, folder)
  }
  const settings = {
    folder,
    topics,
    segmentBytes: options.segmentBytes ?? 64 * 1024 * 1024,
    diskBudgetBytes: options.diskBudgetBytes ?? 10e9,
    tombstoneMs: options.tombstoneMs ?? 86_400_000,
    lockMs: options.lockMs ?? 10_000,
  }
  const queue = new AppendQueue(options.inline ? inlineWriter(settings) : threadWriter(settings))
  const readers = new Map<string, TopicReader>()
  const groups = new Groups(folder)
  const pulse = new Pulse()
  const ended = new AbortController()

  const declared = (name: string): TopicDeclaration => {
    if (ended.signal.aborted) throw closed()
    const found = topics.find((t) => t.name === name)
    if (!found) throw new QuartierError('LOG_TOPIC_UNKNOWN', `use the topic ${name}: it is not declared`)
    return found
  }
  const readerOf = (name: string): TopicReader => {
    const declaration = declared(name)
    let reader = readers.get(name)
    if (!reader) {
      reader = new TopicReader(folder, declaration)
      readers.set(name, reader)
    }
    return reader
  }
  const looking = <T>(what: string, look: () => T): T => {
    try {
      return look()
    } catch (error) {
      throw translate(error, what, folder)
    }
  }

  const log: EmbeddedLog = {
    async append(topic, records, appendOptions) {
      const declaration = declared(topic)
      if (records.length === 0) return []
      const rows = records.map((record) => toRow(record, declaration, appendOptions?.transfer ?? false))
      const offsets = await queue.append({ topic, at: clock.now(), rows })
      pulse.wake(topic)
      return offsets.map((offset, i) => ({ partition: (rows[i] as Row).partition, offset }))
    },
    consume(topic, group, consumeOptions) {
      const { partitions: count } = declared(topic)
      const partitions = consumeOptions.partitions ?? Array.from({ length: count }, (_, p) => p)
      for (const partition of partitions) checkPartition(topic, partition, count)
      return consume({
        topic,
        group,
        partitions,
        options: consumeOptions,
        pulse,
        logger,
        ended: ended.signal,
        reader: () => readerOf(topic),
        committed: () => looking(`read the position of ${group}`, () => groups.committed(topic, group)),
        commit: async (position) => void (await queue.ask({ kind: 'commit', topic, group, position })),
        translate: (error, what) => translate(error, what, folder),
      })
    },
    async read(topic, from, limit) {
      checkPartition(topic, from.partition, declared(topic).partitions)
      const records: LogRecord[] = []
      const budget = { records: limit, bytes: Number.POSITIVE_INFINITY }
      looking(`read ${topic}`, () => readerOf(topic).read(from.partition, from.offset, budget, records))
      return records
    },
    async latest(topic, key) {
      return looking(`look up ${key} in ${topic}`, () => readerOf(topic).latest(key))
    },
    async ranges(topic) {
      return looking(`look at ${topic}`, () => readerOf(topic).ranges())
    },
    async committed(topic, group) {
      declared(topic)
      return looking(`read the position of ${group}`, () => groups.committed(topic, group))
    },
    async usage() {
      return topics.map(({ name }) => ({ topic: name, ...looking(`look at ${name}`, () => readerOf(name).usage()) }))
    },
    async maintain() {
      for (const { topic, number, bytes, because } of await queue.ask({ kind: 'maintain', now: clock.now() })) {
        if (because === 'budget') logger.warn({ topic, segment: number, bytes }, 'log.budget.removed')
        else logger.info({ topic, segment: number, bytes, because }, 'log.retention.removed')
      }
      const bytes = (await log.usage()).reduce((sum, use) => sum + use.bytes, 0)
      const { diskBudgetBytes } = settings
      if (bytes > NEARLY_FULL * diskBudgetBytes) logger.warn({ bytes, diskBudgetBytes }, 'log.budget.nearly_used')
    },
    async close() {
      if (ended.signal.aborted) return
      ended.abort()
      clearInterval(timer)
      await queue.close()
      for (const reader of readers.values()) reader.close()
      groups.close()
    },
  }
  const timer = setInterval(() => {
    log.maintain().catch((error) => logger.warn({ err: error }, 'log.maintenance.failed'))
  }, options.maintainMs || 60_000)
  timer.unref()
  if (options.maintainMs === 0) clearInterval(timer)
  return log
}

function toRow(record: NewRecord, topic: TopicDeclaration, transfer: boolean): Row {
  const { key, value, headers } = record
  if (record.partition !== undefined) checkPartition(topic.name, record.partition, topic.partitions)
  const whole = value.byteLength === value.buffer.byteLength
  return {
    partition: record.partition ?? partitionOfKey(key, topic.partitions),
    key,
    headers: headers && Object.keys(headers).length > 0 ? JSON.stringify(headers) : null,
    value: transfer && whole ? value : new Uint8Array(value),
  }
}

function partitionOfKey(key: string, partitions: number): number {
  if (partitions === 1) return 0
  hashText(key)
  return hashed.lo % partitions
}

function checkPartition(topic: string, partition: number, partitions: number): void {
  if (Number.isInteger(partition) && partition >= 0 && partition < partitions) return
  throw new QuartierError('LOG_PARTITION_UNKNOWN', `use partition ${partition} of ${topic}: it has ${partitions}`)
}
