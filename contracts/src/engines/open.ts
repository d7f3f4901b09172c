import { mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { QuartierError } from '../errors.ts'
import type { EventLog } from '../event-log/port.ts'
import type { EventReader, EventRetention, EventStore } from '../event-store/port.ts'
import type { Records } from '../records/port.ts'
import type { PostgresAddress } from '../records/postgres.ts'
import { type Clock, wallClock } from '../runtime/clock.ts'
import { type Logger, silentLogger } from '../runtime/logger.ts'
import type { InfluxServer, InfluxStore } from '../telemetry-store/influxdb.ts'
import type { TelemetryStore } from '../telemetry-store/port.ts'
import { READINGS, topic } from '../topics.ts'
import type { EnginesConfig } from './config.ts'
import { foldersOf } from './folders.ts'

/** What every engine is opened with. */
export interface EngineBase {
  /** Where embedded engines keep their files. */
  readonly dataDir: string
  readonly clock?: Clock
  readonly logger?: Logger
}

export interface StoreSettings {
  /** How long each tier is kept, ms. */
  readonly retention: { readonly rawMs: number; readonly minuteMs: number; readonly hourMs: number }
  /** Longest time until readings are durable in the store, ms of real time. */
  readonly flushEveryMs: number
  /** Embedded: readings in memory, and bytes on disk, at most. */
  readonly hotRows?: number
  readonly diskBudgetBytes?: number
}

/** A store on servers is divided so that each partition of the readings may have a writer of its own, for good. */
const STORE_PARTS = topic(READINGS).partitions

/** Longest time until a new series can be asked for where the store's readers are other processes, ms. */
const NEW_SERIES_MS = 1_000

/**
 * Opens the event log that the configuration names; only its adapter is loaded.
 * @throws QuartierError LOG_UNAVAILABLE, LOG_TOPIC_DIFFERS, LOG_DENIED, LOG_CORRUPT
 */
export async function openLog(
  { log }: Pick<EnginesConfig, 'log'>,
  { dataDir, clock = wallClock, logger = silentLogger }: EngineBase,
  settings: { readonly diskBudgetBytes?: number } = {},
): Promise<EventLog> {
  if (log.engine === 'embedded') {
    const { openEmbeddedLog } = await import('../event-log/embedded.ts')
    return openEmbeddedLog({ folder: foldersOf(dataDir).log, clock, logger, ...settings })
  }
  const { openKafkaLog } = await import('../event-log/kafka.ts')
  const { brokers, prefix, replication, createTopics, compression, tls, sasl } = log
  return openKafkaLog({
    ...{ brokers, prefix, createTopics, compression, clock, logger },
    ...(replication !== null && { replication }),
    ...(tls.enabled && { tls: withoutNull({ caFile: tls.caFile, certFile: tls.certFile, keyFile: tls.keyFile }) }),
    ...(sasl.mechanism !== null && {
      sasl: {
        mechanism: sasl.mechanism,
        user: sasl.username,
        password: () => secretIn(sasl.passwordFile ?? ''),
      },
    }),
  })
}

/**
 * Opens the embedded store for the one process that writes it. Others of the installation take {@link openStoreReader}.
 * @throws QuartierError STORE_UNAVAILABLE, STORE_LOCKED, STORE_CORRUPT
 */
export async function openStore(
  { dataDir, clock = wallClock, logger = silentLogger }: EngineBase,
  { retention, flushEveryMs, hotRows, diskBudgetBytes }: StoreSettings,
): Promise<TelemetryStore> {
  const { openEmbeddedStore } = await import('../telemetry-store/embedded.ts')
  const folder = foldersOf(dataDir).store
  return openEmbeddedStore({ folder, clock, logger, hotRows, flushEveryMs, retention, diskBudgetBytes })
}

/**
 * Says beforehand what opening a part of a store on servers would say.
 * @throws QuartierError STORE_UNAVAILABLE, STORE_PLACEMENT
 */
export async function checkStore(engines: Pick<EnginesConfig, 'store'>): Promise<void> {
  const { checkInfluxStore } = await import('../telemetry-store/influxdb.ts')
  const { bucket, copies } = engines.store
  await checkInfluxStore({ servers: influxServers(engines), bucket, copies, parts: STORE_PARTS })
}

/**
 * Opens the part of a store on servers that holds one partition of `readings.v1`, for the one process that writes it.
 * @throws QuartierError STORE_UNAVAILABLE, STORE_PLACEMENT, STORE_CORRUPT
 */
export async function openStorePart(
  engines: Pick<EnginesConfig, 'store'>,
  { clock = wallClock, logger = silentLogger }: EngineBase,
  { retention, flushEveryMs }: StoreSettings,
  partition: number,
): Promise<InfluxStore> {
  const { openInfluxStore } = await import('../telemetry-store/influxdb.ts')
  const { bucket, copies, maxDevices, expire } = engines.store
  return openInfluxStore({
    ...{ servers: influxServers(engines), bucket, copies, maxDevices, clock, logger, flushEveryMs },
    part: { index: partition, of: STORE_PARTS },
    newSeriesMs: NEW_SERIES_MS,
    // InfluxDB judges by its own clock, which a scaled platform clock leaves behind.
    ...(expire && clock.speed === 1 && { retention }),
  })
}

/**
 * Spreads a store on servers over all that the configuration names; see ADR 0015.
 * @throws QuartierError STORE_UNAVAILABLE unless all of them answer; STORE_PLACEMENT; STORE_EMBEDDED
 */
export async function extendStore(engines: Pick<EnginesConfig, 'store'>): Promise<void> {
  const { engine, bucket, copies } = engines.store
  if (engine === 'embedded')
    throw new QuartierError('STORE_EMBEDDED', 'extend the store: it is embedded, and lies on no servers')
  const { extendInfluxStore } = await import('../telemetry-store/influxdb.ts')
  await extendInfluxStore({ servers: influxServers(engines), bucket, copies, parts: STORE_PARTS })
}

/**
 * The store as those see it who only ask: over the local socket of the process that owns it, or at InfluxDB itself.
 * @throws QuartierError STORE_UNAVAILABLE when nobody answers within `waitMs`, or nobody has written yet
 */
export async function openStoreReader(
  engines: Pick<EnginesConfig, 'store'>,
  { dataDir, clock = wallClock, logger = silentLogger }: EngineBase,
  { waitMs }: { readonly waitMs?: number } = {},
): Promise<TelemetryStore> {
  if (engines.store.engine === 'embedded') {
    const { connectStore } = await import('../telemetry-store/remote.ts')
    return connectStore(foldersOf(dataDir).storeSocket, { waitMs })
  }
  const { openInfluxReader } = await import('../telemetry-store/influxdb.ts')
  const { bucket } = engines.store
  return openInfluxReader({ servers: influxServers(engines), bucket, parts: STORE_PARTS, clock, logger })
}

/** Lets the other processes of this machine at an embedded store; other engines are reached without. */
export async function shareStore(
  { store: { engine } }: Pick<EnginesConfig, 'store'>,
  { dataDir }: EngineBase,
  store: TelemetryStore,
): Promise<{ close(): Promise<void> }> {
  if (engine !== 'embedded') return { close: async () => {} }
  const { serveStore } = await import('../telemetry-store/remote.ts')
  const { storeSocket } = foldersOf(dataDir)
  mkdirSync(dirname(storeSocket), { recursive: true, mode: 0o700 })
  return serveStore(store, storeSocket)
}

/**
 * Opens the event store for an ingester: where the records are, so that ingesters on several machines share it.
 * @throws QuartierError STORE_UNAVAILABLE, STORE_CORRUPT
 */
export async function openEvents(
  engines: Pick<EnginesConfig, 'records'>,
  { dataDir }: Pick<EngineBase, 'dataDir'>,
  retention: EventRetention,
): Promise<EventStore> {
  const address = postgresAddress(engines)
  if (address) {
    const { openPostgresEventStore } = await import('../event-store/postgres.ts')
    return openPostgresEventStore({ ...address, retention })
  }
  const { openEmbeddedEventStore } = await import('../event-store/embedded.ts')
  return openEmbeddedEventStore({ path: foldersOf(dataDir).events, retention })
}

/** The event store as those see it who only ask. */
export async function openEventReader(
  engines: Pick<EnginesConfig, 'records'>,
  { dataDir }: Pick<EngineBase, 'dataDir'>,
): Promise<EventReader> {
  const address = postgresAddress(engines)
  if (address) {
    const { openPostgresEventReader } = await import('../event-store/postgres.ts')
    return openPostgresEventReader(address)
  }
  const { openEmbeddedEventReader } = await import('../event-store/embedded.ts')
  return openEmbeddedEventReader({ path: foldersOf(dataDir).events })
}

/** @throws QuartierError RECORDS_UNAVAILABLE, RECORDS_NEWER, RECORDS_INVALID */
export async function openRecords(
  engines: Pick<EnginesConfig, 'records'>,
  { dataDir, clock }: Pick<EngineBase, 'dataDir' | 'clock'>,
): Promise<Records> {
  const address = postgresAddress(engines)
  if (!address) {
    const { openSqliteRecords } = await import('../records/sqlite.ts')
    return openSqliteRecords({ path: foldersOf(dataDir).records, clock })
  }
  const { openPostgresRecords } = await import('../records/postgres.ts')
  return openPostgresRecords({ ...address, clock })
}

/** Where PostgreSQL is, when records (and with them the sessions of MQTT) are kept there. */
export function postgresAddress({ records }: Pick<EnginesConfig, 'records'>): PostgresAddress | undefined {
  if (records.engine !== 'postgres') return undefined
  const { hostname, port, username, pathname } = new URL(records.url)
  const { passwordFile, caFile, schema } = records
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? 5432 : Number(port),
    user: decodeURIComponent(username),
    database: decodeURIComponent(pathname.slice(1)),
    ...withoutNull({ passwordFile, caFile, schema }),
  }
}

/** The servers with their tokens, which are read here. */
function influxServers({ store }: Pick<EnginesConfig, 'store'>): InfluxServer[] {
  return store.servers.map(({ name, url, org, tokenFile }) => ({ name, url, org, token: secretIn(tokenFile) }))
}

function secretIn(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (cause) {
    throw new QuartierError('CONFIG_INVALID', `read the secret in ${path}: ${(cause as Error).message}`, { cause })
  }
}

function withoutNull<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], null> } {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== null)) as {
    [K in keyof T]?: Exclude<T[K], null>
  }
}
