import type { Kysely, Transaction } from 'kysely'
import { QuartierError } from '../errors.ts'
import { MIGRATIONS } from './migrations.ts'
import type { SeriesSearch } from './series-search.ts'
import type { Tables } from './tables.ts'

/** One step of the schema: portable statements only; what differs between databases stands behind `search`. */
export interface Migration {
  readonly name: string
  up(db: Transaction<Tables>, search: SeriesSearch): Promise<void>
}

/**
 * Brings the database to the newest schema in one transaction; processes that open it together take turns.
 * @throws QuartierError RECORDS_NEWER when a later release has written it
 */
export async function migrate(db: Kysely<Tables>, search: SeriesSearch, now: number): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await trx.schema
      .createTable('migrations')
      .ifNotExists()
      .addColumn('name', 'text', (c) => c.primaryKey())
      .addColumn('applied_at', 'bigint', (c) => c.notNull())
      .execute()
    const applied = new Set((await trx.selectFrom('migrations').select('name').execute()).map((row) => row.name))
    const unknown = [...applied].filter((name) => !MIGRATIONS.some((m) => m.name === name))
    if (unknown.length > 0) {
      throw new QuartierError('RECORDS_NEWER', `the records database has migrations of a later release: ${unknown}`)
    }
    for (const migration of MIGRATIONS) {
      if (applied.has(migration.name)) continue
      await migration.up(trx, search)
      await trx.insertInto('migrations').values({ name: migration.name, applied_at: now }).execute()
    }
  })
}
