import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  type TransactionSettings,
} from 'kysely'
import type { PoolClient } from 'pg'
import { QuartierError } from '../../errors.ts'
import type { BulkAdapter } from '../bulk.ts'
import { isDisconnect, translate } from './errors.ts'
import type { Pool } from './pool.ts'

/** Kysely on PostgreSQL through `pg`, with our errors, and with connections that are replaced when the server restarts. */
export class PostgresDialect implements Dialect {
  readonly #driver: PostgresDriver

  constructor(pool: Pool) {
    this.#driver = new PostgresDriver(pool)
  }

  createDriver = (): Driver => this.#driver
  createQueryCompiler = () => new PostgresQueryCompiler()
  createAdapter = () => new BulkPostgresAdapter()
  createIntrospector = (db: Kysely<never>) => new PostgresIntrospector(db)
}

/** Writes many rows as one value, which the server takes apart by the table's own types. */
class BulkPostgresAdapter extends PostgresAdapter implements BulkAdapter {
  upsertRows(table: string, key: string, rows: readonly object[]): CompiledQuery {
    const columns = Object.keys(rows[0] as object).map((column) => `"${column}"`)
    const replaced = columns.filter((column) => column !== `"${key}"`).map((column) => `${column} = excluded.${column}`)
    const insert = `insert into "${table}" (${columns.join()})`
    const select = `select ${columns.join()} from json_populate_recordset(null::"${table}", $1::json)`
    const sql = `${insert} ${select} on conflict ("${key}") do update set ${replaced.join()}`
    return CompiledQuery.raw(sql, [JSON.stringify(rows)])
  }
}

class PostgresDriver implements Driver {
  readonly #pool: Pool

  constructor(pool: Pool) {
    this.#pool = pool
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return new PostgresConnection(this.#pool, await this.#pool.connect())
  }

  async releaseConnection(connection: PostgresConnection): Promise<void> {
    connection.release()
  }

  async beginTransaction(connection: PostgresConnection, settings: TransactionSettings): Promise<void> {
    const level = settings.isolationLevel ? ` isolation level ${settings.isolationLevel}` : ''
    await connection.begin(`begin${level}`)
  }

  async commitTransaction(connection: PostgresConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'))
  }

  async rollbackTransaction(connection: PostgresConnection): Promise<void> {
    await connection.rollback()
  }

  async destroy(): Promise<void> {
    await this.#pool.close()
  }
}

class PostgresConnection implements DatabaseConnection {
  readonly #pool: Pool
  #client: PoolClient | undefined
  #isBroken = false
  #isInTransaction = false

  constructor(pool: Pool, client: PoolClient) {
    this.#pool = pool
    this.#client = client
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const isRead = query.query.kind === 'SelectQueryNode' && !this.#isInTransaction
    const { command, rowCount, rows } = await this.#run(query.sql, query.parameters, isRead)
    const changes = command === 'INSERT' || command === 'UPDATE' || command === 'DELETE'
    return { rows: (rows ?? []) as R[], numAffectedRows: changes ? BigInt(rowCount ?? 0) : undefined }
  }

  async begin(sql: string): Promise<void> {
    await this.#run(sql, [], true)
    this.#isInTransaction = true
  }

  /** On a broken connection the server has already rolled back. */
  async rollback(): Promise<void> {
    if (this.#isBroken) return
    await this.#run('rollback', [], false).catch(() => {
      this.#isBroken = true
    })
  }

  // biome-ignore lint/correctness/useYield: part of Kysely's interface; our queries page by key instead
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new QuartierError('RECORDS_UNSUPPORTED', 'stream rows: page by key instead')
  }

  release(): void {
    this.#client?.release(this.#isBroken)
    this.#client = undefined
  }

  /** What changes nothing is run again on another connection when this one broke while it lay in the pool. */
  async #run(sql: string, parameters: readonly unknown[], isRepeatable: boolean) {
    try {
      return await this.#query(sql, parameters)
    } catch (error) {
      if (!this.#isBroken || !isRepeatable) throw error
    }
    this.release()
    this.#client = await this.#pool.connect()
    this.#isBroken = false
    return this.#query(sql, parameters)
  }

  async #query(sql: string, parameters: readonly unknown[]) {
    try {
      return await this.#client!.query(sql, parameters as unknown[])
    } catch (error) {
      this.#isBroken = isDisconnect(error)
      throw translate(`run "${sql.slice(0, 80)}"`, error)
    }
  }
}
