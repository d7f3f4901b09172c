import { QuartierError } from '@quartier/contracts'
import type { Pool } from '@quartier/contracts/postgres'

const VERSION = 1

/** A session's row counts what waits for its client; what belongs to a session goes with it. */
const TABLES = `
  create table if not exists mqtt_schema (version integer not null);
  create table if not exists mqtt_brokers (id text primary key, seen_at timestamptz not null);
  create table if not exists mqtt_sessions (
    client text collate "C" primary key, absent_at bigint, broker text,
    messages integer not null default 0, bytes bigint not null default 0);
  create index if not exists mqtt_sessions_absent on mqtt_sessions (absent_at) where absent_at is not null;
  create table if not exists mqtt_subscriptions (
    client text collate "C" references mqtt_sessions on delete cascade, filter text collate "C", qos integer not null,
    options text not null, seq bigserial, primary key (client, filter));
  create table if not exists mqtt_outgoing (
    seq bigserial primary key, client text collate "C" not null references mqtt_sessions on delete cascade,
    broker text, counter bigint, message_id integer, bytes integer not null, head text not null, payload bytea);
  create index if not exists mqtt_outgoing_client on mqtt_outgoing (client, seq);
  create unique index if not exists mqtt_outgoing_origin on mqtt_outgoing (client, broker, counter);
  create index if not exists mqtt_outgoing_id on mqtt_outgoing (client, message_id) where message_id is not null;
  create table if not exists mqtt_incoming (
    client text collate "C" references mqtt_sessions on delete cascade, message_id integer,
    head text not null, payload bytea, primary key (client, message_id));
  create table if not exists mqtt_wills (
    client text collate "C", broker text, head text not null, payload bytea, primary key (client, broker));
  create table if not exists mqtt_retained (
    topic text collate "C" primary key, seq bigserial, client text, bytes integer not null,
    head text not null, payload bytea);
  create unlogged table if not exists mqtt_relay (id bigserial primary key, at timestamptz not null default now(), body text not null);
  create index if not exists mqtt_retained_seq on mqtt_retained (seq);
  create index if not exists mqtt_retained_client on mqtt_retained (client, seq) where client is not null`

/** Makes the tables when they are missing. @throws QuartierError SESSIONS_VERSION when a newer release made them */
export async function prepare(pool: Pool, schema: string | undefined): Promise<void> {
  const client = await pool.connect()
  let broken = true
  try {
    await client.query('begin')
    await client.query(`select pg_advisory_xact_lock(hashtext('quartier sessions'))`)
    if (schema) await client.query(`create schema if not exists ${schema}`)
    await client.query(TABLES)
    const { rows } = await client.query('select max(version) as version from mqtt_schema')
    const version = rows[0]?.version as number | null
    if (version !== null && version > VERSION)
      throw new QuartierError('SESSIONS_VERSION', 'open the sessions in PostgreSQL: a newer release wrote them')
    if (version === null) await client.query('insert into mqtt_schema values ($1)', [VERSION])
    await client.query('commit')
    broken = false
  } finally {
    client.release(broken)
  }
}
