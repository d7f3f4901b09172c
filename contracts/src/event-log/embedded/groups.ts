import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Position } from '../port.ts'

/**
 * Committed positions of the consumer groups, one SQLite file for the whole log. A commit survives the death of the
 * process but is not forced to disk: after a power cut a group may see some records again, as it may at any time.
 */
export class Groups {
  readonly #path: string
  #db: DatabaseSync | undefined

  constructor(folder: string) {
    this.#path = join(folder, 'groups.db')
  }

  commit(topic: string, group: string, position: Position): void {
    const db = this.#open()
    const put = db.prepare('INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?)')
    db.exec('BEGIN IMMEDIATE')
    try {
      for (const [partition, offset] of Object.entries(position)) put.run(topic, group, Number(partition), offset)
      db.exec('COMMIT')
    } catch (error) {
      db.exec('ROLLBACK')
      throw error
    }
  }

  committed(topic: string, group: string): Record<number, number> {
    if (!this.#db && !existsSync(this.#path)) return {}
    const rows = this.#open()
      .prepare('SELECT "partition", "offset" FROM positions WHERE topic = ? AND grp = ?')
      .all(topic, group) as { partition: number; offset: number }[]
    return Object.fromEntries(rows.map((row) => [row.partition, row.offset]))
  }

  close(): void {
    this.#db?.close()
    this.#db = undefined
  }

  #open(): DatabaseSync {
    if (this.#db) return this.#db
    mkdirSync(join(this.#path, '..'), { recursive: true })
    const db = new DatabaseSync(this.#path, { timeout: 5000 })
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -500;
      CREATE TABLE IF NOT EXISTS positions (topic TEXT, grp TEXT, "partition" INTEGER, "offset" INTEGER,
        PRIMARY KEY (topic, grp, "partition")) WITHOUT ROWID`)
    this.#db = db
    return db
  }
}
