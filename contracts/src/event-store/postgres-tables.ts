import { QuartierError } from '../errors.ts'
import type { Pool } from '../records/postgres/pool.ts'

const VERSION = 1

/** `event_sides` is what the ledger was not told yet: period 0 is open. */
const TABLES = `
  create table if not exists event_schema (version integer not null);
  create table if not exists events (
    id text collate "C" not null, owner text collate "C" not null, asset text collate "C", zone text collate "C",
    kind smallint not null, severity smallint not null, quality smallint not null, data_class smallint not null,
    measured_at bigint not null, received_at bigint not null, attributes text not null, seq bigserial,
    primary key (owner, id));
  create index if not exists events_at on events (measured_at desc, id desc);
  create index if not exists events_kind on events (kind, measured_at desc, id desc);
  create index if not exists events_zone on events (zone, measured_at desc, id desc) where zone is not null;
  create index if not exists events_asset on events (asset, measured_at desc, id desc) where asset is not null;
  create index if not exists events_owner on events (owner, measured_at desc, id desc);
  create index if not exists events_personal on events (measured_at) where data_class > 0;
  create index if not exists events_seq on events (seq);
  create table if not exists event_position (partition integer primary key, next bigint not null);
  create sequence if not exists event_period;
  create table if not exists event_sides (
    period bigint not null, partition integer not null, first bigint not null, next bigint not null,
    received_at bigint not null, source text not null, gateway text not null,
    stored bigint not null, duplicates bigint not null, too_late bigint not null);
  create index if not exists event_sides_period on event_sides (period)`

/** Makes the tables when they are missing. @throws QuartierError STORE_CORRUPT when a newer release made them */
export async function prepareTables(pool: Pool, schema: string | undefined): Promise<void> {
  const client = await pool.connect()
  let isBroken = true
  try {
    await client.query('begin')
    await client.query(`select pg_advisory_xact_lock(hashtext('quartier events'))`)
    if (schema) await client.query(`create schema if not exists ${schema}`)
    await client.query(TABLES)
    const { rows } = await client.query('select max(version) as version from event_schema')
    const version = rows[0]?.version as number | null
    if (version !== null && version > VERSION)
      throw new QuartierError('STORE_CORRUPT', 'open the events in PostgreSQL: a newer release wrote them')
    if (version === null) await client.query('insert into event_schema values ($1)', [VERSION])
    await client.query('commit')
    isBroken = false
  } finally {
    client.release(isBroken)
  }
}
