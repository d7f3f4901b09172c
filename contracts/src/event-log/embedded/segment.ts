import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { LogRecord } from '../port.ts'
import { openFile } from './segment-file.ts'

/** A record as it is handed to a segment: headers are JSON text, `null` when there are none. */
export interface Row {
  readonly partition: number
  readonly key: string
  readonly headers: string | null
  readonly value: Uint8Array
}

/** `partition · 2^40 + offset` is the row id: one B-tree, clustered by partition and then by offset. */
const PARTITION_SPAN = 2 ** 40
export const MAX_PARTITIONS = 4096
const WAL_BYTES = 8 * 1024 * 1024

const INSERT = 'INSERT INTO records (id, appended_at, key, headers, value) VALUES (?, ?, ?, ?, ?)'
const REPLACE = INSERT.replace('INSERT', 'INSERT OR REPLACE')

/**
 * One SQLite file: a stretch of a topic's records, all partitions. Offsets go on where the previous segment ended.
 * Once sealed it never changes again, and may be unlinked while others still read it.
 */
export class Segment {
  readonly path: string
  readonly number: number
  readonly compact: boolean
  /** First offset of every partition here; 0 in a compacted topic. */
  readonly base: readonly number[]
  readonly createdAt: number
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  #sealed = false

  /** Opens an existing file. @throws the error of node:sqlite when it is gone. */
  constructor(path: string, number: number, { busyMs = 2000, immutable = false } = {}) {
    this.path = path
    this.number = number
    this.#db = openFile(path, immutable)
    this.#db.exec('PRAGMA synchronous = FULL; PRAGMA cache_size = -4000; PRAGMA temp_store = MEMORY')
    const about = this.#get('SELECT created_at, compact FROM segment') as [number, number]
    this.createdAt = about[0]
    this.compact = about[1] === 1
    const heads = this.#all('SELECT next FROM heads ORDER BY partition') as [number][]
    this.base = this.compact ? heads.map(() => 0) : heads.map(([next]) => next)
    const pageBytes = (this.#get('PRAGMA page_size') as [number])[0]
    this.#db.exec(`PRAGMA wal_autocheckpoint = ${WAL_BYTES / pageBytes}; PRAGMA journal_size_limit = ${2 * WAL_BYTES}`)
    this.#db.exec(`PRAGMA busy_timeout = ${busyMs}`)
  }

  /** True once no record will be added any more. */
  get sealed(): boolean {
    if (!this.#sealed) this.#sealed = (this.#get('SELECT sealed FROM segment') as [number])[0] === 1
    return this.#sealed
  }

  /** Changes whenever another connection has committed to the file. */
  version(): number {
    return (this.#get('PRAGMA data_version') as [number])[0]
  }

  /** The offset that the partition's next record gets. */
  next(partition: number): number {
    if (!this.compact) {
      const from = partition * PARTITION_SPAN
      const last = this.#get(
        'SELECT id FROM records WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT 1',
        from,
        from + PARTITION_SPAN,
      )
      return last ? (last as [number])[0] - from + 1 : (this.base[partition] as number)
    }
    return (this.#get('SELECT next FROM heads WHERE partition = ?', partition) as [number])[0]
  }

  /** Offset of the oldest record that is here; `next` when there is none. */
  earliest(partition: number): number {
    const from = partition * PARTITION_SPAN
    const first = this.#get(
      'SELECT id FROM records WHERE id >= ? AND id < ? ORDER BY id LIMIT 1',
      from,
      from + PARTITION_SPAN,
    )
    return first ? (first as [number])[0] - from : this.next(partition)
  }

  /** Records of a partition from `offset` on, oldest first; stop iterating when you have enough. */
  *read(partition: number, offset: number, limit: number): Generator<LogRecord> {
    const from = partition * PARTITION_SPAN
    const sql = 'SELECT id, appended_at, key, headers, value FROM records WHERE id >= ? AND id < ? ORDER BY id LIMIT ?'
    for (const row of this.#statement(sql).iterate(from + offset, from + PARTITION_SPAN, limit))
      yield toRecord(row as unknown as StoredRow)
  }

  latest(key: string): LogRecord | undefined {
    const sql =
      'SELECT id, appended_at, key, headers, value FROM records WHERE key = ? ORDER BY appended_at DESC, id DESC LIMIT 1'
    const row = this.#get(sql, key)
    return row ? toRecord(row as unknown as StoredRow) : undefined
  }

  /** How many records are here. */
  count(): number {
    if (!this.compact) return this.base.reduce((sum, first, p) => sum + this.next(p) - first, 0)
    return (this.#get('SELECT count(*) FROM records') as [number])[0]
  }

  /** Bytes of the file with what stands in an open transaction. */
  bytes(): number {
    const pages = this.#get('PRAGMA page_count') as [number]
    return pages[0] * (this.#get('PRAGMA page_size') as [number])[0]
  }

  /** Time of the newest record of any partition, or of the segment's creation. */
  lastAt(): number {
    const newest = 'SELECT appended_at FROM records WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT 1'
    const times = this.base.map((_, p) => this.#get(newest, p * PARTITION_SPAN, (p + 1) * PARTITION_SPAN))
    return Math.max(this.createdAt, ...times.map((row) => (row as [number] | undefined)?.[0] ?? 0))
  }

  /** Takes the file's write lock; throws SQLITE_BUSY when another process holds it. */
  begin(): void {
    this.#statement('BEGIN IMMEDIATE').run()
  }

  /** Durable when it returns. */
  commit(): void {
    this.#statement('COMMIT').run()
  }

  rollback(): void {
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
  }

  /** Adds one record at `offset`, inside a transaction. */
  insert(row: Row, offset: number, appendedAt: number): void {
    this.#statement(this.compact ? REPLACE : INSERT).run(
      row.partition * PARTITION_SPAN + offset,
      appendedAt,
      row.key,
      row.headers,
      row.value,
    )
  }

  /** Remembers where a partition of a compacted topic stands, inside a transaction. */
  setNext(partition: number, next: number): void {
    this.#statement('UPDATE heads SET next = ? WHERE partition = ?').run(next, partition)
  }

  /** Ends the segment, inside a transaction. */
  seal(): void {
    this.#statement('UPDATE segment SET sealed = 1').run()
  }

  /** Forgets tombstones appended before `before` in a compacted topic. */
  dropTombstones(before: number): void {
    this.#statement('DELETE FROM records WHERE length(value) = 0 AND appended_at < ?').run(before)
  }

  /** Moves the write-ahead log into the file; false while somebody still reads an older state. */
  checkpoint(): boolean {
    return (this.#get('PRAGMA wal_checkpoint(TRUNCATE)') as [number])[0] === 0
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close()
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (!statement) {
      statement = this.#db.prepare(sql)
      statement.setReturnArrays(true)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  #get(sql: string, ...values: (number | string)[]): unknown {
    return this.#statement(sql).get(...values)
  }

  #all(sql: string): unknown {
    return this.#statement(sql).all()
  }
}

type StoredRow = [number, number, string, string | null, Uint8Array]
const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({})

function toRecord([id, appendedAt, key, headers, value]: StoredRow): LogRecord {
  const partition = Math.floor(id / PARTITION_SPAN)
  return {
    partition,
    offset: id - partition * PARTITION_SPAN,
    appendedAt,
    key,
    value,
    headers: headers === null ? NO_HEADERS : (JSON.parse(headers) as Record<string, string>),
  }
}
