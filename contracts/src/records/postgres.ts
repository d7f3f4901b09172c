import { Kysely, sql } from 'kysely'
import { type Clock, wallClock } from '../runtime/clock.ts'
import { chainHeads } from './chain-heads.ts'
import { deviceLog } from './device-log.ts'
import { heldLeases, leaseStore } from './leases.ts'
import { migrate } from './migrate.ts'
import type { Records } from './port.ts'
import { PostgresDialect } from './postgres/dialect.ts'
import { advisoryLocks } from './postgres/locks.ts'
import { Pool, type PostgresAddress } from './postgres/pool.ts'
import { postgresSearch } from './postgres/search.ts'
import { principalStore } from './principals.ts'
import { registryStore } from './registry.ts'
import type { Tables } from './tables.ts'
import { SESSION_LIMITS, type SessionLimits, userStore } from './users.ts'

export type { PostgresAddress } from './postgres/pool.ts'

export interface PostgresRecordsOptions extends PostgresAddress {
  readonly clock?: Clock
  readonly sessions?: SessionLimits
  /** Connections at most, for statements; as many more may be held by locks. */
  readonly connections?: number
  /** How long a call waits for a server that cannot be reached before it fails, ms. */
  readonly patienceMs?: number
}

/**
 * The records database on PostgreSQL 13 or later, shared by every replica of every service. A server that restarts is
 * waited for; a transaction it interrupts fails with RECORDS_UNAVAILABLE, retriable.
 * @throws QuartierError RECORDS_UNAVAILABLE, RECORDS_NEWER, RECORDS_INVALID
 */
export async function openPostgresRecords(options: PostgresRecordsOptions): Promise<Records> {
  const { clock = wallClock, sessions = SESSION_LIMITS, connections = 8, patienceMs } = options
  const pool = new Pool(options, { name: 'quartier-records', connections, patienceMs })
  const lockPool = new Pool(options, { name: 'quartier-locks', connections, patienceMs })
  const db = new Kysely<Tables>({ dialect: new PostgresDialect(pool) })
  const close = async () => {
    await Promise.all([pool.close(), lockPool.close()])
  }
  const lock = advisoryLocks(lockPool, options.schema ?? '')
  const now = () => sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`
  try {
    await lock('migrate', async () => {
      if (options.schema) await pool.query(`create schema if not exists ${options.schema}`)
      await migrate(db, postgresSearch, clock.now())
    })
  } catch (error) {
    await close()
    throw error
  }
  return {
    principals: principalStore(db),
    deviceLog: deviceLog(db),
    users: userStore(db, sessions),
    registry: registryStore(db, postgresSearch, () => clock.now()),
    lock,
    lease: leaseStore(db, now),
    leases: heldLeases(db, now),
    chains: chainHeads(db),
    close,
  }
}
