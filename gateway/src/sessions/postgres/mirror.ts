import type { Pool, PoolClient } from '@quartier/contracts/postgres'
import type { Journal } from '../journal.ts'
import { Subscriptions } from '../subscriptions.ts'
import type { StoredSubscription } from '../types.ts'

interface SubscriptionRow {
  readonly client: string
  readonly filter: string
  readonly qos: number
  readonly options: string
}

const READ = 'select client, filter, qos, options from mqtt_subscriptions'
const AGAIN_MS = 1_000

/**
 * All subscriptions of all gateways' clients in memory, where each publication looks for its receivers. Another gateway's
 * change is told by NOTIFY and read within milliseconds; after the connection was lost everything is read again.
 */
export class Mirror {
  readonly #pool: Pool
  readonly #channel: string
  /** Tells our own notifications from those of others. */
  readonly #self: string
  #subscriptions = newSubscriptions()
  #listener: PoolClient | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false
  #reading: Promise<void> = Promise.resolve()

  constructor(pool: Pool, channel: string, self: string) {
    this.#pool = pool
    this.#channel = channel
    this.#self = self
  }

  get subscriptions(): Subscriptions {
    return this.#subscriptions
  }

  /** Begins to listen, then reads everything. */
  async open(): Promise<void> {
    const client = await this.#pool.connect()
    this.#listener = client
    client.on('notification', this.#told)
    client.on('end', this.#lost)
    try {
      await client.query(`listen "${this.#channel}"`)
      await this.#readAll()
    } catch (error) {
      this.#leave(true)
      throw error
    }
  }

  /** Reads the subscriptions of clients again and tells the other gateways; never rejects. */
  async changed(clients: readonly string[]): Promise<void> {
    if (clients.length === 0) return
    await this.#read(clients)
    await this.#pool
      .query('select pg_notify($1, $2 || c) from unnest($3::text[]) as c', [this.#channel, `${this.#self}:`, clients])
      .catch(() => this.#lost()) // the others lose their connections too, and read everything
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#leave(true)
    await this.#reading
  }

  #told = ({ payload = '' }: { payload?: string }): void => {
    const [who = ''] = payload.split(':', 1)
    if (who !== this.#self) void this.#read([payload.slice(who.length + 1)])
  }

  #lost = (): void => {
    this.#leave(true)
    if (this.#closed || this.#timer) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.open().catch(this.#lost)
    }, AGAIN_MS).unref()
  }

  #leave(destroy: boolean): void {
    const listener = this.#listener
    this.#listener = undefined
    listener?.removeListener('notification', this.#told)
    listener?.removeListener('end', this.#lost)
    listener?.release(destroy)
  }

  /** One read after the other, so that an older answer never replaces a newer one. */
  #read(clients: readonly string[]): Promise<void> {
    this.#reading = this.#reading.then(async () => {
      try {
        const rows = await this.#pool.query<SubscriptionRow>(`${READ} where client = any($1) order by seq`, [clients])
        for (const client of clients)
          replace(
            this.#subscriptions,
            client,
            rows.filter((row) => row.client === client),
          )
      } catch {
        if (!this.#closed) this.#lost()
      }
    })
    return this.#reading
  }

  async #readAll(): Promise<void> {
    const before = this.#reading
    const run = before.then(async () => {
      const fresh = newSubscriptions()
      for (const row of await this.#pool.query<SubscriptionRow>(`${READ} order by seq`))
        fresh.add(row.client, toSubscription(row))
      this.#subscriptions = fresh
    })
    this.#reading = run.catch(() => {})
    await run
  }
}

export const toSubscription = ({ filter, qos, options }: SubscriptionRow): StoredSubscription => ({
  topic: filter,
  qos,
  ...JSON.parse(options),
})

function replace(all: Subscriptions, client: string, rows: readonly SubscriptionRow[]): void {
  const wanted = new Set(rows.map((row) => row.filter))
  for (const { topic } of all.of(client)) if (!wanted.has(topic)) all.remove(client, topic)
  for (const row of rows) all.add(client, toSubscription(row))
}

/** The index of subscriptions without a journal of its own: the rows are in the database already. */
const newSubscriptions = () => new Subscriptions({ read: () => [], touch: () => {} } as unknown as Journal)
