import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import { QuartierError } from '@quartier/contracts'
import type { SessionStats } from './types.ts'

/** Something kept in a table. It is written as it is when the next commit comes, not as it was when it changed. */
export interface Row {
  readonly table: TableName
  readonly key: readonly SQLInputValue[]
  /** The values beside the key, or `undefined` when the row is to be deleted. */
  values(): readonly SQLInputValue[] | undefined
  /** Whether it is in the database; kept by the journal. */
  stored: boolean
}

const TABLES = {
  sessions: { key: ['client'], values: ['absent_at'] },
  subscriptions: { key: ['client', 'filter'], values: ['options'] },
  outgoing: { key: ['seq'], values: ['client', 'head', 'payload'] },
  incoming: { key: ['client', 'message_id'], values: ['head', 'payload'] },
  wills: { key: ['client'], values: ['head', 'payload'] },
  retained: { key: ['topic'], values: ['head', 'payload'] },
} as const
export type TableName = keyof typeof TABLES

const SCHEMA = 1
const SCHEMA_SQL = `
  CREATE TABLE IF NOT EXISTS sessions (client TEXT PRIMARY KEY, absent_at REAL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS subscriptions (client TEXT, filter TEXT, options TEXT NOT NULL,
    PRIMARY KEY (client, filter)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS outgoing (seq INTEGER PRIMARY KEY, client TEXT NOT NULL, head TEXT NOT NULL, payload BLOB);
  CREATE TABLE IF NOT EXISTS incoming (client TEXT, message_id INTEGER, head TEXT NOT NULL, payload BLOB,
    PRIMARY KEY (client, message_id)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS wills (client TEXT PRIMARY KEY, head TEXT NOT NULL, payload BLOB) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS retained (topic TEXT PRIMARY KEY, head TEXT NOT NULL, payload BLOB);
  PRAGMA user_version = ${SCHEMA};`

/** SQLite's codes for a disk that refuses now and may accept later: busy, locked, out of memory, I/O error, full. */
const PASSING = new Set([5, 6, 7, 10, 13])
const RETRY_FIRST_MS = 50
const RETRY_LAST_MS = 1_000

/**
 * Writes changed rows to SQLite in one transaction per turn of the event loop at most, each made durable (WAL,
 * synchronous FULL) before its promise resolves. Between commits half the time passes that the last one took, so that a
 * slow disk leaves the process a third of its time. A disk that is full is tried again until it takes.
 */
export class Journal {
  /** The disk refuses what waits. */
  stalled = false
  readonly #db: DatabaseSync
  readonly #stats: SessionStats
  readonly #put: Record<TableName, StatementSync>
  readonly #delete: Record<TableName, StatementSync>
  #dirty = new Set<Row>()
  #waiting: PromiseWithResolvers<void> | undefined
  #scheduled: (() => void) | undefined
  #readyAt = 0
  #attempt = 0
  #failure: QuartierError | undefined

  /** @throws QuartierError SESSIONS_IN_USE when another process has the file, SESSIONS_VERSION when a newer release wrote it */
  constructor(path: string, fileBytes: number, stats: SessionStats) {
    this.#stats = stats
    this.#db = openDatabase(path, fileBytes)
    this.#put = this.#statements((t, { key, values }) => {
      const columns = [...key, ...values]
      return `INSERT OR REPLACE INTO ${t} (${columns.join()}) VALUES (${columns.map(() => '?').join()})`
    })
    this.#delete = this.#statements(
      (t, { key }) => `DELETE FROM ${t} WHERE ${key.map((k) => `${k} = ?`).join(' AND ')}`,
    )
  }

  /** All rows of a table, keys first; those of `outgoing` in order. */
  *read(table: TableName): Generator<SQLOutputValue[]> {
    const { key, values } = TABLES[table]
    const columns = [...key, ...values]
    const all = this.#db.prepare(`SELECT ${columns.join()} FROM ${table} ORDER BY ${key.join()}`)
    for (const row of all.iterate()) yield columns.map((c) => row[c] as SQLOutputValue)
  }

  /** How many changed rows wait. */
  get pending(): number {
    return this.#dirty.size
  }

  /** The row has changed or is new. */
  touch(row: Row): void {
    this.#dirty.add(row)
    this.#schedule()
  }

  /** Resolves once everything touched so far is durable. */
  whenDurable(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure)
    if (this.#dirty.size === 0) return Promise.resolve()
    this.#waiting ??= Promise.withResolvers()
    return this.#waiting.promise
  }

  /** Writes what waits and closes the file; when the disk still refuses, what waits is lost and its promises reject. */
  close(): void {
    this.#cancel()
    if (!this.#failure) this.#commit()
    this.#cancel()
    this.#failure ??= new QuartierError('SESSIONS_CLOSED', 'write to the sessions: they are closed')
    this.#waiting?.reject(this.#failure)
    this.#db.close()
  }

  #cancel(): void {
    this.#scheduled?.()
    this.#scheduled = undefined
  }

  #statements(sql: (t: TableName, columns: (typeof TABLES)[TableName]) => string): Record<TableName, StatementSync> {
    const all = Object.entries(TABLES).map(([t, c]) => [t, this.#db.prepare(sql(t as TableName, c))])
    return Object.fromEntries(all) as Record<TableName, StatementSync>
  }

  #schedule(delayMs = this.#readyAt - performance.now()): void {
    if (this.#scheduled || this.#failure) return
    const run = () => {
      this.#scheduled = undefined
      this.#commit()
    }
    if (delayMs <= 0.5) {
      const turn = setImmediate(run)
      this.#scheduled = () => clearImmediate(turn)
    } else {
      const timer = setTimeout(run, delayMs)
      this.#scheduled = () => clearTimeout(timer)
    }
  }

  #commit(): void {
    if (this.#dirty.size === 0) return
    const startedAt = performance.now()
    try {
      this.#write()
    } catch (error) {
      this.#failed(error)
      return
    }
    const waiting = this.#waiting
    this.#dirty.clear()
    this.#waiting = undefined
    this.#attempt = 0
    this.stalled = false
    const endedAt = performance.now()
    this.#readyAt = endedAt + (endedAt - startedAt) / 2
    this.#stats.commits++
    this.#stats.commitSeconds += (endedAt - startedAt) / 1000
    waiting?.resolve()
  }

  #write(): void {
    this.#db.exec('BEGIN IMMEDIATE')
    const put: { row: Row; values: readonly SQLInputValue[] }[] = []
    const deleted: Row[] = []
    // What goes makes room for what comes.
    for (const row of this.#dirty) {
      const values = row.values()
      if (values !== undefined) put.push({ row, values })
      else if (row.stored && this.#delete[row.table].run(...row.key)) deleted.push(row)
    }
    for (const { row, values } of put) this.#put[row.table].run(...row.key, ...values)
    this.#db.exec('COMMIT')
    for (const { row } of put) row.stored = true
    for (const row of deleted) row.stored = false
    this.#stats.rowsWritten += put.length + deleted.length
  }

  #failed(error: unknown): undefined {
    this.#stats.failures++
    try {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
    } catch (cause) {
      return this.#giveUp(cause)
    }
    if (!PASSING.has(((error as { errcode?: number }).errcode ?? 0) & 0xff)) return this.#giveUp(error)
    this.stalled = true
    this.#schedule(Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** this.#attempt++))
  }

  #giveUp(cause: unknown): undefined {
    this.#failure = new QuartierError('SESSIONS_FAILED', 'write to the sessions', { cause })
    this.#waiting?.reject(this.#failure)
    this.#waiting = undefined
  }
}

function openDatabase(path: string, fileBytes: number): DatabaseSync {
  const db = new DatabaseSync(path)
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number }
    if (version > SCHEMA)
      throw new QuartierError('SESSIONS_VERSION', `open the sessions in ${path}: a newer release wrote them`)
    db.exec(`BEGIN IMMEDIATE; ${SCHEMA_SQL} COMMIT`)
    const { page_size: pageBytes } = db.prepare('PRAGMA page_size').get() as { page_size: number }
    db.exec(`PRAGMA max_page_count = ${Math.ceil(fileBytes / pageBytes)}`)
    return db
  } catch (cause) {
    db.close()
    const code = ((cause as { errcode?: number }).errcode ?? 0) & 0xff
    if (code === 5)
      throw new QuartierError('SESSIONS_IN_USE', `open the sessions in ${path}: another process has them`, { cause })
    throw cause
  }
}
