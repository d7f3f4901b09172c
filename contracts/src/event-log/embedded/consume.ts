import type { Batch, ConsumeOptions, LogRecord, Position } from '../port.ts'
import { closed } from './errors.ts'
import type { Pulse } from './pulse.ts'
import type { TopicReader } from './reader.ts'

export interface Consumer {
  readonly topic: string
  readonly partitions: readonly number[]
  readonly options: ConsumeOptions
  readonly pulse: Pulse
  /** Aborts when the log closes. */
  readonly ended: AbortSignal
  readonly reader: () => TopicReader
  readonly committed: () => Position
  readonly commit: (position: Position) => Promise<void>
  /** Runs a look at the files and translates its errors. */
  readonly looking: <T>(what: string, look: () => T) => T
}

/** The loop of one consumer: read, hand over, and wait when nothing is there. */
export async function* consume(consumer: Consumer): AsyncGenerator<Batch> {
  const { options, partitions, looking } = consumer
  const { maxRecords = 512, maxBytes = 8 * 1024 * 1024 } = options
  const stop = AbortSignal.any([options.signal, consumer.ended])
  const position = looking('find where to begin', () => begin(consumer))
  for (let turn = 0; !stop.aborted; turn++) {
    const seen = looking('look for records', () => consumer.reader().version())
    const records: LogRecord[] = []
    const budget = { records: maxRecords, bytes: maxBytes }
    for (let i = 0; i < partitions.length; i++) {
      const partition = partitions[(i + turn) % partitions.length] as number
      const share = fairShare(budget, partitions.length - i)
      const given = { ...share }
      position[partition] = looking(`read partition ${partition}`, () =>
        consumer.reader().read(partition, position[partition] ?? 0, share, records),
      )
      budget.records -= given.records - share.records
      budget.bytes -= given.bytes - share.bytes
    }
    if (records.length === 0) {
      await consumer.pulse.wait(consumer.topic, () => consumer.reader().version() !== seen, stop)
      continue
    }
    const end: Position = { ...position }
    yield { records, end, commit: () => consumer.commit(end) }
  }
  if (consumer.ended.aborted && !options.signal.aborted) throw closed()
}

function begin(consumer: Consumer): Record<number, number> {
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
