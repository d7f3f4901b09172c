import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { QuartierError } from '../errors.ts'
import type { Position } from '../event-log/port.ts'
import { decodeLast, type LastColumns } from './last-values.ts'
import { byFlush, type StoreFile } from './layout.ts'
import type { StoreCounts } from './port.ts'

const VERSION = 1

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS position (partition INTEGER PRIMARY KEY, next_offset INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS series_block (number INTEGER PRIMARY KEY, definitions BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS file (
    name TEXT PRIMARY KEY, tier TEXT NOT NULL, level INTEGER NOT NULL, from_flush INTEGER NOT NULL,
    to_flush INTEGER NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL, checksum INTEGER NOT NULL,
    index_at INTEGER NOT NULL, index_bytes INTEGER NOT NULL, min_at REAL NOT NULL, max_at REAL NOT NULL,
    written_at REAL NOT NULL, historical INTEGER NOT NULL, rolled_up INTEGER NOT NULL) WITHOUT ROWID;
`

/** What a flush makes true, all of it or nothing. */
export interface FlushCommit {
  readonly flush: number
  readonly file: StoreFile | undefined
  readonly position: Position
  readonly counts: readonly StoreCounts[]
  readonly series: Uint8Array | undefined
  readonly lastFile: string | undefined
}

export interface ManifestState {
  readonly files: readonly StoreFile[]
  readonly position: Position
  readonly counts: readonly StoreCounts[]
  readonly seriesBlocks: readonly Uint8Array[]
  readonly lastFlush: number
  readonly last: LastColumns | undefined
  readonly lastFile: string | undefined
}

/**
 * The truth about a store's folder: which files belong to it, and up to which log position they hold everything. A
 * file that it does not name does not exist.
 */
export class Manifest {
  #folder: string
  #db: DatabaseSync

  constructor(folder: string, options: { readOnly?: boolean } = {}) {
    this.#folder = folder
    this.#db = new DatabaseSync(join(folder, 'manifest.db'), { readOnly: options.readOnly ?? false, timeout: 5000 })
    if (options.readOnly) return
    this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    this.#db.exec(SCHEMA)
    if (this.#fact('version') === undefined) this.#setFact('version', String(VERSION))
    if (this.#fact('version') !== String(VERSION))
      throw new QuartierError('STORE_CORRUPT', `open ${folder}: its format ${this.#fact('version')} is not known here`)
  }

  read(): ManifestState {
    const lastFile = this.#fact('last_file')
    return {
      files: this.files(),
      position: this.#position(),
      counts: JSON.parse(this.#fact('counts') ?? '[]') as StoreCounts[],
      seriesBlocks: (
        this.#db.prepare('SELECT definitions FROM series_block ORDER BY number').all() as { definitions: Uint8Array }[]
      ).map((r) => r.definitions),
      lastFlush: Number(this.#fact('last_flush') ?? 0),
      last: lastFile === undefined ? undefined : this.#readLast(lastFile),
      lastFile,
    }
  }

  /** Oldest flush first. */
  files(): StoreFile[] {
    return (this.#db.prepare('SELECT * FROM file').all() as unknown as FileRow[]).map(fromRow).sort(byFlush)
  }

  commitFlush(commit: FlushCommit): void {
    this.#transaction(() => {
      if (commit.file) this.#insert(commit.file)
      const move = this.#db.prepare('INSERT OR REPLACE INTO position VALUES (?, ?)')
      for (const [partition, offset] of Object.entries(commit.position)) move.run(Number(partition), offset)
      if (commit.series) this.#db.prepare('INSERT INTO series_block (definitions) VALUES (?)').run(commit.series)
      this.#setFact('counts', JSON.stringify(commit.counts))
      this.#setFact('last_flush', String(commit.flush))
      if (commit.lastFile) this.#setFact('last_file', commit.lastFile)
    })
  }

  /** Puts files in the place of others. */
  replace(gone: readonly StoreFile[], come: readonly StoreFile[]): void {
    this.#transaction(() => {
      const remove = this.#db.prepare('DELETE FROM file WHERE name = ?')
      for (const file of gone) remove.run(file.name)
      for (const file of come) this.#insert(file)
    })
  }

  close(): void {
    this.#db.close()
  }

  #transaction(body: () => void): void {
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      body()
      this.#db.exec('COMMIT')
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw error
    }
  }

  #insert(f: StoreFile): void {
    this.#db
      .prepare('INSERT INTO file VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        f.name,
        f.tier,
        f.level,
        f.fromFlush,
        f.toFlush,
        f.rows,
        f.bytes,
        f.checksum,
        f.indexAt,
        f.indexBytes,
        f.minAt,
        f.maxAt,
        f.writtenAt,
        f.historical ? 1 : 0,
        f.rolledUp ? 1 : 0,
      )
  }

  #position(): Position {
    const rows = this.#db.prepare('SELECT partition, next_offset FROM position').all() as Record<string, number>[]
    return Object.fromEntries(rows.map((r) => [r.partition, r.next_offset]))
  }

  #readLast(name: string): LastColumns {
    const path = join(this.#folder, name)
    const last = existsSync(path) ? decodeLast(readFileSync(path)) : undefined
    if (!last) throw new QuartierError('STORE_CORRUPT', `open ${path}: the last values are missing or damaged`)
    return last
  }

  #fact(name: string): string | undefined {
    return (this.#db.prepare('SELECT value FROM facts WHERE name = ?').get(name) as { value: string } | undefined)
      ?.value
  }

  #setFact(name: string, value: string): void {
    this.#db.prepare('INSERT OR REPLACE INTO facts VALUES (?, ?)').run(name, value)
  }
}

interface FileRow {
  name: string
  tier: StoreFile['tier']
  level: number
  from_flush: number
  to_flush: number
  rows: number
  bytes: number
  checksum: number
  index_at: number
  index_bytes: number
  min_at: number
  max_at: number
  written_at: number
  historical: number
  rolled_up: number
}

const fromRow = (r: FileRow): StoreFile => ({
  name: r.name,
  tier: r.tier,
  level: r.level,
  fromFlush: r.from_flush,
  toFlush: r.to_flush,
  rows: r.rows,
  bytes: r.bytes,
  checksum: r.checksum,
  indexAt: r.index_at,
  indexBytes: r.index_bytes,
  minAt: r.min_at,
  maxAt: r.max_at,
  writtenAt: r.written_at,
  historical: r.historical === 1,
  rolledUp: r.rolled_up === 1,
})
