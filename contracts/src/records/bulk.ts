import { setImmediate as breathe } from 'node:timers/promises'
import { type CompiledQuery, type Kysely, sql, type Transaction } from 'kysely'
import type { Tables } from './tables.ts'

/** Rows written in one transaction: long enough to be quick, short enough that nobody waits for long. */
export const ROWS_PER_TRANSACTION = 5_000

const ROWS_PER_STATEMENT = 40
const KEYS_PER_QUERY = 500

type Table = 'places' | 'assets' | 'series' | 'registry_versions'

/** A dialect's adapter with a quicker way to write many rows than a statement of many values. */
export interface BulkAdapter {
  upsertRows(table: string, key: string, rows: readonly object[]): CompiledQuery
}

/**
 * Inserts rows or, where one has the same key, replaces its columns. All rows have the same columns.
 * A statement is built once for its number of rows and then only bound, which is most of the speed of an import.
 */
export async function upsert(
  db: Transaction<Tables>,
  table: Table,
  key: string,
  rows: readonly object[],
): Promise<void> {
  const adapter = db.getExecutor().adapter as Partial<BulkAdapter>
  if (adapter.upsertRows) {
    if (rows.length > 0) await db.executeQuery(adapter.upsertRows(table, key, rows))
    return
  }
  for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) {
    const some = rows.slice(from, from + ROWS_PER_STATEMENT) as readonly Record<string, unknown>[]
    const columns = Object.keys(some[0]!)
    const parameters: unknown[] = []
    for (const row of some) for (const column of columns) parameters.push(row[column])
    await db.executeQuery({ ...statement(db, table, key, columns, some.length), parameters })
  }
}

/** By connection, since databases spell statements differently. */
const statementsOf = new WeakMap<object, Map<string, ReturnType<typeof build>>>()

function statement(db: Transaction<Tables>, table: Table, key: string, columns: readonly string[], count: number) {
  const connection = db.getExecutor().adapter
  const statements = statementsOf.get(connection) ?? new Map<string, ReturnType<typeof build>>()
  statementsOf.set(connection, statements)
  const name = `${table} ${columns} ${count}`
  const known = statements.get(name)
  if (known) return known
  const built = build(db, table, key, columns, count)
  statements.set(name, built)
  return built
}

function build(db: Transaction<Tables>, table: Table, key: string, columns: readonly string[], count: number) {
  const sample = Object.fromEntries(columns.map((column) => [column, 0]))
  const replaced = columns.filter((column) => column !== key)
  return db
    .insertInto(table)
    .values(Array(count).fill(sample))
    .onConflict((c) =>
      c.column(key as never).doUpdateSet(Object.fromEntries(replaced.map((r) => [r, sql.ref(`excluded.${r}`)]))),
    )
    .compile()
}

/** Runs `work` in a transaction: in the one that `db` is already, or else in one of its own. */
export const transact = <R>(db: Kysely<Tables>, work: (trx: Transaction<Tables>) => Promise<R>): Promise<R> =>
  db.isTransaction ? work(db as Transaction<Tables>) : db.transaction().execute(work)

/** Writes a long list in short transactions, between which everybody else gets a turn. */
export async function inTransactions<T, R>(
  db: Kysely<Tables>,
  items: readonly T[],
  write: (trx: Transaction<Tables>, some: readonly T[], done: number) => Promise<readonly R[]>,
): Promise<R[]> {
  const all: R[] = []
  for (let from = 0; from < items.length; from += ROWS_PER_TRANSACTION) {
    const some = items.slice(from, from + ROWS_PER_TRANSACTION)
    all.push(...(await transact(db, (trx) => write(trx, some, from + some.length))))
    await breathe()
  }
  return all
}

/** Runs `query` for at most 500 keys at a time and joins the answers. */
export async function inGroups<K, R>(
  keys: readonly K[],
  query: (some: readonly K[]) => Promise<readonly R[]>,
): Promise<R[]> {
  const all: R[] = []
  for (let from = 0; from < keys.length; from += KEYS_PER_QUERY) {
    all.push(...(await query(keys.slice(from, from + KEYS_PER_QUERY))))
  }
  return all
}

/** Takes `count` numbers of a counter for this transaction; resolves to the one before the first. */
export async function take(db: Transaction<Tables>, counter: string, count: number): Promise<number> {
  const { value } = await db
    .updateTable('counters')
    .set((e) => ({ value: e('value', '+', count) }))
    .where('name', '=', counter)
    .returning('value')
    .executeTakeFirstOrThrow()
  return Number(value) - count
}

/** Puts the registry's writers in line, also where the database would let several read before they write. */
export const takeTurn = (db: Transaction<Tables>): Promise<number> => take(db, 'revision', 0)

export async function counter(db: Kysely<Tables>, name: string): Promise<number> {
  const row = await db.selectFrom('counters').select('value').where('name', '=', name).executeTakeFirstOrThrow()
  return Number(row.value)
}
