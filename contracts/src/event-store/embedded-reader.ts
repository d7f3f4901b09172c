import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate as pause } from 'node:timers/promises'
import { QuartierError } from '../errors.ts'
import type { DistrictEvent } from '../events/event.ts'
import { type Block, type BlockSummary, openBlock } from './block.ts'
import type { Arrivals, EventPage, EventQuery, EventReader } from './port.ts'
import { inTransaction, translated } from './schema.ts'
import { eventAt, isFull, pageOf, prepare, type Search, searchBlock } from './search.ts'

/** Blocks opened before others get a turn, and the time after which a page is given as it is, ms. */
const BLOCKS_AT_ONCE = 12
const LONGEST_MS = 1500
const BLOCKS_KEPT = 24
const MOST_ARRIVALS = 1000
const ARRIVAL_BLOCKS = 64
/** Gateways' clocks differ by less, and so does the order in which their events are stored. */
const OVERLAP_MS = 10_000

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

  /**
   * New blocks hold what came since, and more where slips were merged before they were seen; those received much
   * earlier are no news.
   */
  arrivals(cursor: string | undefined): Arrivals {
    const top = this.#db.prepare('select coalesce(max(id), 0) as id, max(last_received_at) as at from block').get()
    const [lastId = 0, lastAt = 0] = cursor?.split('.').map(Number) ?? [top?.id as number]
    const next = `${Math.max(lastId, top?.id as number)}.${Math.max(lastAt, Number(top?.at ?? 0))}`
    if (cursor === undefined) return { events: [], cursor: next }
    const blocks = this.#db
      .prepare('select id from block where id > ? and last_received_at > ? order by last_received_at desc limit ?')
      .all(lastId, lastAt - OVERLAP_MS, ARRIVAL_BLOCKS)
    const rows: { readonly at: number; readonly block: Block; readonly row: number }[] = []
    for (const { id } of blocks) {
      const block = this.block(id as number)
      const { receivedAt, length } = block.columns
      for (let row = 0; row < length; row++)
        if ((receivedAt[row] as number) > lastAt - OVERLAP_MS) rows.push({ at: receivedAt[row] as number, block, row })
    }
    rows.sort((a, b) => a.at - b.at)
    return { events: rows.slice(-MOST_ARRIVALS).map(({ block, row }) => eventAt(block, row)), cursor: next }
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
      let border = Number.POSITIVE_INFINITY
      for (const row of this.#db.prepare(sql).iterate(from, until) as Iterable<BlockRow & Record<string, never>>) {
        if (isFull(found, limit, row.last_at)) return row.last_at
        if (!search.mayHold(summaryOf(row))) continue
        // Those that reach beyond where we begin were opened before. Of those that end at one instant all are opened:
        // however many they are, the next turn begins further back.
        if (row.last_at < search.before.at) {
          if (opened++ >= BLOCKS_AT_ONCE && row.last_at < border) return row.last_at
          border = row.last_at
        }
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
    async arrivals(cursor) {
      const reader = translated('open the events', connect)
      return reader ? translated('look for new events', () => reader.arrivals(cursor)) : { events: [], cursor: '0.0' }
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
