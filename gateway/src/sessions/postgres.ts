import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { QuartierError } from '@quartier/contracts'
import { Pool, type PostgresAddress } from '@quartier/contracts/postgres'
import { type Clock, wallClock } from '@quartier/contracts/runtime'
import { DEFAULT_LIMITS, newStats } from './limits.ts'
import { copyPacket } from './packets.ts'
import type { Presence } from './postgres/changes.ts'
import { Mirror, toSubscription } from './postgres/mirror.ts'
import { fromQueue, fromRow, type PacketRow } from './postgres/rows.ts'
import { prepare } from './postgres/schema.ts'
import { Writer } from './postgres/writer.ts'
import { isMatch } from './retained.ts'
import type {
  SessionBroker,
  SessionClient,
  SessionLimits,
  SessionStats,
  Sessions,
  StoredPacket,
  StoredSubscription,
} from './types.ts'

export interface PostgresSessionOptions extends PostgresAddress {
  readonly limits?: Partial<SessionLimits>
  readonly clock?: Clock
  readonly connections?: number
}

/** How often a gateway says that it is there, and for how long it is believed, ms. */
const HEARTBEAT_MS = 5_000
const ORPHAN_MS = 30_000
const RETAINED_PER_READ = 500

/**
 * Opens the sessions in PostgreSQL, shared by all gateways; hand the result to aedes as its persistence. The limits of
 * `fileBytes` and of what waits for all clients together are held by what each gateway knows, at most 5 s old.
 * @throws QuartierError SESSIONS_VERSION when a newer release wrote them, RECORDS_UNAVAILABLE
 */
export async function openPostgresSessions(options: PostgresSessionOptions): Promise<Sessions> {
  const pool = new Pool(options, { name: 'quartier-sessions', connections: options.connections ?? 6 })
  try {
    await prepare(pool, options.schema)
    const sessions = new PostgresSessions(pool, options)
    await sessions.open()
    return sessions
  } catch (error) {
    await pool.close()
    throw error
  }
}

/** Sessions whose truth is in PostgreSQL; only the index of subscriptions is in memory too. */
class PostgresSessions implements Sessions {
  readonly stats: SessionStats = newStats()
  readonly #limits: SessionLimits
  readonly #clock: Clock
  readonly #pool: Pool
  readonly #writer: Writer
  readonly #mirror: Mirror
  /** QoS 2 messages of clean sessions, which end with the connection: by client and message id. */
  readonly #passing = new Map<string, Map<number, StoredPacket>>()
  #broker: SessionBroker | undefined
  #timer: NodeJS.Timeout | undefined
  #isDestroyed = false

  constructor(pool: Pool, { limits, clock = wallClock, schema = '' }: PostgresSessionOptions) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits }
    this.#clock = clock
    this.#pool = pool
    this.#mirror = new Mirror(pool, `quartier_sessions_${schema}`, randomUUID())
    this.#writer = new Writer(pool, this.#limits, this.stats, ({ resubscribed }) => this.#mirror.changed(resubscribed))
  }

  get broker(): SessionBroker | undefined {
    return this.#broker
  }

  async open(): Promise<void> {
    await this.#mirror.open()
    await this.#recount()
  }

  async setup(broker: SessionBroker): Promise<void> {
    this.#broker = broker
    const [row] = await this.#pool.query<{ highest: number | null }>(
      'select max(counter) as highest from mqtt_outgoing where broker = $1',
      [broker.id],
    )
    // A broker that keeps its id over a restart must not give a number that a stored packet has.
    broker.counter = Math.max(broker.counter, row?.highest ?? 0)
    await this.#pool.query(
      'update mqtt_sessions set absent_at = $2, broker = null where broker = $1 and absent_at is null',
      [broker.id, this.#clock.now()],
    )
    broker.on?.('client', this.#onPresent)
    broker.on?.('clientDisconnect', this.#onAbsent)
    await this.#beat()
    clearInterval(this.#timer)
    this.#timer = setInterval(() => {
      this.#beat().then(
        () => this.expire(),
        () => {}, // PostgreSQL is away: the next beat is soon enough
      )
    }, HEARTBEAT_MS).unref()
  }

  async storeRetained(packet: StoredPacket): Promise<void> {
    this.#admit(packet.topic)
    await this.#writer.submit({ kind: 'retain', client: undefined, packet: { ...packet } })
  }

  createRetainedStream(filter: string): Readable {
    return this.createRetainedStreamCombi([filter])
  }

  createRetainedStreamCombi(filters: readonly string[]): Readable {
    const matching = (filter: string) => this.#retained(filter)
    return Readable.from(
      (async function* () {
        for (const filter of filters) yield* matching(filter)
      })(),
    )
  }

  async addSubscriptions(client: SessionClient, subscriptions: readonly StoredSubscription[]): Promise<void> {
    this.#admit(client.id, ...subscriptions.map((s) => s.topic))
    const presence = this.#presenceOf(client.id)
    await Promise.all(
      subscriptions.map((subscription) =>
        this.#writer.submit({ kind: 'subscribe', client: client.id, presence, subscription }),
      ),
    )
  }

  async removeSubscriptions(client: SessionClient, filters: readonly string[]): Promise<void> {
    this.#admit(client.id, ...filters)
    await Promise.all(filters.map((filter) => this.#writer.submit({ kind: 'unsubscribe', client: client.id, filter })))
  }

  async subscriptionsByClient(client: SessionClient): Promise<StoredSubscription[]> {
    const rows = await this.#pool.query<Parameters<typeof toSubscription>[0]>(
      'select client, filter, qos, options from mqtt_subscriptions where client = $1 order by seq',
      [client.id],
    )
    return rows.map(toSubscription)
  }

  async subscriptionsByTopic(topic: string): Promise<(StoredSubscription & { clientId: string })[]> {
    return this.#mirror.subscriptions.matching(topic)
  }

  async cleanSubscriptions(client: SessionClient): Promise<void> {
    await this.#writer.submit({ kind: 'unsubscribe-all', client: client.id })
  }

  async countOffline(): Promise<{ subsCount: number; clientsCount: number }> {
    const { count, clientCount } = this.#mirror.subscriptions
    return { subsCount: count, clientsCount: clientCount }
  }

  async outgoingEnqueue(subscription: { clientId: string }, packet: StoredPacket): Promise<void> {
    await this.outgoingEnqueueCombi([subscription], packet)
  }

  async outgoingEnqueueCombi(subscriptions: readonly { clientId: string }[], packet: StoredPacket): Promise<void> {
    if (subscriptions.length === 0) return
    this.#admit(packet.topic)
    const copy = copyPacket(packet)
    await Promise.all(
      subscriptions.map(({ clientId: client }) =>
        this.#writer.submit({ kind: 'enqueue', client, presence: this.#presenceOf(client), packet: copy }),
      ),
    )
  }

  async outgoingUpdate(client: SessionClient, packet: StoredPacket): Promise<void> {
    const found = await this.#writer.submit({ kind: 'update', client: client.id, packet: { ...packet } })
    if (!found) throw new Error('no such packet')
  }

  outgoingClearMessageId(client: SessionClient, packet: { messageId?: number }): Promise<StoredPacket | undefined> {
    return this.#writer.submit({ kind: 'clear', client: client.id, packet: packet as StoredPacket })
  }

  outgoingStream(client: SessionClient): Readable {
    const read = () =>
      this.#pool.query<PacketRow>(
        'select message_id, head, payload from mqtt_outgoing where client = $1 order by seq',
        [client.id],
      )
    return Readable.from(
      (async function* () {
        for (const row of await read()) yield fromQueue(row)
      })(),
    )
  }

  async incomingStorePacket(client: SessionClient, packet: StoredPacket): Promise<void> {
    this.#admit(packet.topic)
    const copy = copyPacket(packet)
    copy.messageId = packet.messageId
    if (client.clean) {
      const own = this.#passing.get(client.id) ?? new Map<number, StoredPacket>()
      this.#passing.set(client.id, own.set(packet.messageId as number, copy))
      return
    }
    const presence = this.#presenceOf(client.id)
    await this.#writer.submit({ kind: 'receive', client: client.id, presence, packet: copy })
  }

  async incomingGetPacket(client: SessionClient, packet: { messageId?: number }): Promise<StoredPacket> {
    const passing = this.#passing.get(client.id)?.get(packet.messageId as number)
    if (passing) return passing
    const [row] = client.clean
      ? []
      : await this.#pool.query<PacketRow>(
          'select message_id, head, payload from mqtt_incoming where client = $1 and message_id = $2',
          [client.id, packet.messageId],
        )
    if (!row) throw new Error('no such packet')
    return fromQueue(row)
  }

  async incomingDelPacket(client: SessionClient, packet: { messageId?: number }): Promise<void> {
    const messageId = packet.messageId as number
    const passing = this.#passing.get(client.id)
    if (passing?.delete(messageId)) {
      if (passing.size === 0) this.#passing.delete(client.id)
      return
    }
    const found = await this.#writer.submit({ kind: 'release', client: client.id, messageId })
    if (!found) throw new Error('no such packet')
  }

  async cleanIncoming(client: SessionClient): Promise<void> {
    this.#passing.delete(client.id)
    await this.#writer.submit({ kind: 'release-all', client: client.id })
  }

  async putWill(client: SessionClient, packet: StoredPacket): Promise<void> {
    this.#admit(client.id, packet.topic)
    packet.brokerId = this.#broker?.id
    packet.clientId = client.id
    const broker = packet.brokerId ?? ''
    await this.#writer.submit({ kind: 'will', client: client.id, broker, packet: { ...packet } })
  }

  async getWill(client: SessionClient): Promise<StoredPacket | undefined> {
    const [row] = await this.#pool.query<PacketRow>('select head, payload from mqtt_wills where client = $1 limit 1', [
      client.id,
    ])
    return row && fromRow(row)
  }

  /** Of one broker's when the client names it: a client that went elsewhere has left another will there. */
  delWill(client: SessionClient & { brokerId?: string }): Promise<StoredPacket | undefined> {
    return this.#writer.submit({ kind: 'no-will', client: client.id, broker: client.brokerId })
  }

  streamWill(brokers: Readonly<Record<string, unknown>> = {}): Readable {
    const read = () => this.#pool.query<PacketRow>('select head, payload from mqtt_wills order by client')
    return Readable.from(
      (async function* () {
        for (const will of (await read()).map(fromRow)) if (!brokers[will.brokerId ?? '']) yield will
      })(),
    )
  }

  getClientList(filter: string): Readable {
    return Readable.from(this.#mirror.subscriptions.clientsOf(filter))
  }

  /** Clients of a gateway that is heard of no more are away since now. */
  async expire(): Promise<void> {
    if (this.#isDestroyed) return
    const now = this.#clock.now()
    await this.#pool.query(
      `update mqtt_sessions s set absent_at = $1, broker = null
       where absent_at is null and broker is not null and not exists (
         select from mqtt_brokers b where b.id = s.broker and b.seen_at > now() - $2 * interval '1 ms')`,
      [now, ORPHAN_MS],
    )
    await this.#writer.submit({ kind: 'expire', client: undefined, before: now - this.#limits.expiryMs })
  }

  async destroy(): Promise<void> {
    if (this.#isDestroyed) throw closed('close')
    this.#isDestroyed = true
    clearInterval(this.#timer)
    this.#broker?.removeListener?.('client', this.#onPresent)
    this.#broker?.removeListener?.('clientDisconnect', this.#onAbsent)
    await this.#writer.close()
    await this.#mirror.close()
    await this.#pool.close()
  }

  #onPresent = (client: SessionClient): void => this.#mark(client.id, { broker: this.#broker?.id, absentAt: null })
  #onAbsent = (client: SessionClient): void =>
    this.#mark(client.id, { broker: this.#broker?.id, absentAt: this.#clock.now() })

  #mark(client: string, presence: Presence): void {
    // What fails here is put right by the next mark, or when the session expires.
    this.#writer.submit({ kind: 'presence', client, presence }).catch(() => {})
  }

  #presenceOf(client: string): Presence {
    return this.#broker?.clients?.[client]
      ? { broker: this.#broker.id, absentAt: null }
      : { broker: undefined, absentAt: this.#clock.now() }
  }

  /** Refuses to take more while PostgreSQL takes nothing, and text that it cannot hold. */
  #admit(...texts: (string | undefined)[]): void {
    if (this.#isDestroyed) throw closed('change')
    if (texts.some((text) => text?.includes('\0')))
      throw new QuartierError('SESSIONS_FAILED', 'change a session: a name holds the character NUL')
    if (!this.#writer.stalled || this.#writer.pending < this.#limits.pendingRows) return
    throw new QuartierError('SESSIONS_OVERLOADED', 'change a session: too much waits for PostgreSQL', {
      retriable: true,
    })
  }

  async *#retained(filter: string): AsyncGenerator<StoredPacket> {
    const wildcard = filter.search(/[+#]/)
    if (wildcard < 0) {
      const rows = await this.#pool.query<PacketRow>('select head, payload from mqtt_retained where topic = $1', [
        filter,
      ])
      yield* rows.map(fromRow)
      return
    }
    const levels = filter.split('/')
    // `a/#` is also about `a` itself [MQTT-4.7.1-2]; no character sorts behind the last one of Unicode.
    const prefix = filter.slice(0, Math.max(0, wildcard - 1))
    for (let after = ''; ; ) {
      const rows = await this.#pool.query<PacketRow & { topic: string }>(
        `select topic, head, payload from mqtt_retained
         where topic > $1 and topic >= $2 and topic < $2 || U&'\\+10FFFF' order by topic limit $3`,
        [after, prefix, RETAINED_PER_READ],
      )
      for (const row of rows) if (isMatch(levels, row.topic)) yield fromRow(row)
      if (rows.length < RETAINED_PER_READ) return
      after = (rows.at(-1) as { topic: string }).topic
    }
  }

  async #beat(): Promise<void> {
    await this.#pool.query(
      'insert into mqtt_brokers values ($1, now()) on conflict (id) do update set seen_at = excluded.seen_at',
      [this.#broker?.id],
    )
    await this.#recount()
  }

  /** What all gateways hold together: between counts each knows only its own changes. */
  async #recount(): Promise<void> {
    const [row] = await this.#pool.query<SessionStats>(
      `select count(*) as sessions, coalesce(sum(messages), 0)::float as "queuedMessages",
         coalesce(sum(bytes), 0)::float as "queuedBytes",
         (select count(*) from mqtt_retained) as "retainedMessages",
         (select coalesce(sum(bytes), 0)::float from mqtt_retained) as "retainedBytes" from mqtt_sessions`,
    )
    Object.assign(this.stats, row)
  }
}

const closed = (what: string) => new QuartierError('SESSIONS_CLOSED', `${what} the sessions: they are closed`)
