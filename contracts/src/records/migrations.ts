import { sql } from 'kysely'
import type { Migration } from './migrate.ts'
import { indexAll } from './series-write.ts'

/** In order, never edited once released: a change of the schema is a new entry at the end. */
export const MIGRATIONS: readonly Migration[] = [
  {
    name: '0001-principals-and-people',
    async up(db) {
      await db.schema
        .createTable('principals')
        .addColumn('name', 'text', (c) => c.primaryKey())
        .addColumn('source', 'text', (c) => c.notNull())
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('publish', 'text', (c) => c.notNull())
        .addColumn('subscribe', 'text', (c) => c.notNull())
        .addColumn('devices', 'text', (c) => c.notNull())
        .addColumn('personal', 'integer', (c) => c.notNull())
        .addColumn('historical', 'integer', (c) => c.notNull())
        .addColumn('enabled', 'integer', (c) => c.notNull())
        .addColumn('salt', 'text', (c) => c.notNull())
        .addColumn('secret_sha256', 'text', (c) => c.notNull())
        .execute()
      await db.schema
        .createTable('users')
        .addColumn('name', 'text', (c) => c.primaryKey())
        .addColumn('display_name', 'text', (c) => c.notNull())
        .addColumn('role', 'text', (c) => c.notNull())
        .addColumn('zones', 'text', (c) => c.notNull())
        .addColumn('enabled', 'integer', (c) => c.notNull())
        .addColumn('language', 'text', (c) => c.notNull())
        .addColumn('password_hash', 'text')
        .execute()
      await db.schema
        .createTable('sessions')
        .addColumn('token_sha256', 'text', (c) => c.primaryKey())
        .addColumn('user_name', 'text', (c) => c.notNull().references('users.name').onDelete('cascade'))
        .addColumn('created_at', 'bigint', (c) => c.notNull())
        .addColumn('seen_at', 'bigint', (c) => c.notNull())
        .execute()
      await db.schema.createIndex('sessions_user').on('sessions').column('user_name').execute()
    },
  },
  {
    name: '0002-registry',
    async up(db, search) {
      await db.schema
        .createTable('counters')
        .addColumn('name', 'text', (c) => c.primaryKey())
        .addColumn('value', 'bigint', (c) => c.notNull())
        .execute()
      await db
        .insertInto('counters')
        .values(
          ['series', 'revision', 'announced-places', 'announced-assets', 'announced-series'].map((name) => ({
            name,
            value: 0,
          })),
        )
        .execute()
      await db.schema
        .createTable('places')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('parent_id', 'text')
        .addColumn('zone_id', 'text')
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('name_ar', 'text', (c) => c.notNull())
        .addColumn('geometry', 'text', (c) => c.notNull())
        .addColumn('height_m', 'double precision', (c) => c.notNull())
        .addColumn('width_m', 'double precision', (c) => c.notNull())
        .addColumn('revision', 'bigint', (c) => c.notNull())
        .execute()
      await db.schema.createIndex('places_revision').on('places').column('revision').execute()
      await db.schema
        .createTable('assets')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('place_id', 'text', (c) => c.notNull().references('places.id'))
        .addColumn('zone_id', 'text')
        .addColumn('parent_id', 'text')
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('name_ar', 'text', (c) => c.notNull())
        .addColumn('longitude', 'double precision', (c) => c.notNull())
        .addColumn('latitude', 'double precision', (c) => c.notNull())
        .addColumn('level', 'integer', (c) => c.notNull())
        .addColumn('criticality', 'integer', (c) => c.notNull())
        .addColumn('craft', 'text', (c) => c.notNull())
        .addColumn('contractor', 'text', (c) => c.notNull())
        .addColumn('statutory_class', 'text', (c) => c.notNull())
        .addColumn('revision', 'bigint', (c) => c.notNull())
        .execute()
      await db.schema.createIndex('assets_place').on('assets').columns(['place_id', 'id']).execute()
      await db.schema.createIndex('assets_kind').on('assets').columns(['kind', 'id']).execute()
      await db.schema.createIndex('assets_revision').on('assets').column('revision').execute()
      await db.schema
        .createTable('series')
        .addColumn('n', 'integer', (c) => c.primaryKey())
        .addColumn('id', 'text', (c) => c.notNull())
        .addColumn('key', 'text', (c) => c.notNull())
        .addColumn('property', 'text', (c) => c.notNull())
        .addColumn('unit', 'text', (c) => c.notNull())
        .addColumn('asset_id', 'text', (c) => c.references('assets.id'))
        .addColumn('interval_ms', 'bigint', (c) => c.notNull())
        .addColumn('source', 'text', (c) => c.notNull())
        .addColumn('valid_min', 'double precision')
        .addColumn('valid_max', 'double precision')
        .addColumn('status', 'text', (c) => c.notNull())
        .addColumn('personal', 'integer', (c) => c.notNull())
        .addColumn('historical', 'integer', (c) => c.notNull())
        .addColumn('asset_kind', 'text')
        .addColumn('place_id', 'text')
        .addColumn('zone_id', 'text')
        .addColumn('revision', 'bigint', (c) => c.notNull())
        .execute()
      await db.schema.createIndex('series_id').unique().on('series').column('id').execute()
      await db.schema.createIndex('series_asset').on('series').columns(['asset_id', 'n']).execute()
      await db.schema.createIndex('series_revision').on('series').column('revision').execute()
      await db.schema
        .createIndex('series_quarantined')
        .on('series')
        .column('n')
        .where(sql<boolean>`status = 'quarantined'`)
        .execute()
      await search.create(db)
    },
  },
  {
    name: '0003-audit-head',
    async up(db) {
      await db.schema
        .createTable('audit_head')
        .addColumn('chain', 'text', (c) => c.primaryKey())
        .addColumn('sequence', 'bigint', (c) => c.notNull())
        .addColumn('hash', 'text', (c) => c.notNull())
        .execute()
    },
  },
  {
    name: '0004-leases',
    async up(db) {
      await db.schema
        .createTable('leases')
        .addColumn('name', 'text', (c) => c.primaryKey())
        .addColumn('holder', 'text', (c) => c.notNull())
        .addColumn('term', 'bigint', (c) => c.notNull())
        .addColumn('expires_at', 'bigint', (c) => c.notNull())
        .execute()
    },
  },
  {
    name: '0005-device-credentials',
    async up(db) {
      await db.schema
        .createTable('credentials')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('principal', 'text', (c) => c.notNull())
        .addColumn('serial', 'text', (c) => c.notNull())
        .addColumn('issued_at', 'bigint', (c) => c.notNull())
        .addColumn('expires_at', 'bigint')
        .addColumn('revoked_at', 'bigint')
        .addColumn('reason', 'text', (c) => c.notNull())
        .execute()
      await db.schema.createIndex('credentials_principal').on('credentials').column('principal').execute()
      await db.schema
        .createTable('principal_changes')
        .addColumn('n', 'bigint', (c) => c.primaryKey())
        .addColumn('name', 'text', (c) => c.notNull())
        .execute()
      await db.schema
        .createTable('device_log')
        .addColumn('n', 'bigint', (c) => c.primaryKey())
        .addColumn('at', 'bigint', (c) => c.notNull())
        .addColumn('until', 'bigint', (c) => c.notNull())
        .addColumn('times', 'integer', (c) => c.notNull())
        .addColumn('device', 'text', (c) => c.notNull())
        .addColumn('event', 'text', (c) => c.notNull())
        .addColumn('detail', 'text', (c) => c.notNull())
        .addColumn('address', 'text', (c) => c.notNull())
        .execute()
      await db.schema.createIndex('device_log_device').on('device_log').columns(['device', 'n']).execute()
      await db
        .insertInto('counters')
        .values(['principal-changes', 'device-log'].map((name) => ({ name, value: 0 })))
        .execute()
    },
  },
  {
    name: '0006-registry-versions',
    async up(db, search) {
      for (const table of ['places', 'assets', 'series'] as const)
        await db.schema
          .alterTable(table)
          .addColumn('since_at', 'bigint', (c) => c.notNull().defaultTo(0))
          .execute()
      await db.schema.createIndex('assets_parent').on('assets').columns(['parent_id', 'id']).execute()
      await db.schema
        .createTable('registry_versions')
        .addColumn('n', 'bigint', (c) => c.primaryKey())
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('id', 'text', (c) => c.notNull())
        .addColumn('since_at', 'bigint', (c) => c.notNull())
        .addColumn('until_at', 'bigint', (c) => c.notNull())
        .addColumn('value', 'text', (c) => c.notNull())
        .execute()
      await db.schema.createIndex('registry_versions_of').on('registry_versions').columns(['kind', 'id', 'n']).execute()
      await db.insertInto('counters').values({ name: 'versions', value: 0 }).execute()
      await db.schema
        .createTable('series_words')
        .addColumn('word', 'text', (c) => c.primaryKey())
        .execute()
      await indexAll(db, search)
    },
  },
  {
    name: '0007-units-and-intervals',
    async up(db, search) {
      await db.schema.alterTable('series').addColumn('sent_unit', 'text').execute()
      await db.schema
        .alterTable('series')
        .addColumn('learnt_interval_ms', 'bigint', (c) => c.notNull().defaultTo(0))
        .execute()
      await search.createPieces(db)
    },
  },
]
