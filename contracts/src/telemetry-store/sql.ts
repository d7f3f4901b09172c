import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export interface SqlDoor {
  /** Rows as objects, in the order of the result. */
  query(statement: string): Promise<object[]>
  close(): Promise<void>
}

/** A read-only SQL door onto what is flushed of the store in `folder`: the view `readings`. */
export async function openSql(folder: string): Promise<SqlDoor> {
  const db = new DatabaseSync(join(folder, 'manifest.db'), { readOnly: true })
  return { query: async (statement) => db.prepare(statement).all(), close: async () => db.close() }
}
