import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { QuartierError } from '../errors.ts'

/** How long a call waits for another process that is writing, ms. */
const BUSY_LIMIT_MS = 15_000
const STATEMENTS_KEPT = 256

const PRAGMAS = [
  'pragma journal_mode = wal',
  'pragma synchronous = full',
  'pragma foreign_keys = on',
  'pragma cache_size = -65536',
  'pragma temp_store = memory',
  'pragma wal_autocheckpoint = 4000',
  'pragma journal_size_limit = 67108864',
]

/**
 * Kysely on Node's own SQLite. Statements run on the calling thread; waiting for another process does not: a locked
 * database is tried again after a pause in which the event loop runs.
 */
export class NodeSqliteDialect implements Dialect {
  readonly #driver: NodeSqliteDriver

  constructor(path: string) {
    this.#driver = new NodeSqliteDriver(path)
  }

  createDriver = (): Driver => this.#driver
  createQueryCompiler = () => new SqliteQueryCompiler()
  createAdapter = () => new SqliteAdapter()
  createIntrospector = (db: Kysely<never>) => new SqliteIntrospector(db)

  /** Closes the file. Later calls fail with RECORDS_CLOSED. */
  close(): void {
    this.#driver.close()
  }
}

class NodeSqliteDriver implements Driver {
  readonly #path: string
  #connection: NodeSqliteConnection | undefined

  constructor(path: string) {
    this.#path = path
  }

  async init(): Promise<void> {
    const database = translated('open the records database', () => new DatabaseSync(this.#path, { timeout: 5 }))
    this.#connection = new NodeSqliteConnection(database)
    for (const pragma of PRAGMAS) await this.#connection.executeQuery(CompiledQuery.raw(pragma))
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection!
  }

  async releaseConnection(): Promise<void> {}

  /** Takes the write lock at once: a transaction that reads first and writes later could not be resumed. */
  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'))
  }

  async rollbackTransaction(): Promise<void> {
    this.#connection?.rollback()
  }

  async destroy(): Promise<void> {
    this.close()
  }

  close(): void {
    this.#connection?.close()
  }
}

interface Prepared {
  readonly statement: StatementSync
  readonly givesRows: boolean
}

class NodeSqliteConnection implements DatabaseConnection {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, Prepared>()

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { sql, parameters } = query
    return whenFree(() => translated(`run "${sql.slice(0, 80)}"`, () => this.#run<R>(sql, parameters)))
  }

  // biome-ignore lint/correctness/useYield: part of Kysely's interface; our queries page by key instead
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new QuartierError('RECORDS_UNSUPPORTED', 'stream rows: page by key instead')
  }

  rollback(): void {
    if (this.#database.isOpen && this.#database.isTransaction) this.#database.exec('rollback')
  }

  close(): void {
    this.#statements.clear()
    if (this.#database.isOpen) this.#database.close()
  }

  #run<R>(sql: string, parameters: readonly unknown[]): QueryResult<R> {
    if (!this.#database.isOpen) throw new QuartierError('RECORDS_CLOSED', 'the records database is closed')
    const { statement, givesRows } = this.#prepared(sql)
    const values = parameters as SQLInputValue[]
    if (givesRows) return { rows: statement.all(...values) as R[] }
    const { changes, lastInsertRowid } = statement.run(...values)
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
  }

  #prepared(sql: string): Prepared {
    const kept = this.#statements.get(sql)
    if (kept) return kept
    const statement = this.#database.prepare(sql)
    const prepared = { statement, givesRows: statement.columns().length > 0 }
    if (this.#statements.size >= STATEMENTS_KEPT) this.#statements.delete(this.#statements.keys().next().value!)
    this.#statements.set(sql, prepared)
    return prepared
  }
}

/** Repeats `attempt` while another process holds the lock it needs. @throws QuartierError RECORDS_UNAVAILABLE */
export async function whenFree<T>(attempt: () => T, limitMs = BUSY_LIMIT_MS): Promise<T> {
  const giveUpAt = performance.now() + limitMs
  for (let pauseMs = 2; ; pauseMs = Math.min(50, pauseMs * 2)) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error) || performance.now() > giveUpAt) throw error
    }
    await delay(pauseMs * (0.5 + Math.random()))
  }
}

const BUSY = 5
const CONSTRAINT = 19

const isBusy = (error: unknown): boolean => error instanceof QuartierError && primaryCode(error.cause) === BUSY

const primaryCode = (error: unknown): number => ((error as { errcode?: number } | undefined)?.errcode ?? 0) & 0xff

/** Runs `work`; SQLite's errors come out as QuartierError. */
export function translated<T>(attempted: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof QuartierError) throw cause
    const message = `${attempted}: ${(cause as Error).message}`
    if (primaryCode(cause) === CONSTRAINT) throw new QuartierError('RECORDS_CONFLICT', message, { cause })
    throw new QuartierError('RECORDS_UNAVAILABLE', message, { cause, retriable: true })
  }
}
