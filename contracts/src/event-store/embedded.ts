import type { DatabaseSync } from 'node:sqlite'
import { QuartierError } from '../errors.ts'
import type { Position } from '../event-log/port.ts'
import type { EventColumns } from '../events/columns.ts'
import { deleteBlocks, insertBlocks, merged, toSlips } from './block-file.ts'
import { EventFileReader } from './embedded-reader.ts'
import { closeOpenRanges, forgetRanges, recordSides } from './ledger-sides.ts'
import { REMEMBERED_IDS, SMALL_ROWS } from './limits.ts'
import { Owners } from './owners.ts'
import type { EventQuery, EventRetention, EventStore, EventWrite, EventWriteResult, Whereabouts } from './port.ts'
import { RecentIds } from './recent.ts'
import { inTransaction, openEventFile, translated } from './schema.ts'
import { lastBefore } from './search.ts'
import { type Sifted, sift } from './sift.ts'

export { openEmbeddedEventReader } from './embedded-reader.ts'

export interface EmbeddedEventStoreOptions {
  /** The file; its folder is made when it is missing. Other processes may read it meanwhile. */
  readonly path: string
  readonly retention: EventRetention
  /** Ids remembered at least (default a million). */
  readonly remembered?: number
  /** How long a write waits, on this thread, for another process that writes the file, ms (default 5,000). */
  readonly busyMs?: number
}

/** Slips that lie about before they are merged: so many, or of so many rows, or for so long (ms of real time). */
const MOST_SLIPS = 32
const MOST_SLIP_ROWS = 16_384
const MERGE_AFTER_MS = 600_000

/**
 * The event store in one SQLite file, for the one process that writes it.
 * @throws QuartierError STORE_UNAVAILABLE, STORE_CORRUPT
 */
export function openEmbeddedEventStore(options: EmbeddedEventStoreOptions): EventStore {
  return new EmbeddedEventStore(openEventFile(options.path, options.busyMs), options)
}

class EmbeddedEventStore implements EventStore {
  readonly #db: DatabaseSync
  readonly #reader: EventFileReader
  readonly #retention: EventRetention
  readonly #remembered: number
  readonly #owners = new Owners()
  /** Undefined until it is read from the file. */
  #recent: RecentIds | undefined
  /** A write that is not known to have succeeded: `#recent` holds its ids, though they may not be stored. */
  #failed: { readonly writes: readonly EventWrite[]; readonly sifted: Sifted } | undefined
  #mergedAt = performance.now()
  #isClosed = false

  constructor(db: DatabaseSync, { retention, remembered = REMEMBERED_IDS }: EmbeddedEventStoreOptions) {
    this.#db = db
    this.#reader = new EventFileReader(db)
    this.#retention = retention
    this.#remembered = remembered
  }

  async write(
    writes: readonly EventWrite[],
    placeOf: (owner: string, asset?: string) => Whereabouts,
  ): Promise<EventWriteResult> {
    return this.#do('write events', () => {
      const sifted = this.#sift(writes, placeOf)
      const slips = toSlips(sifted)
      inTransaction(this.#db, 'begin immediate', () => {
        this.#movePosition(writes)
        insertBlocks(this.#db, slips)
        recordSides(this.#db, writes, sifted.tallies)
      })
      this.#failed = undefined
      return sumOf(sifted)
    })
  }

  async position(): Promise<Position> {
    return this.#do('read the position of the events', () => {
      const rows = this.#db.prepare('select partition, next from position').all() as Record<string, number>[]
      return Object.fromEntries(rows.map(({ partition, next }) => [partition, next])) as Position
    })
  }

  async closeRanges() {
    return this.#do('close ranges of events', () => {
      const { period, entries } = inTransaction(this.#db, 'begin immediate', () => closeOpenRanges(this.#db))
      const told = async () => this.#do('forget ranges of events', () => forgetRanges(this.#db, period))
      return { entries, told }
    })
  }

  async search(query: EventQuery) {
    if (this.#isClosed) throw closed('search events')
    return this.#reader.search(query)
  }

  async arrivals(cursor?: string) {
    return this.#do('look for new events', () => this.#reader.arrivals(cursor))
  }

  async upkeep(now: number): Promise<void> {
    this.#do('keep the events', () => {
      this.#merge()
      this.#expire(now)
    })
  }

  async usage() {
    return this.#do('measure the events', () => this.#reader.usage())
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#db.close()
  }

  #do<T>(what: string, work: () => T): T {
    if (this.#isClosed) throw closed(what)
    return translated(what, work)
  }

  /** What is new of the writes. The same ones that failed before are not looked at again: they would seem to be there. */
  #sift(writes: readonly EventWrite[], placeOf: (owner: string, asset?: string) => Whereabouts): Sifted {
    if (this.#failed?.writes === writes) return this.#failed.sifted
    if (this.#failed || !this.#recent) this.#recent = this.#remember()
    const sifted = sift(writes, {
      owners: this.#owners,
      recent: this.#recent,
      keepMs: this.#retention.eventsMs,
      placeOf,
      isStored: (columns, row, owner) => this.#isStored(columns, row, owner),
    })
    this.#failed = { writes, sifted }
    return sifted
  }

  /** Whoever wrote these partitions in the meantime has moved them: then nothing of this is stored. */
  #movePosition(writes: readonly EventWrite[]): void {
    const insert = this.#db.prepare('insert or ignore into position (partition, next) values (?, 0)')
    const move = this.#db.prepare('update position set next = ? where partition = ? and next <= ?')
    for (const { partition, firstOffset, nextOffset } of writes) {
      insert.run(partition)
      if (move.run(nextOffset, partition, firstOffset).changes === 0)
        throw new QuartierError('STORE_LOCKED', `write events: partition ${partition} was written by somebody else`)
    }
  }

  /** The ids of those received last, from the file. */
  #remember(): RecentIds {
    const blocks = this.#db
      .prepare('select id, rows, last_received_at from block order by last_received_at desc')
      .iterate() as Iterable<Record<string, number>>
    const ids: number[] = []
    let rows = 0
    let since = Number.NEGATIVE_INFINITY
    for (const block of blocks) {
      if (rows >= this.#remembered) {
        since = block.last_received_at as number
        break
      }
      ids.push(block.id as number)
      rows += block.rows as number
    }
    const recent = new RecentIds(since, this.#remembered)
    for (const id of ids) {
      const { columns: c, origins } = this.#reader.block(id)
      for (let row = 0; row < c.length; row++) {
        const receivedAt = c.receivedAt[row] as number
        if (receivedAt <= since) continue
        const { number } = this.#owners.of(origins[c.device[row] as number]?.owner ?? '')
        recent.add(c.ids[row * 4] as number, c.ids[row * 4 + 1] as number, number, receivedAt)
      }
    }
    return recent
  }

  #isStored(columns: EventColumns, row: number, owner: string): boolean {
    const at = columns.measuredAt[row] as number
    const candidates = this.#db.prepare('select id from block where last_at >= ? and first_at <= ?').all(at, at)
    return candidates.some(({ id }) => {
      const { columns: c, origins } = this.#reader.block(id as number)
      for (let r = lastBefore(c, at + 1); r >= 0 && c.measuredAt[r] === at; r--)
        if (sameId(c, r, columns, row) && origins[c.device[r] as number]?.owner === owner) return true
      return false
    })
  }

  /** Slips become blocks of one hour each, together with those of the same hours that are small. */
  #merge(): void {
    const sql = 'select count(*) as count, coalesce(sum(rows), 0) as rows from block where level = 0'
    const { count, rows } = this.#db.prepare(sql).get() as { count: number; rows: number }
    const isTime = performance.now() - this.#mergedAt > MERGE_AFTER_MS
    if (count === 0 || (count < MOST_SLIPS && rows < MOST_SLIP_ROWS && !isTime)) return
    this.#mergedAt = performance.now()
    for (const personal of [0, 1]) {
      const select = `select id from block where personal = ? and (level = 0 or (level = 1 and rows < ? and hour in
        (select hour from block where level = 0 and personal = ?)))`
      const ids = this.#db
        .prepare(select)
        .all(personal, SMALL_ROWS, personal)
        .map((row) => row.id as number)
      if (ids.length === 0) continue
      const blocks = ids.map((id) => this.#reader.block(id))
      const placed = merged(blocks, personal === 1)
      inTransaction(this.#db, 'begin immediate', () => {
        // Another writer of other partitions may have merged the same blocks meanwhile.
        if (deleteBlocks(this.#db, ids) === ids.length) insertBlocks(this.#db, placed)
        else this.#db.exec('rollback')
      })
    }
  }

  #expire(now: number): void {
    const { eventsMs, personalMs, bytes: most } = this.#retention
    const old = this.#db
      .prepare('select id from block where last_at < ? or (personal = 1 and last_at < ?)')
      .all(now - eventsMs, now - personalMs)
      .map((row) => row.id as number)
    let { bytes } = this.#db.prepare('select coalesce(sum(bytes), 0) as bytes from block').get() as { bytes: number }
    if (bytes > most)
      for (const row of this.#db.prepare('select id, bytes from block order by last_at').iterate()) {
        if (bytes <= most) break
        bytes -= row.bytes as number
        old.push(row.id as number)
      }
    if (old.length === 0) return
    inTransaction(this.#db, 'begin immediate', () => deleteBlocks(this.#db, old))
    this.#db.exec('pragma incremental_vacuum(1000)')
  }
}

const sameId = (a: EventColumns, i: number, b: EventColumns, j: number): boolean =>
  [0, 1, 2, 3].every((k) => a.ids[i * 4 + k] === b.ids[j * 4 + k])

function sumOf({ tallies }: Sifted): EventWriteResult {
  const sum = { stored: 0, duplicates: 0, tooLate: 0 }
  for (const bySource of tallies)
    for (const { stored, duplicates, tooLate } of bySource.values()) {
      sum.stored += stored
      sum.duplicates += duplicates
      sum.tooLate += tooLate
    }
  return sum
}

const closed = (what: string): QuartierError => new QuartierError('STORE_CLOSED', `${what}: the event store is closed`)
