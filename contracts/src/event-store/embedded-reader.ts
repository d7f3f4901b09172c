import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate as pause } from 'node:timers/promises'
import { QuartierError } from '../errors.ts'
import type { DistrictEvent } from '../events/event.ts'
import { type Block, type BlockSummary, openBlock } from './block.ts'
import type { EventPage, EventQuery, EventReader } from './port.ts'
import { inTransaction, translated } from './schema.ts'
import { isFull, pageOf, prepare, type Search, searchBlock } from './search.ts'

/** Blocks opened before others get a turn, and the time after which a page is given as it is, ms. */
const BLOCKS_AT_ONCE = 48
const LONGEST_MS = 1500
const BLOCKS_KEPT = 24

interface BlockRow {
  readonly id: number
  readonly first_at: number
  readonly last_at: number
  readonly severity: number
  readonly kinds: Uint8Array
  readonly names: Uint8Array
}

/** Searches a file of events, whoever writes it. */
export class EventFileReader {
  readonly #db: DatabaseSync
  readonly #opened = new Map<number, Block>()

  constructor(db: DatabaseSync) {
    this.#db = db
  }

  async search(query: EventQuery): Promise<EventPage> {
    const until = performance.now() + LONGEST_MS
    let search = prepare(query)
    const found: DistrictEvent[] = []
    for (;;) {
      const searchedTo = translated('search events', () => this.#searchSome(search, found))
      if (searchedTo === undefined || isFull(found, query.limit, searchedTo) || performance.now() > until)
        return pageOf(found, query.limit, searchedTo)
      // What was found before the border is found again from there.
      for (let i = found.length - 1; i >= 0; i--)
        if ((found[i] as DistrictEvent).measuredAt <= searchedTo) found.splice(i, 1)
      search = { ...search, before: { at: searchedTo + 1, id: '' } }
      await pause()
    }
  }

  usage() {
    const sql = `select coalesce(sum(rows), 0) as events, coalesce(sum(bytes), 0) as bytes, min(first_at) as oldestAt
      from block`
    return this.#db.prepare(sql).get() as { events: number; bytes: number; oldestAt: number | null }
  }

  /** The block, which must be there; opened blocks are kept for a while, as nothing changes them. */
  block(id: number): Block {
    const known = this.#opened.get(id)
    if (known) {
      this.#opened.delete(id)
      this.#opened.set(id, known)
      return known
    }
    const { data } = this.#db.prepare('select data from content where block = ?').get(id) as { data: Uint8Array }
    const block = openBlock(data)
    this.#opened.set(id, block)
    if (this.#opened.size > BLOCKS_KEPT) this.#opened.delete(this.#opened.keys().next().value as number)
    return block
  }

  /** Looks through some blocks, newest first. Returns the instant up to which all were, unless that was all of them. */
  #searchSome(search: Search, found: DistrictEvent[]): number | undefined {
    const { from, to, limit } = search.query
    const until = Math.min(to, search.before.at + 1)
    const sql = `select id, first_at, last_at, severity, kinds, names from block
      where last_at >= ? and first_at < ? order by last_at desc`
    return inTransaction(this.#db, 'begin', () => {
      let opened = 0
      for (const row of this.#db.prepare(sql).iterate(from, until) as Iterable<BlockRow & Record<string, never>>) {
        if (isFull(found, limit, row.last_at)) return row.last_at
        if (!search.mayHold(summaryOf(row))) continue
        if (opened++ >= BLOCKS_AT_ONCE) return row.last_at
        searchBlock(this.block(row.id), search, found)
      }
      return undefined
    })
  }
}

const summaryOf = ({ first_at: firstAt, last_at: lastAt, severity, kinds, names }: BlockRow): BlockSummary => ({
  ...{ firstAt, lastAt, severity, kinds, names },
  lastReceivedAt: 0,
  rows: 0,
})

/** Reads the events of this machine while another process writes them; none as long as nobody has written any. */
export function openEmbeddedEventReader({ path }: { readonly path: string }): EventReader {
  let open: { readonly db: DatabaseSync; readonly reader: EventFileReader } | undefined
  let isClosed = false
  const connect = () => {
    if (isClosed) throw new QuartierError('STORE_CLOSED', 'search events: the reader is closed')
    if (!open && existsSync(path)) {
      const db = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
      const { user_version: version } = db.prepare('pragma user_version').get() as { user_version: number }
      if (version === 0) db.close()
      else open = { db, reader: new EventFileReader(db) }
    }
    return open?.reader
  }
  return {
    async search(query) {
      prepare(query)
      const reader = translated('open the events', connect)
      return reader ? reader.search(query) : { events: [] }
    },
    async usage() {
      const reader = translated('open the events', connect)
      return reader ? reader.usage() : { events: 0, bytes: 0, oldestAt: null }
    },
    async close() {
      isClosed = true
      open?.db.close()
      open = undefined
    },
  }
}
