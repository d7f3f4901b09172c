/**
 * Reads `readings.v1` from Kafka into columns as ingest does, over and over, and answers with what each pass cost this
 * process. `fork` it with a job as its first message.
 */
import { createColumns, decodeBatchInto, READINGS } from '@quartier/contracts'
import { openKafkaLog } from '@quartier/contracts/event-log/kafka'

export interface ConsumeJob {
  readonly brokers: string
  readonly passes: number
}

export interface ConsumeResult {
  readonly records: number
  readonly readings: number
  readonly bytes: number
  /** Readings per CPU-second, all threads, one figure per pass. */
  readonly perCpuSecond: readonly number[]
}

/** What ingest asks for by default. */
const LIMITS = { maxRecords: 2_048, maxBytes: 8 * 1024 * 1024 }

if (process.send) process.once('message', (job) => void run(job as ConsumeJob).then((r) => process.send?.(r)))

async function run({ brokers, passes }: ConsumeJob): Promise<ConsumeResult> {
  const log = await openKafkaLog({ brokers, createTopics: false })
  const end = (await log.ranges(READINGS)).reduce((sum, r) => sum + r.next - r.earliest, 0)
  const columns = createColumns(65_536)
  const totals = { records: 0, readings: 0, bytes: 0 }
  const perCpuSecond: number[] = []
  for (let pass = 0; pass < passes; pass++) {
    Object.assign(totals, { records: 0, readings: 0, bytes: 0 })
    const stop = new AbortController()
    const before = process.cpuUsage()
    for await (const { records } of log.consume(READINGS, 'bench', {
      from: 'earliest',
      signal: stop.signal,
      ...LIMITS,
    })) {
      for (const { value } of records) {
        const from = columns.length
        if (!decodeBatchInto(value, columns)) {
          columns.length = 0
          decodeBatchInto(value, columns)
          totals.readings += columns.length
        } else totals.readings += columns.length - from
        totals.bytes += value.length
      }
      totals.records += records.length
      if (totals.records >= end) stop.abort()
    }
    const { user, system } = process.cpuUsage(before)
    perCpuSecond.push(totals.readings / ((user + system) / 1e6))
  }
  await log.close()
  return { ...totals, perCpuSecond }
}
