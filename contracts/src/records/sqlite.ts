import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { Kysely, sql } from 'kysely'
import { type Clock, wallClock } from '../runtime/clock.ts'
import { chainHeads } from './chain-heads.ts'
import { deviceLog } from './device-log.ts'
import { heldLeases, leaseStore } from './leases.ts'
import { fileLocks } from './locks.ts'
import { migrate } from './migrate.ts'
import { NodeSqliteDialect } from './node-sqlite.ts'
import type { Records } from './port.ts'
import { principalStore } from './principals.ts'
import { registryStore } from './registry.ts'
import { sqliteSearch } from './sqlite-search.ts'
import type { Tables } from './tables.ts'
import { SESSION_LIMITS, type SessionLimits, userStore } from './users.ts'

export interface SqliteRecordsOptions {
  /** The database file; its folder is made when it is missing. Lock files lie beside it. */
  readonly path: string
  readonly clock?: Clock
  readonly sessions?: SessionLimits
}

/**
 * The records database on Node's own SQLite. Several processes may open one file at once.
 * @throws QuartierError RECORDS_UNAVAILABLE, RECORDS_NEWER
 */
export async function openSqliteRecords(options: SqliteRecordsOptions): Promise<Records> {
  const { path, clock = wallClock, sessions = SESSION_LIMITS } = options
  mkdirSync(dirname(path), { recursive: true })
  closeSync(openSync(path, 'a', 0o600))
  const dialect = new NodeSqliteDialect(path)
  const db = new Kysely<Tables>({ dialect })
  const locks = fileLocks(path)
  // Real time whatever clock the platform runs on: on one machine it is the same for all.
  const now = () => sql<number>`${Date.now()}`
  try {
    await migrate(db, sqliteSearch, clock.now())
  } catch (error) {
    dialect.close()
    throw error
  }
  return {
    principals: principalStore(db),
    deviceLog: deviceLog(db),
    users: userStore(db, sessions),
    registry: registryStore(db, sqliteSearch, () => clock.now()),
    lock: locks.lock,
    lease: leaseStore(db, now),
    leases: heldLeases(db, now),
    chains: chainHeads(db),
    async close() {
      await db.connection().execute(async () => dialect.close())
      locks.close()
    },
  }
}
