import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Pool, type PoolClient, type PostgresAddress } from '@quartier/contracts/postgres'
import type { Relay, RelayedMessage, RelayHandlers } from '../../broker/relay.ts'
import { prepare } from './schema.ts'

/** NOTIFY takes 8,000 bytes; a larger batch goes through a table. */
const NOTIFY_BYTES = 7_900
const BATCH_MESSAGES = 500
const WAITING_BYTES = 16 * 1024 * 1024
const AGAIN_MS = 500
const TIDY_MS = 30_000

/**
 * Messages between gateways over LISTEN and NOTIFY: one connection each way, so that they keep their order. While the
 * server is away they wait, bounded; beyond that, and after a lost connection, the receivers are told that they missed some.
 */
export async function openPostgresRelay(address: PostgresAddress): Promise<Relay> {
  const pool = new Pool(address, { name: 'quartier-relay', connections: 3 })
  try {
    await prepare(pool, address.schema)
  } catch (error) {
    await pool.close()
    throw error
  }
  return new PostgresRelay(pool, `quartier_relay_${address.schema ?? ''}`)
}

class PostgresRelay implements Relay {
  readonly #pool: Pool
  readonly #channel: string
  readonly #self = randomUUID()
  #handlers: RelayHandlers | undefined
  #listener: PoolClient | undefined
  #waiting: string[] = []
  #waitingBytes = 0
  #lostSome = false
  #sending: Promise<void> | undefined
  #receiving: Promise<void> = Promise.resolve()
  #tidy: NodeJS.Timeout | undefined
  #again: NodeJS.Timeout | undefined
  #closed = false

  constructor(pool: Pool, channel: string) {
    this.#pool = pool
    this.#channel = channel
  }

  async open(handlers: RelayHandlers): Promise<void> {
    this.#handlers = handlers
    await this.#listen()
    this.#tidy = setInterval(() => {
      this.#pool.query(`delete from mqtt_relay where at < now() - interval '1 minute'`).catch(() => {})
    }, TIDY_MS).unref()
  }

  send(message: RelayedMessage): void {
    if (this.#closed) return
    const text = encode(message)
    if (this.#waitingBytes + text.length > WAITING_BYTES) {
      this.#lostSome = true
      return
    }
    this.#waiting.push(text)
    this.#waitingBytes += text.length
    this.#sending ??= this.#send()
  }

  async unsent(clients: readonly string[]): Promise<readonly string[]> {
    const rows = await this.#pool.query<{ client: string }>(
      'select distinct client from mqtt_outgoing where message_id is null and client = any($1)',
      [clients],
    )
    return rows.map((row) => row.client)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#tidy)
    clearTimeout(this.#again)
    await this.#sending
    this.#leave()
    await this.#receiving
    await this.#pool.close()
  }

  async #send(): Promise<void> {
    await new Promise(setImmediate)
    while (this.#waiting.length > 0 || this.#lostSome) {
      const some = this.#waiting.slice(0, BATCH_MESSAGES)
      const lostSome = this.#lostSome && some.length === this.#waiting.length
      const body = `[${some.join()}]`
      try {
        await this.#notify(lostSome, body)
      } catch {
        if (this.#closed) break
        await delay(AGAIN_MS)
        continue
      }
      if (lostSome) this.#lostSome = false
      this.#waiting = this.#waiting.slice(some.length)
      for (const text of some) this.#waitingBytes -= text.length
    }
    this.#sending = undefined
  }

  async #notify(lostSome: boolean, body: string): Promise<void> {
    const head = `${this.#self} ${lostSome ? 'lost' : 'all'} `
    if (Buffer.byteLength(body) + head.length <= NOTIFY_BYTES) {
      await this.#pool.query('select pg_notify($1, $2)', [this.#channel, head + body])
      return
    }
    const sql = `with put as (insert into mqtt_relay (body) values ($3) returning id)
      select pg_notify($1, $2 || id) from put`
    await this.#pool.query(sql, [this.#channel, `${head}#`, body])
  }

  async #listen(): Promise<void> {
    const client = await this.#pool.connect()
    this.#listener = client
    client.on('notification', this.#told)
    client.on('end', this.#lost)
    try {
      await client.query(`listen "${this.#channel}"`)
    } catch (error) {
      this.#leave()
      throw error
    }
  }

  #told = ({ payload = '' }: { payload?: string }): void => {
    const [who, what] = payload.split(' ', 2)
    if (who === this.#self || what === undefined) return
    const body = payload.slice(who!.length + what.length + 2)
    this.#receiving = this.#receiving.then(() => this.#receive(body, what === 'lost'))
  }

  async #receive(body: string, lostSome: boolean): Promise<void> {
    if (this.#closed) return
    try {
      for (const message of decode(await this.#bodyOf(body))) this.#handlers?.deliver(message)
      if (lostSome) this.#handlers?.missed()
    } catch {
      this.#handlers?.missed()
    }
  }

  async #bodyOf(body: string): Promise<string> {
    if (!body.startsWith('#')) return body
    const [row] = await this.#pool.query<{ body: string }>('select body from mqtt_relay where id = $1', [body.slice(1)])
    if (!row) throw new Error('the batch is gone')
    return row.body
  }

  #lost = (): void => {
    this.#leave()
    if (this.#closed || this.#again) return
    this.#again = setTimeout(() => {
      this.#again = undefined
      this.#listen().then(() => this.#handlers?.missed(), this.#lost)
    }, AGAIN_MS).unref()
  }

  #leave(): void {
    const listener = this.#listener
    this.#listener = undefined
    listener?.removeListener('notification', this.#told)
    listener?.removeListener('end', this.#lost)
    listener?.release(true)
  }
}

/** JSON with the payload in base64; a NUL, which a notification cannot hold, is an escape in JSON. */
function encode(message: RelayedMessage): string {
  const { payload, ...head } = message
  return JSON.stringify([head, payload === undefined ? null : Buffer.from(payload).toString('base64')])
}

function decode(body: string): RelayedMessage[] {
  const all = JSON.parse(body) as [RelayedMessage, string | null][]
  return all.map(([head, payload]) => (payload === null ? head : { ...head, payload: Buffer.from(payload, 'base64') }))
}
