import { READINGS, topic } from '@quartier/contracts'
import { openKafkaLog } from '@quartier/contracts/event-log/kafka'
import { openPostgresRecords } from '@quartier/contracts/records/postgres'
import { type Logger, silentLogger, wallClock } from '@quartier/contracts/runtime'
import { type InfluxServer, openInfluxStore } from '@quartier/contracts/telemetry-store/influxdb'
import { Registry } from 'prom-client'
import { startShared } from '../ingest.ts'

/** What a test tells an ingester that it starts as a process of its own. */
export interface SharedSetup {
  readonly brokers: string
  readonly prefix: string
  readonly postgres: string
  readonly schema: string
  readonly servers: readonly InfluxServer[]
  readonly bucket: string
  readonly leaseMs: number
}

// An ingester among several on real servers, for tests: says which partitions it takes and gives, ends with `stop`.
const setup = JSON.parse(process.argv[2] ?? '{}') as SharedSetup
const { brokers, prefix, postgres, schema, servers, bucket, leaseMs } = setup
const tell = (event: string, about: object) => process.send?.({ event, ...about })
const logger: Logger = {
  ...silentLogger,
  info: (about, event) => void (event.startsWith('ingest.partition') && tell(event, about)),
  warn: (about, event) => tell(event, about),
  error: (about, event) => tell(event, about),
}
const log = await openKafkaLog({ brokers, prefix, logger })
const records = await openPostgresRecords({ url: postgres, schema })
const of = topic(READINGS).partitions
const service = await startShared(
  {
    ...{ log, records, logger, leaseMs },
    clock: wallClock,
    metrics: new Registry(),
    openPart: (index) =>
      openInfluxStore({
        ...{ servers, bucket, logger, part: { index, of } },
        clock: wallClock,
        flushEveryMs: 300,
        lingerMs: 10,
      }),
    onFatal: (error) => {
      tell('fatal', { reason: String(error) })
      process.exit(1)
    },
  },
  {
    rawRetentionMs: 1e12,
    futureMs: 3_600_000,
    gatherMs: 5,
    batchRecords: 200,
    batchBytes: 1e6,
    ledgerMs: 100,
    snapshotMs: 300,
  },
)
tell('running', {})
process.on('message', () => {
  void service.stop().then(async () => {
    await Promise.all([log.close(), records.close()])
    process.exit(0)
  })
})
