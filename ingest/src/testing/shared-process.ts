import { join } from 'node:path'
import { READINGS, topic } from '@quartier/contracts'
import { openKafkaLog } from '@quartier/contracts/event-log/kafka'
import { openPostgresEventStore } from '@quartier/contracts/event-store/postgres'
import { openPostgresRecords } from '@quartier/contracts/records/postgres'
import { type Logger, silentLogger, wallClock } from '@quartier/contracts/runtime'
import { openEmbeddedStore } from '@quartier/contracts/telemetry-store/embedded'
import { type InfluxServer, openInfluxStore } from '@quartier/contracts/telemetry-store/influxdb'
import { Registry } from 'prom-client'
import { startShared } from '../ingest.ts'

/** What a test tells an ingester that it starts as a process of its own. */
export interface SharedSetup {
  readonly brokers: string
  readonly prefix: string
  readonly postgres: string
  readonly schema: string
  readonly leaseMs: number
  /** Where readings go: InfluxDB, or without it an embedded store for each partition, in a folder. */
  readonly servers?: readonly InfluxServer[]
  readonly bucket?: string
  readonly folder?: string
}

// An ingester among several on real servers, for tests: says which partitions it takes and gives, ends with `stop`.
const setup = JSON.parse(process.argv[2] ?? '{}') as SharedSetup
const { brokers, prefix, postgres, schema, leaseMs, servers, bucket = '', folder = '' } = setup
const tell = (event: string, about: object) => process.send?.({ event, ...about })
const logger: Logger = {
  ...silentLogger,
  info: (about, event) => void (event.startsWith('ingest.partition') && tell(event, about)),
  warn: (about, event) => tell(event, about),
  error: (about, event) => tell(event, about),
}
const log = await openKafkaLog({ brokers, prefix, logger })
const records = await openPostgresRecords({ url: postgres, schema })
const YEAR = 365 * 86_400_000
const retention = { eventsMs: YEAR, personalMs: YEAR, bytes: 1e12 }
const events = await openPostgresEventStore({ url: postgres, schema, retention })
const of = topic(READINGS).partitions
const service = await startShared(
  {
    ...{ log, records, events, logger, leaseMs },
    clock: wallClock,
    metrics: new Registry(),
    openPart: async (index) => {
      const common = { clock: wallClock, flushEveryMs: 300 }
      if (servers) return openInfluxStore({ ...common, servers, bucket, logger, part: { index, of }, lingerMs: 10 })
      const store = await openEmbeddedStore({ ...common, folder: join(folder, `store-${index}`) })
      return { ...store, abandon: () => store.close() }
    },
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
    await Promise.all([log.close(), records.close(), events.close()])
    process.exit(0)
  })
})
