import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { QuartierError } from '../../errors.ts'
import { isDisconnect, translate } from './errors.ts'

/** Where a PostgreSQL server is; a `url` (`postgres://user:password@host:port/database`) or its parts. */
export interface PostgresAddress {
  readonly url?: string
  readonly host?: string
  readonly port?: number
  readonly database?: string
  readonly user?: string
  /** A file whose content, without space around it, is the password. */
  readonly passwordFile?: string
  /** Schema that holds the tables, made when missing: lower-case letters, digits and _. Default: the database's own. */
  readonly schema?: string
  /** Verifies the server against this file of certificates, and refuses to speak without TLS. */
  readonly caFile?: string
}

export interface PoolOptions {
  /** Shown in the server's list of connections. */
  readonly name: string
  readonly connections: number
  /** How long a call waits for a server that cannot be reached, ms. */
  readonly patienceMs?: number
}

export { isDisconnect }
export type PoolClient = pg.PoolClient

const PATIENCE_MS = 5_000
const INT8 = 20

/**
 * What a session is opened with. Plans for short questions gain nothing from compiling; a server notices within
 * 15 s that a client's machine is gone, and then frees its locks.
 */
const SESSION = {
  jit: 'off',
  tcp_keepalives_idle: 5,
  tcp_keepalives_interval: 2,
  tcp_keepalives_count: 5,
  idle_in_transaction_session_timeout: 60_000,
}

/** Connections to one server, opened when needed and opened anew after they broke. */
export class Pool {
  readonly #pool: pg.Pool
  readonly #patienceMs: number
  #closing: Promise<void> | undefined

  constructor(address: PostgresAddress, { name, connections, patienceMs = PATIENCE_MS }: PoolOptions) {
    this.#patienceMs = patienceMs
    this.#pool = new pg.Pool({ ...clientConfig(address), application_name: name, max: connections })
    // One that breaks while nobody uses it is taken out of the pool; who needs one next gets another.
    this.#pool.on('error', () => {})
  }

  get closed(): boolean {
    return this.#closing !== undefined
  }

  /**
   * A connection, to be given back by `release`. Waits for a server that restarts.
   * @throws QuartierError RECORDS_CLOSED, RECORDS_UNAVAILABLE
   */
  async connect(): Promise<pg.PoolClient> {
    const giveUpAt = performance.now() + this.#patienceMs
    for (let pauseMs = 20; ; pauseMs = Math.min(500, pauseMs * 2)) {
      if (this.closed) throw new QuartierError('RECORDS_CLOSED', 'the records database is closed')
      try {
        const client = await this.#pool.connect()
        if (client.listenerCount('error') === 0) client.on('error', () => {}) // the query under way is told as well
        return client
      } catch (error) {
        const trouble = translate('connect to PostgreSQL', error)
        if (this.closed || !trouble.retriable || performance.now() > giveUpAt) throw trouble
      }
      await delay(pauseMs * (0.5 + Math.random()))
    }
  }

  /** Runs one statement that may safely be run twice, once more when the connection turns out to be broken. */
  async query<R extends object>(text: string, values: unknown[] = []): Promise<R[]> {
    for (let attempt = 1; ; attempt++) {
      const client = await this.connect()
      try {
        const { rows } = await client.query(text, values)
        client.release()
        return rows
      } catch (error) {
        client.release(isDisconnect(error))
        if (!isDisconnect(error) || attempt > 1) throw translate(`run "${text.slice(0, 80)}"`, error)
      }
    }
  }

  /** Closes the connections once they are given back. */
  close(): Promise<void> {
    this.#closing ??= this.#pool.end()
    return this.#closing
  }
}

/** For a connection outside the pool. @throws QuartierError RECORDS_INVALID */
export function clientConfig(address: PostgresAddress): pg.ClientConfig {
  const { url, host, port, database, user, passwordFile, schema, caFile } = address
  if (schema !== undefined && !/^[a-z_][a-z0-9_]{0,62}$/.test(schema))
    throw new QuartierError('RECORDS_INVALID', `open PostgreSQL: "${schema}" is no name for a schema`)
  const settings = { ...SESSION, ...(schema === undefined ? {} : { search_path: schema }) }
  const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`)
  return {
    ...(url === undefined ? { host, port, database, user } : { connectionString: url }),
    ...(passwordFile === undefined ? {} : { password: readSecret(passwordFile) }),
    ...(caFile === undefined ? {} : { ssl: { ca: readFileSync(caFile, 'utf8') } }),
    options: options.join(' '),
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    types: { getTypeParser: (id, format) => (id === INT8 ? Number : pg.types.getTypeParser(id, format as 'text')) },
  }
}

function readSecret(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (cause) {
    throw new QuartierError('RECORDS_UNAVAILABLE', `read PostgreSQL's password from ${path}`, { cause })
  }
}
