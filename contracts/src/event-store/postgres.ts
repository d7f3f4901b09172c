import { QuartierError } from '../errors.ts'
import type { Position } from '../event-log/port.ts'
import { attributesFrom, dataClassOf, type EventColumns, severityOf } from '../events/columns.ts'
import { DATA_CLASSES, type DistrictEvent, type EventAttributes } from '../events/event.ts'
import { eventIdText } from '../events/identity.ts'
import { EVENT_KINDS, kindOfCode, SEVERITIES } from '../events/kinds.ts'
import { MARK_HISTORICAL } from '../readings/quality.ts'
import { translate } from '../records/postgres/errors.ts'
import { isDisconnect, Pool, type PoolClient, type PostgresAddress } from '../records/postgres/pool.ts'
import { entriesOf, type SideRow, sidesOf } from './ledger-sides.ts'
import type { EventPage, EventQuery, EventReader, EventRetention, EventStore, EventWrite, Whereabouts } from './port.ts'
import { prepareTables } from './postgres-tables.ts'
import { prepare } from './search.ts'
import type { SourceTally } from './sift.ts'

export interface PostgresEventStoreOptions extends PostgresAddress {
  /** `bytes` is not kept to: the room of the server is its operator's. */
  readonly retention: EventRetention
}

const MOST_ARRIVALS = 1000
/** Transactions end in another order than they took their numbers in. */
const OVERLAP = 5000
const OVERLAP_MS = 10_000
const REMOVED_AT_ONCE = 20_000

/**
 * The event store in PostgreSQL 13 or later, written by any number of ingesters with partitions of their own.
 * @throws QuartierError STORE_UNAVAILABLE, STORE_CORRUPT
 */
export async function openPostgresEventStore(options: PostgresEventStoreOptions): Promise<EventStore> {
  const pool = new Pool(options, { name: 'quartier-events', connections: 8 })
  await translated('open the events', () => prepareTables(pool, options.schema))
  const reader = readerOf(pool)
  const { retention } = options
  return {
    ...reader,
    write: (writes, placeOf) =>
      inTransaction(pool, 'write events', (c) => write(c, writes, placeOf, retention.eventsMs)),
    async position() {
      const sql = 'select partition, next from event_position'
      const rows = await ask<{ partition: number; next: number }>(pool, 'read the position of the events', sql)
      return Object.fromEntries(rows.map(({ partition, next }) => [partition, next])) as Position
    },
    async closeRanges() {
      const rows = await inTransaction(pool, 'close ranges of events', async (c) => {
        const { rows: next } = await c.query(`select nextval('event_period') as period`)
        await c.query('update event_sides set period = $1 where period = 0', [next[0].period])
        const sql = 'select * from event_sides where period > 0 order by period, partition, first'
        return (await c.query(sql)).rows as SideRow[]
      })
      const periods = [...new Set(rows.map((row) => row.period))]
      const told = async () => {
        await ask(pool, 'forget ranges of events', 'delete from event_sides where period = any($1)', [periods])
      }
      return { entries: entriesOf(rows), told }
    },
    async upkeep(now) {
      const sql = `delete from events where ctid = any(array(
        select ctid from events where measured_at < $1 or (data_class > 0 and measured_at < $2) limit ${REMOVED_AT_ONCE}))`
      await ask(pool, 'remove old events', sql, [now - retention.eventsMs, now - retention.personalMs])
    },
  }
}

/** The same for those who only ask. */
export function openPostgresEventReader(address: PostgresAddress): EventReader {
  return readerOf(new Pool(address, { name: 'quartier-event-reader', connections: 4 }))
}

function readerOf(pool: Pool): EventReader {
  return {
    search: (query) => search(pool, query),
    async arrivals(cursor) {
      const what = 'look for new events'
      const sql = 'select seq, received_at as at from events order by seq desc limit 1'
      const [top = { seq: 0, at: 0 }] = await ask<{ seq: number; at: number }>(pool, what, sql)
      const [lastSeq = 0, lastAt = 0] = cursor?.split('.').map(Number) ?? [top.seq, top.at]
      const next = `${Math.max(lastSeq, top.seq)}.${Math.max(lastAt, top.at)}`
      if (cursor === undefined || top.seq <= lastSeq) return { events: [], cursor: next }
      const since = `select * from events where seq > $1 and received_at > $2 order by seq desc limit ${MOST_ARRIVALS}`
      const rows = await ask<EventRow>(pool, what, since, [lastSeq - OVERLAP, lastAt - OVERLAP_MS])
      return { events: rows.reverse().map(eventOf), cursor: next }
    },
    async usage() {
      const sql = `select count(*) as events, pg_total_relation_size('events') as bytes, min(measured_at) as "oldestAt" from events`
      const [row] = await ask<{ events: number; bytes: number; oldestAt: number | null }>(
        pool,
        'measure the events',
        sql,
      )
      return row ?? { events: 0, bytes: 0, oldestAt: null }
    },
    close: () => pool.close(),
  }
}

interface EventRow {
  readonly id: string
  readonly owner: string
  readonly asset: string | null
  readonly zone: string | null
  readonly kind: number
  readonly severity: number
  readonly quality: number
  readonly data_class: number
  readonly measured_at: number
  readonly received_at: number
  readonly attributes: string
}

async function search(pool: Pool, query: EventQuery): Promise<EventPage> {
  const { before } = prepare(query)
  const { from, to, kinds, zones, assets, devices, severity, text, limit } = query
  const values: unknown[] = [from, to, before.at, before.id]
  const given = (value: unknown) => `$${values.push(value)}`
  const conditions = ['measured_at >= $1', 'measured_at < $2', '(measured_at, id) < ($3, $4)']
  if (kinds) conditions.push(`kind = any(${given(kinds.map((kind) => EVENT_KINDS[kind].code))})`)
  if (zones) conditions.push(`zone = any(${given(zones)})`)
  if (assets) conditions.push(`asset = any(${given(assets)})`)
  if (devices) conditions.push(`owner = any(${given(devices)})`)
  if (severity) conditions.push(`severity >= ${given(SEVERITIES.indexOf(severity))}`)
  if (text !== undefined) {
    const pattern = given(`%${text.replaceAll(/[\\%_]/g, '\\$&')}%`)
    conditions.push(`(owner ilike ${pattern} or attributes ilike ${pattern})`)
  }
  const sql = `select * from events where ${conditions.join(' and ')} order by measured_at desc, id desc limit ${given(limit + 1)}`
  const rows = await ask<EventRow>(pool, 'search events', sql, values)
  const events = rows.slice(0, limit).map(eventOf)
  const last = events.at(-1)
  return rows.length > limit && last ? { events, next: `${last.measuredAt}.${last.id}` } : { events }
}

function eventOf(row: EventRow): DistrictEvent {
  const slash = row.owner.indexOf('/')
  return {
    id: row.id,
    kind: kindOfCode(row.kind),
    source: row.owner.slice(0, slash),
    device: row.owner.slice(slash + 1),
    assetId: row.asset,
    zoneId: row.zone,
    measuredAt: row.measured_at,
    receivedAt: row.received_at,
    severity: SEVERITIES[row.severity] ?? 'info',
    quality: row.quality,
    dataClass: DATA_CLASSES[row.data_class] ?? 'personal',
    attributes: row.attributes === '' ? {} : (JSON.parse(row.attributes) as EventAttributes),
  }
}

type PlaceOf = (owner: string, asset?: string) => Whereabouts

async function write(client: PoolClient, writes: readonly EventWrite[], placeOf: PlaceOf, keepMs: number) {
  for (const { partition, firstOffset, nextOffset } of writes) {
    await client.query('insert into event_position values ($1, 0) on conflict do nothing', [partition])
    const move = 'update event_position set next = $1 where partition = $2 and next <= $3'
    const { rowCount } = await client.query(move, [nextOffset, partition, firstOffset])
    if (rowCount === 0)
      throw new QuartierError('STORE_LOCKED', `write events: partition ${partition} was written by somebody else`)
  }
  const rows = new Rows(placeOf, keepMs)
  const tallies = writes.map(({ columns }) => {
    const tally = new Map<string, SourceTally>()
    for (const c of columns) rows.add(c, tally)
    return tally
  })
  await rows.insert(client)
  for (const side of sidesOf(writes, tallies)) {
    const { partition, first, next, receivedAt, source, gateway, stored, duplicates, tooLate } = side
    await client.query('insert into event_sides values (0, $1, $2, $3, $4, $5, $6, $7, $8, $9)', [
      ...[partition, first, next, Math.round(receivedAt), source, JSON.stringify(gateway), stored, duplicates, tooLate],
    ])
  }
  return rows.sum
}

/** Rows to be inserted, as columns; each counts as a duplicate until PostgreSQL says that it was new. */
class Rows {
  readonly sum = { stored: 0, duplicates: 0, tooLate: 0 }
  readonly #columns: unknown[][] = Array.from({ length: 11 }, () => [])
  readonly #tallies = new Map<string, SourceTally>()
  readonly #placeOf: PlaceOf
  readonly #keepMs: number

  constructor(placeOf: PlaceOf, keepMs: number) {
    this.#placeOf = placeOf
    this.#keepMs = keepMs
  }

  add(c: EventColumns, tallies: Map<string, SourceTally>): void {
    const { buffer, byteOffset } = c.attributes
    for (let row = 0; row < c.length; row++) {
      const owner = c.words[c.device[row] as number] as string
      const source = owner.slice(0, owner.indexOf('/'))
      const tally = tallies.get(source) ?? { stored: 0, duplicates: 0, tooLate: 0 }
      tallies.set(source, tally)
      const [at, receivedAt, quality] = [c.measuredAt[row], c.receivedAt[row], c.quality[row]] as [
        number,
        number,
        number,
      ]
      if (receivedAt - at > this.#keepMs && (quality & MARK_HISTORICAL) === 0) {
        tally.tooLate++
        this.sum.tooLate++
        continue
      }
      tally.duplicates++
      this.sum.duplicates++
      const id = eventIdText(c.ids, row * 4)
      if (!this.#tallies.has(id + owner)) this.#tallies.set(id + owner, tally)
      const asset = c.asset[row] as number
      const { assetId, zoneId } = this.#placeOf(owner, asset === 0 ? undefined : c.words[asset - 1])
      const marks = c.severity[row] as number
      const from = attributesFrom(c, row)
      const attributes = Buffer.from(buffer, byteOffset + from, (c.attributesEnd[row] as number) - from).toString()
      const values = [id, owner, assetId, zoneId, c.kind[row], severityOf(marks), quality, dataClassOf(marks)]
      for (const [k, value] of [...values, at, receivedAt, attributes].entries()) this.#columns[k]?.push(value)
    }
  }

  async insert(client: PoolClient): Promise<void> {
    if (this.#columns[0]?.length === 0) return
    const { rows } = await client.query(
      `insert into events (id, owner, asset, zone, kind, severity, quality, data_class, measured_at, received_at, attributes)
       select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::smallint[], $6::smallint[], $7::smallint[],
         $8::smallint[], $9::bigint[], $10::bigint[], $11::text[])
       on conflict (owner, id) do nothing returning id, owner`,
      this.#columns,
    )
    for (const { id, owner } of rows as { id: string; owner: string }[]) {
      const tally = this.#tallies.get(id + owner) as SourceTally
      tally.stored++
      tally.duplicates--
    }
    this.sum.stored += rows.length
    this.sum.duplicates -= rows.length
  }
}

const ask = <R extends object>(pool: Pool, what: string, sql: string, values?: unknown[]): Promise<R[]> =>
  translated(what, () => pool.query<R>(sql, values))

async function inTransaction<T>(pool: Pool, what: string, work: (client: PoolClient) => Promise<T>): Promise<T> {
  return translated(what, async () => {
    const client = await pool.connect()
    let isBroken = false
    try {
      await client.query('begin')
      const result = await work(client)
      await client.query('commit')
      return result
    } catch (error) {
      isBroken = isDisconnect(error)
      if (!isBroken) await client.query('rollback').catch(() => (isBroken = true))
      throw error
    } finally {
      client.release(isBroken)
    }
  })
}

/** Errors of the database as those of an event store. */
async function translated<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof QuartierError && !error.code.startsWith('RECORDS_')) throw error
    const trouble = translate(what, error)
    const code = trouble.code === 'RECORDS_CLOSED' ? 'STORE_CLOSED' : 'STORE_UNAVAILABLE'
    throw new QuartierError(code, trouble.message, { cause: error, retriable: trouble.retriable })
  }
}
