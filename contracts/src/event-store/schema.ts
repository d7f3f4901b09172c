import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { QuartierError } from '../errors.ts'

const VERSION = 1

const PRAGMAS = `
  pragma auto_vacuum = incremental;
  pragma journal_mode = wal;
  pragma synchronous = full;
  pragma secure_delete = fast;
  pragma cache_size = -16384;
  pragma journal_size_limit = 67108864`

/**
 * Blocks are found by their summaries; what they hold lies apart, so that looking through summaries reads little. A block
 * of level 0 is what one write brought; level 1 holds events of one hour. No id is used twice, as readers keep blocks by it. `side` is what the ledger was not told yet:
 * period 0 is open.
 */
const TABLES = `
  create table block (
    id integer primary key autoincrement, level integer not null, hour integer not null, personal integer not null,
    first_at real not null, last_at real not null, last_received_at real not null, rows integer not null,
    bytes integer not null, severity integer not null, kinds blob not null, names blob not null);
  create index block_last_at on block (last_at);
  create index block_level on block (level, hour);
  create table content (block integer primary key, data blob not null);
  create table position (partition integer primary key, next integer not null);
  create table side (
    period integer not null, partition integer not null, first integer not null, next integer not null,
    received_at real not null, source text not null, gateway text not null,
    stored integer not null, duplicates integer not null, too_late integer not null);
  create index side_period on side (period)`

/** @throws QuartierError STORE_UNAVAILABLE, STORE_CORRUPT */
export function openEventFile(path: string, busyMs = 5000): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true })
  closeSync(openSync(path, 'a', 0o600))
  return translated('open the events', () => {
    const db = new DatabaseSync(path, { timeout: busyMs })
    db.exec(PRAGMAS)
    const { user_version: version } = db.prepare('pragma user_version').get() as { user_version: number }
    if (version > VERSION)
      throw new QuartierError('STORE_CORRUPT', `open the events: ${path} was written by a newer release`)
    if (version === 0) db.exec(`begin immediate; ${TABLES}; pragma user_version = ${VERSION}; commit`)
    return db
  })
}

/** Runs `work`; errors of SQLite become those of the store. */
export function translated<T>(what: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof QuartierError) throw cause
    const { errcode = 0, message } = cause as { errcode?: number; message: string }
    const isCorrupt = [11, 26].includes(errcode & 0xff)
    if ((cause as { code?: string }).code !== 'ERR_SQLITE_ERROR') throw cause
    const options = { cause, retriable: !isCorrupt }
    throw new QuartierError(isCorrupt ? 'STORE_CORRUPT' : 'STORE_UNAVAILABLE', `${what}: ${message}`, options)
  }
}

/** Runs `work` in a transaction of `db`, which `work` itself may roll back. */
export function inTransaction<T>(db: DatabaseSync, begin: string, work: () => T): T {
  db.exec(begin)
  try {
    const result = work()
    if (db.isTransaction) db.exec('commit')
    return result
  } catch (error) {
    if (db.isTransaction) db.exec('rollback')
    throw error
  }
}
