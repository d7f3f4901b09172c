import { QuartierError } from '@quartier/contracts'
import type { PoolClient } from '@quartier/contracts/postgres'
import { packetBytes } from '../packets.ts'
import type { SessionLimits, SessionStats } from '../types.ts'
import type { Change, Of } from './changes.ts'
import { fromQueue, fromRow, type PacketRow, toJson } from './rows.ts'
import type { Outcome } from './writer.ts'

/**
 * Writes changes within the transaction that `client` has begun: kind by kind, so that each kind is one statement.
 * That keeps the order of what depends on each other, since a caller waits for one change before it asks for the next.
 */
export async function apply(
  client: PoolClient,
  changes: readonly Change[],
  limits: SessionLimits,
  stats: Readonly<SessionStats>,
): Promise<Outcome> {
  const batch = new Batch(client, changes, limits, { ...stats })
  if (changes.every(mayBeRepeated)) await client.query('set local synchronous_commit = off')
  await batch.begin()
  await batch.subscriptions()
  await batch.outgoing()
  await batch.incoming()
  await batch.wills()
  await batch.retained()
  await batch.presence()
  await batch.expire()
  await batch.endEmpty()
  return { results: batch.results, resubscribed: [...batch.resubscribed], stats: batch.stats }
}

/** What a crash may undo: a QoS 1 message is then sent once more. */
const mayBeRepeated = ({ kind, ...change }: Change): boolean =>
  kind === 'clear' || (kind === 'update' && (change as Of<'update'>).packet.qos === 1)

type Numbered<C> = C & { readonly i: number }
interface Gone {
  readonly i?: number
  readonly client: string
  readonly bytes: number
}

/** Takes rows that were deleted (`gone`) off what their sessions count. */
const UNCOUNT = `
  per as (select client, count(*) as n, sum(bytes) as b from gone group by client),
  counted as (update mqtt_sessions s set messages = s.messages - per.n, bytes = s.bytes - per.b
    from per where s.client = per.client)`

class Batch {
  readonly results: unknown[]
  readonly resubscribed = new Set<string>()
  /** As it will be once the transaction is committed. */
  readonly stats: SessionStats
  readonly #client: PoolClient
  readonly #changes: Numbered<Change>[]
  readonly #limits: SessionLimits
  /** Clients whose session may have nothing left. */
  readonly #emptied = new Set<string>()

  constructor(client: PoolClient, changes: readonly Change[], limits: SessionLimits, stats: SessionStats) {
    this.#client = client
    this.#changes = changes.map((change, i) => ({ ...change, i }))
    this.#limits = limits
    this.results = new Array(changes.length)
    this.stats = stats
  }

  /** Makes the sessions that changes need; where there are too many, those longest away give way. */
  async begin(): Promise<void> {
    const wanted = new Map<string, { client: string; absent: number | null; broker: string | null }>()
    for (const change of [...this.#of('subscribe'), ...this.#of('enqueue'), ...this.#of('receive')]) {
      const { broker = null, absentAt } = change.presence
      wanted.set(change.client, { client: change.client, absent: absentAt, broker })
    }
    if (wanted.size === 0) return
    const sorted = [...wanted.values()].sort((a, b) => (a.client < b.client ? -1 : 1))
    const made = await this.#rows<{ client: string }>(
      `insert into mqtt_sessions (client, absent_at, broker)
       select client, absent, broker from json_to_recordset($1) as o (client text, absent bigint, broker text)
       on conflict (client) do nothing returning client`,
      JSON.stringify(sorted),
    )
    this.stats.sessions += made.length
    const excess = this.stats.sessions - this.#limits.sessions
    if (excess > 0 && made.length > 0)
      await this.#makeRoom(
        excess,
        made.map((row) => row.client),
      )
  }

  async subscriptions(): Promise<void> {
    const put = this.#latest('subscribe', (c) => `${c.client}\0${c.subscription.topic}`)
    if (put.length > 0)
      await this.#rows(
        `insert into mqtt_subscriptions (client, filter, qos, options)
         select client, filter, qos, options
         from json_to_recordset($1) as o (client text, filter text, qos int, options text)
         on conflict (client, filter) do update set qos = excluded.qos, options = excluded.options`,
        JSON.stringify(put.map((c) => ({ client: c.client, filter: c.subscription.topic, ...optionsOf(c) }))),
      )
    const one = this.#of('unsubscribe')
    if (one.length > 0)
      await this.#rows(
        `delete from mqtt_subscriptions s using json_to_recordset($1) as o (client text, filter text)
         where s.client = o.client and s.filter = o.filter`,
        JSON.stringify(one.map(({ client, filter }) => ({ client, filter }))),
      )
    const all = this.#of('unsubscribe-all').map((c) => c.client)
    if (all.length > 0) await this.#rows('delete from mqtt_subscriptions where client = any($1)', all)
    for (const c of [...put, ...one]) this.resubscribed.add(c.client)
    for (const c of all) this.resubscribed.add(c)
    for (const c of [...one.map((u) => u.client), ...all]) this.#emptied.add(c)
  }

  async outgoing(): Promise<void> {
    await this.#enqueue()
    await this.#update()
    await this.#clear()
    const excess = this.stats.queuedBytes - this.#limits.totalQueueBytes
    if (excess > 0) await this.#dropOldest(excess)
  }

  async incoming(): Promise<void> {
    await this.#refuseExcess()
    const put = this.#latest('receive', (c) => `${c.client}\0${c.packet.messageId}`)
    if (put.length > 0)
      await this.#rows(
        `insert into mqtt_incoming (client, message_id, head, payload)
         select client, id, head, decode(payload, 'base64')
         from json_to_recordset($1) as o (client text, id int, head text, payload text)
         on conflict (client, message_id) do update set head = excluded.head, payload = excluded.payload`,
        JSON.stringify(put.map(({ client, packet }) => ({ client, id: packet.messageId, ...toJson(packet) }))),
      )
    const released = this.#of('release')
    if (released.length > 0) {
      const gone = await this.#rows<{ i: number }>(
        `delete from mqtt_incoming m using json_to_recordset($1) as o (i int, client text, id int)
         where m.client = o.client and m.message_id = o.id returning o.i`,
        JSON.stringify(released.map(({ i, client, messageId: id }) => ({ i, client, id }))),
      )
      for (const { i } of gone) this.results[i] = true
    }
    const all = this.#of('release-all').map((c) => c.client)
    if (all.length > 0) await this.#rows('delete from mqtt_incoming where client = any($1)', all)
    for (const c of [...released.map((r) => r.client), ...all]) this.#emptied.add(c)
  }

  async wills(): Promise<void> {
    for (const change of this.#of('no-will')) {
      const [row] = await this.#rows<PacketRow>(
        'delete from mqtt_wills where client = $1 and ($2::text is null or broker = $2) returning head, payload',
        change.client,
        change.broker ?? null,
      )
      this.results[change.i] = row && fromRow(row)
    }
    const put = this.#latest('will', (c) => `${c.client}\0${c.broker}`)
    if (put.length > 0)
      await this.#rows(
        `insert into mqtt_wills (client, broker, head, payload) select client, broker, head, decode(payload, 'base64')
         from json_to_recordset($1) as o (client text, broker text, head text, payload text)
         on conflict (client, broker) do update set head = excluded.head, payload = excluded.payload`,
        JSON.stringify(put.map(({ client, broker, packet }) => ({ client, broker, ...toJson(packet) }))),
      )
  }

  async retained(): Promise<void> {
    const latest = this.#latest('retain', (c) => c.packet.topic as string)
    const put = latest.filter((c) => c.packet.payload?.length)
    const removed = latest.filter((c) => !c.packet.payload?.length).map((c) => c.packet.topic)
    if (removed.length > 0)
      this.#unretain(await this.#rows('delete from mqtt_retained where topic = any($1) returning bytes', removed))
    if (put.length === 0) return
    const before = await this.#rows<Gone>(
      'select bytes from mqtt_retained where topic = any($1)',
      put.map((c) => c.packet.topic),
    )
    this.#unretain(before)
    const rows = put.map(({ packet }) => ({
      topic: packet.topic,
      client: packet.clientId ?? null,
      bytes: packetBytes(packet),
      ...toJson(packet),
    }))
    await this.#rows(
      `insert into mqtt_retained (topic, client, bytes, head, payload)
       select topic, client, bytes, head, decode(payload, 'base64')
       from json_to_recordset($1) as o (topic text, client text, bytes int, head text, payload text)
       on conflict (topic) do update set seq = excluded.seq, client = excluded.client, bytes = excluded.bytes,
         head = excluded.head, payload = excluded.payload`,
      JSON.stringify(rows),
    )
    for (const { bytes } of rows) this.#retain(bytes)
    await this.#boundRetained([...new Set(rows.flatMap((row) => row.client ?? []))])
  }

  async presence(): Promise<void> {
    // A client that came to another gateway is present there, whatever the one it left says.
    const marks = this.#latest('presence', (c) => c.client)
    if (marks.length === 0) return
    await this.#rows(
      `update mqtt_sessions s set absent_at = o.absent, broker = o.broker
       from json_to_recordset($1) as o (client text, absent bigint, broker text)
       where s.client = o.client and (o.absent is null or s.broker is null or s.broker = o.broker)`,
      JSON.stringify(
        marks.map(({ client, presence: p }) => ({ client, absent: p.absentAt, broker: p.broker ?? null })),
      ),
    )
  }

  async expire(): Promise<void> {
    for (const { before } of this.#of('expire')) {
      const ended = await this.#end('absent_at < $1', before)
      this.stats.expiredSessions += ended
    }
  }

  async endEmpty(): Promise<void> {
    if (this.#emptied.size === 0) return
    const ended = await this.#rows<{ client: string }>(
      `delete from mqtt_sessions s where s.client = any($1)
         and not exists (select from mqtt_subscriptions x where x.client = s.client)
         and not exists (select from mqtt_outgoing x where x.client = s.client)
         and not exists (select from mqtt_incoming x where x.client = s.client)
       returning s.client`,
      [...this.#emptied].sort(),
    )
    this.stats.sessions -= ended.length
  }

  /** Takes no QoS 2 message of a client for which too much awaits its release. */
  async #refuseExcess(): Promise<void> {
    const received = this.#of('receive')
    if (received.length === 0) return
    const rows = await this.#rows<{ client: string; bytes: number }>(
      `select client, sum(200 + coalesce(octet_length(payload), 0))::float as bytes from mqtt_incoming
       where client = any($1) group by client`,
      [...new Set(received.map((c) => c.client))],
    )
    const held = new Map(rows.map((row) => [row.client, row.bytes]))
    for (const { i, client, packet } of received) {
      const bytes = (held.get(client) ?? 0) + packetBytes(packet)
      if (bytes <= this.#limits.incomingBytes) held.set(client, bytes)
      else
        this.results[i] = new QuartierError(
          'SESSIONS_LIMIT',
          `keep a message of ${client}: too much awaits its release`,
          { retriable: true },
        )
    }
  }

  async #enqueue(): Promise<void> {
    const added = this.#of('enqueue').filter(({ i }) => this.results[i] === undefined)
    if (added.length === 0) return
    const rows = added.map(({ i, client, packet }) => {
      const { messageId, ...rest } = packet
      const { brokerId: broker = null, brokerCounter: counter = null } = packet
      return { i, client, broker, counter, bytes: packetBytes(packet), ...toJson(rest) }
    })
    // One message twice for one client, or once more after a commit of which no answer came, is one message.
    const queues = await this.#rows<{ client: string; n: number; b: number; messages: number; bytes: number }>(
      `with added as (
         insert into mqtt_outgoing (client, broker, counter, bytes, head, payload)
         select client, broker, counter, bytes, head, decode(payload, 'base64') from json_to_recordset($1)
           as o (i int, client text, broker text, counter bigint, bytes int, head text, payload text) order by i
         on conflict do nothing returning client, bytes),
       per as (select client, count(*) as n, sum(bytes) as b from added group by client)
       update mqtt_sessions s set messages = s.messages + per.n, bytes = s.bytes + per.b
       from per where s.client = per.client returning s.client, per.n, per.b, s.messages, s.bytes`,
      JSON.stringify(rows),
    )
    const { queueMessages, queueBytes } = this.#limits
    const full: string[] = []
    for (const q of queues) {
      this.stats.queuedMessages += q.n
      this.stats.queuedBytes += Number(q.b)
      if (q.messages > queueMessages || q.bytes > queueBytes) full.push(q.client)
    }
    if (full.length > 0) await this.#trim(full)
  }

  async #update(): Promise<void> {
    const updates = this.#of('update')
    const named = updates.filter((c) => c.packet.brokerId !== undefined)
    const rest = updates.filter((c) => c.packet.brokerId === undefined)
    const found: { i: number }[] = []
    if (named.length > 0)
      found.push(
        ...(await this.#rows<{ i: number }>(
          `update mqtt_outgoing m set message_id = o.id
           from json_to_recordset($1) as o (i int, client text, broker text, counter bigint, id int)
           where m.client = o.client and m.broker = o.broker and m.counter = o.counter returning o.i`,
          JSON.stringify(
            named.map(({ i, client, packet: p }) => ({
              i,
              client,
              broker: p.brokerId,
              counter: p.brokerCounter,
              id: p.messageId,
            })),
          ),
        )),
      )
    if (rest.length > 0)
      found.push(
        ...(await this.#rows<{ i: number }>(
          `update mqtt_outgoing m set head = o.head, payload = decode(o.payload, 'base64'), broker = null, counter = null
           from json_to_recordset($1) as o (i int, client text, id int, head text, payload text)
           where m.client = o.client and m.message_id = o.id returning o.i`,
          JSON.stringify(rest.map(({ i, client, packet }) => ({ i, client, id: packet.messageId, ...toJson(packet) }))),
        )),
      )
    for (const { i } of found) this.results[i] = true
  }

  async #clear(): Promise<void> {
    const cleared = this.#of('clear')
    if (cleared.length === 0) return
    const asked = cleared.map(({ i, client, packet: p }) => ({
      i,
      client,
      id: p.messageId ?? null,
      broker: p.messageId ? null : p.brokerId,
      counter: p.messageId ? null : p.brokerCounter,
    }))
    const gone = await this.#rows<Gone & PacketRow & { i: number }>(
      `with gone as (
         delete from mqtt_outgoing m
         using json_to_recordset($1) as o (i int, client text, id int, broker text, counter bigint)
         where m.client = o.client
           and (m.message_id = o.id or (o.id is null and m.broker = o.broker and m.counter = o.counter))
         returning o.i, m.client, m.bytes, m.message_id, m.head, m.payload),
       ${UNCOUNT}
       select * from gone`,
      JSON.stringify(asked),
    )
    for (const row of gone) {
      this.results[row.i] = fromQueue(row)
      this.#emptied.add(row.client)
    }
    this.#uncount(gone)
  }

  async #trim(clients: readonly string[]): Promise<void> {
    const { queueMessages, queueBytes } = this.#limits
    const gone = await this.#rows<Gone>(
      `with ranked as (
         select seq, row_number() over newest as place, sum(bytes) over newest as bytes from mqtt_outgoing
         where client = any($1) window newest as (partition by client order by seq desc)),
       gone as (delete from mqtt_outgoing where seq in (select seq from ranked where place > $2 or bytes > $3)
         returning client, bytes),
       ${UNCOUNT}
       select * from gone`,
      clients,
      queueMessages,
      queueBytes,
    )
    this.#drop(gone)
  }

  /** Makes room for `excess` bytes; at most some thousand messages at once. */
  async #dropOldest(excess: number): Promise<void> {
    const gone = await this.#rows<Gone>(
      `with oldest as (select seq, sum(bytes) over (order by seq) - bytes as before
         from (select seq, bytes from mqtt_outgoing order by seq limit 5000) as first),
       gone as (delete from mqtt_outgoing where seq in (select seq from oldest where before < $1)
         returning client, bytes),
       ${UNCOUNT}
       select * from gone`,
      excess,
    )
    this.#drop(gone)
  }

  async #makeRoom(excess: number, made: readonly string[]): Promise<void> {
    const longest = `client in (select client from mqtt_sessions where absent_at is not null and client <> all($2)
      order by absent_at limit $1)`
    const evicted = await this.#end(longest, excess, made)
    this.stats.evictedSessions += evicted
    const tooMany = made.slice(0, excess - evicted)
    if (tooMany.length === 0) return
    await this.#end('client = any($1)', tooMany)
    const refused = new Set(tooMany)
    for (const { i, kind, client } of this.#changes)
      if (
        client !== undefined &&
        refused.has(client) &&
        (kind === 'subscribe' || kind === 'enqueue' || kind === 'receive')
      )
        this.results[i] = new QuartierError('SESSIONS_LIMIT', `keep a session for ${client}: there are too many`, {
          retriable: true,
        })
  }

  /** Ends sessions with all that belongs to them; resolves to how many. */
  async #end(condition: string, ...values: unknown[]): Promise<number> {
    const ended = await this.#rows<{ client: string; messages: number; bytes: number }>(
      `delete from mqtt_sessions where ${condition} returning client, messages, bytes`,
      ...values,
    )
    for (const { client, messages, bytes } of ended) {
      this.resubscribed.add(client)
      this.stats.queuedMessages -= messages
      this.stats.queuedBytes -= bytes
    }
    this.stats.sessions -= ended.length
    return ended.length
  }

  async #boundRetained(clients: readonly string[]): Promise<void> {
    const { retainedMessages, retainedBytes, retainedPerClient } = this.#limits
    const drop = async (sql: string, ...values: unknown[]) => {
      const gone = await this.#rows<Gone>(sql, ...values)
      this.#unretain(gone)
      this.stats.droppedRetained += gone.length
    }
    if (clients.length > 0)
      await drop(
        `delete from mqtt_retained where topic in (select topic from (
           select topic, row_number() over (partition by client order by seq desc) as place
           from mqtt_retained where client = any($1)) as own where place > $2) returning bytes`,
        clients,
        retainedPerClient,
      )
    while (this.stats.retainedMessages > retainedMessages || this.stats.retainedBytes > retainedBytes) {
      const excess = Math.max(1, this.stats.retainedMessages - retainedMessages)
      const before = this.stats.retainedMessages
      await drop(
        'delete from mqtt_retained where topic in (select topic from mqtt_retained order by seq limit $1) returning bytes',
        excess,
      )
      if (this.stats.retainedMessages === before) break
    }
  }

  #retain(bytes: number): void {
    this.stats.retainedMessages++
    this.stats.retainedBytes += bytes
  }

  #unretain(gone: readonly { bytes: number }[]): void {
    this.stats.retainedMessages -= gone.length
    for (const { bytes } of gone) this.stats.retainedBytes -= bytes
  }

  #uncount(gone: readonly Gone[]): void {
    this.stats.queuedMessages -= gone.length
    for (const { bytes } of gone) this.stats.queuedBytes -= bytes
  }

  #drop(gone: readonly Gone[]): void {
    this.#uncount(gone)
    this.stats.droppedMessages += gone.length
    for (const { bytes } of gone) this.stats.droppedBytes += bytes
  }

  /** Changes of a kind that were not refused. */
  #of<K extends Change['kind']>(kind: K): Numbered<Of<K>>[] {
    const all = this.#changes.filter((c) => c.kind === kind && this.results[c.i] === undefined)
    return all as unknown as Numbered<Of<K>>[]
  }

  /** The last change for each key: a statement must not touch a row twice. */
  #latest<K extends Change['kind']>(kind: K, keyOf: (change: Numbered<Of<K>>) => string): Numbered<Of<K>>[] {
    return [...new Map(this.#of(kind).map((change) => [keyOf(change), change])).values()]
  }

  async #rows<R>(sql: string, ...values: unknown[]): Promise<R[]> {
    return (await this.#client.query(sql, values)).rows as R[]
  }
}

function optionsOf({ subscription }: Of<'subscribe'>): { qos: number; options: string } {
  const { qos, rh, rap, nl, subscriptionIdentifier } = subscription
  return { qos, options: JSON.stringify({ rh, rap, nl, subscriptionIdentifier }) }
}
