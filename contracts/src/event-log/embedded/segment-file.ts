import { closeSync, fsyncSync, linkSync, openSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'

/** How one file is laid out; every segment of a topic is alike. */
export interface SegmentShape {
  readonly partitions: number
  /** Keeps the newest record of each (partition, key) only. */
  readonly compact: boolean
}

/**
 * Makes the file of a segment, complete and durable before it appears under its name. When another process was
 * faster its file stays, which holds the same.
 */
export function createSegment(path: string, shape: SegmentShape, base: readonly number[], createdAt: number): void {
  const draft = `${path}.${process.pid}-${Math.random().toString(36).slice(2)}.draft`
  const db = new DatabaseSync(draft)
  try {
    db.exec(`PRAGMA page_size = ${shape.compact ? 4096 : 16_384}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL`)
    db.exec(`BEGIN;
      CREATE TABLE segment (created_at INTEGER NOT NULL, compact INTEGER NOT NULL, sealed INTEGER NOT NULL);
      CREATE TABLE heads (partition INTEGER PRIMARY KEY, next INTEGER NOT NULL);
      CREATE TABLE records (id INTEGER PRIMARY KEY, appended_at INTEGER NOT NULL, key TEXT NOT NULL, headers TEXT, value BLOB NOT NULL);`)
    if (shape.compact)
      db.exec(`CREATE UNIQUE INDEX by_key ON records (key, id >> 40);
        CREATE INDEX tombstones ON records (appended_at) WHERE length(value) = 0;`)
    db.prepare('INSERT INTO segment VALUES (?, ?, 0)').run(createdAt, shape.compact ? 1 : 0)
    const head = db.prepare('INSERT INTO heads VALUES (?, ?)')
    for (let p = 0; p < shape.partitions; p++) head.run(p, base[p] ?? 0)
    db.exec('COMMIT')
    db.close()
    linkSync(draft, path)
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error
  } finally {
    if (db.isOpen) db.close()
    for (const suffix of ['', '-wal', '-shm']) rmSync(draft + suffix, { force: true })
  }
  syncFolder(dirname(path))
}

/**
 * Opens without creating: a file that was unlinked meanwhile must stay gone. An immutable one needs no other files
 * beside it, and so no space, but shows no changes.
 */
export function openFile(path: string, immutable: boolean): DatabaseSync {
  const url = pathToFileURL(path)
  url.search = immutable ? '?mode=ro&immutable=1' : '?mode=rw'
  return new DatabaseSync(url, { timeout: 2000 })
}

/** Makes names in a folder durable. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const fd = openSync(folder, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
