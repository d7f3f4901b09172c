import { setTimeout as delay } from 'node:timers/promises'
import type { QuartierError } from '../../errors.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { Batch, ConsumeOptions, LogRecord, Position } from '../port.ts'
import { closed } from './errors.ts'
import type { Pulse } from './pulse.ts'
import type { TopicReader } from './reader.ts'

export interface Consumer {
  readonly topic: string
  readonly group: string
  readonly partitions: readonly number[]
  readonly options: ConsumeOptions
  readonly pulse: Pulse
  readonly logger: Logger
  /** Aborts when the log closes. */
  readonly ended: AbortSignal
  readonly reader: () => TopicReader
  readonly committed: () => Position
  readonly commit: (position: Position) => Promise<void>
  readonly translate: (error: unknown, what: string) => QuartierError
}

interface Found {
  readonly records: readonly LogRecord[]
  readonly end: Position
}

const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 1000

/** The loop of one consumer: read, hand over, and wait when nothing is there. Trouble that may pass is waited out. */
export async function* consume(consumer: Consumer): AsyncGenerator<Batch> {
  const { options, ended } = consumer
  const stop = AbortSignal.any([options.signal, ended])
  let position = await insist(consumer, stop, 'find where to begin', () => begin(consumer))
  for (let turn = 0; position && !stop.aborted; turn++) {
    const from: Position = position
    const found: Found | undefined = await insist(consumer, stop, 'read on', () => look(consumer, from, turn, stop))
    if (!found) break
    const { records, end } = found
    position = end
    if (records.length > 0) yield { records, end, commit: () => consumer.commit(end) }
  }
  if (ended.aborted && !options.signal.aborted) throw closed()
}

/** What is there from `from` on; waits once when that is nothing. Partitions take turns in coming first. */
async function look(consumer: Consumer, from: Position, turn: number, stop: AbortSignal): Promise<Found> {
  const { options, partitions, reader, pulse, topic } = consumer
  const { maxRecords = 512, maxBytes = 8 * 1024 * 1024 } = options
  const seen = reader().version()
  const records: LogRecord[] = []
  const end: Record<number, number> = { ...from }
  const budget = { records: maxRecords, bytes: maxBytes }
  for (let i = 0; i < partitions.length; i++) {
    const partition = partitions[(i + turn) % partitions.length] as number
    const share = fairShare(budget, partitions.length - i)
    const given = { ...share }
    end[partition] = reader().read(partition, end[partition] ?? 0, share, records)
    budget.records -= given.records - share.records
    budget.bytes -= given.bytes - share.bytes
  }
  if (records.length === 0) await pulse.wait(topic, () => reader().version() !== seen, stop)
  return { records, end }
}

/**
 * Repeats `work` while its errors may pass, with growing pauses; `undefined` when the consumer is to stop.
 * @throws QuartierError that is not retriable
 */
async function insist<T>(
  consumer: Consumer,
  stop: AbortSignal,
  what: string,
  work: () => T | Promise<T>,
): Promise<T | undefined> {
  const { topic, group, logger } = consumer
  for (let attempt = 0; ; attempt++) {
    try {
      const result = await work()
      if (attempt > 0) logger.info({ topic, group, attempt }, 'log.consumer_recovered')
      return result
    } catch (error) {
      if (stop.aborted) return undefined
      const trouble = consumer.translate(error, `${what} in ${topic}`)
      if (!trouble.retriable) throw trouble
      if (attempt === 0)
        logger.warn({ topic, group, code: trouble.code, reason: trouble.message }, 'log.consumer_waiting')
      await delay(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt), undefined, { signal: stop }).catch(
        () => {},
      )
    }
  }
}

function begin(consumer: Consumer): Position {
  const { from = 'committed' } = consumer.options
  const wanted: Position = from === 'committed' ? consumer.committed() : typeof from === 'object' ? from : {}
  const ranges = consumer.reader().ranges()
  return Object.fromEntries(
    consumer.partitions.map((p) => {
      const range = ranges[p]
      const start = from === 'latest' ? range?.next : range?.earliest
      return [p, Math.max(wanted[p] ?? 0, start ?? 0)]
    }),
  )
}

/** What one of the `left` partitions may take, so that a busy one does not starve the others. */
function fairShare(budget: { records: number; bytes: number }, left: number): { records: number; bytes: number } {
  return { records: Math.ceil(budget.records / left), bytes: Math.ceil(budget.bytes / left) }
}
