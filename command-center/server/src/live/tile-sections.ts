import { encodeSection, type Level, SERIES_STATES } from '@quartier/contracts/live'
import { widened } from './id-table.ts'
import type { Judgement } from './judgement.ts'
import { COUNTS, type RollupRows } from './rollup-rows.ts'
import type { SeriesTable } from './series-table.ts'
import type { Tile, TileBook } from './tile-book.ts'

/** What has been told of one tile. */
interface Told {
  readonly revision: number
  /** The same rows may stand under other numbers later: groups are numbered anew when the district changes. */
  rows: Uint32Array
  /** Changes up to this tick have been looked at. */
  looked: number
  /** The tick of the last section, which the next one follows. */
  sent: number
  /** Of the last {@link TileSections.turn}; `undefined` when nothing had changed. */
  delta: Uint8Array | undefined
  snapshot: Uint8Array | undefined
  /** The turn in which the snapshot was made. */
  snapshotIn: number
  /** Of a tile of sensors: rows with news since the last turn. */
  readonly news: Uint32Array
  newsLength: number
}

/** The sections of ticks: each is made once for a tile and tick. */
export class TileSections {
  readonly #table: SeriesTable
  readonly #judgement: Judgement
  readonly #book: TileBook
  /** By number of the tile. */
  readonly #told: (Told | undefined)[] = []
  /** By place of a series: number and row of the tile of sensors that was last told of it. */
  #tileOf = new Uint32Array(0)
  #rowOf = new Uint32Array(0)
  #turn = 0

  constructor(deps: { table: SeriesTable; judgement: Judgement; book: TileBook }) {
    this.#table = deps.table
    this.#judgement = deps.judgement
    this.#book = deps.book
  }

  /** A tick ends and all sums are up to date: makes the sections of what has changed in these tiles. */
  turn(tick: number, tiles: Iterable<Tile>): void {
    this.#turn++
    const watched = Array.from(tiles, (tile) => ({ tile, told: this.#toldOf(tile, tick) }))
    this.#spread()
    for (const { tile, told } of watched) {
      told.delta = this.#changes(tile, told)
      told.looked = tick
      told.newsLength = 0
      if (told.delta) told.sent = tick
    }
  }

  /** What has changed in a tile of the last {@link turn}; `undefined` when nothing has. */
  delta(tile: Tile): Uint8Array | undefined {
    return this.#told[tile.number]?.delta
  }

  /** Everything of a tile, as it was at the end of the last tick or later. @param tick the one that runs */
  snapshot(tile: Tile, tick: number): Uint8Array {
    const told = this.#toldOf(tile, tick)
    if (told.snapshot && told.snapshotIn === this.#turn) return told.snapshot
    const made = this.#everything(tile, told)
    told.snapshot = made
    told.snapshotIn = this.#turn
    return made
  }

  /** Forgets what was told of a tile at which nobody looks any more. */
  forget(tile: Tile): void {
    this.#told[tile.number] = undefined
  }

  #toldOf(tile: Tile, tick: number): Told {
    const { revision, rows } = this.#book.rowsOf(tile)
    const known = this.#told[tile.number]
    if (known?.revision === revision) {
      known.rows = rows
      return known
    }
    const told: Told = {
      ...{ revision, rows, looked: tick - 1, sent: Math.max(1, tick - 1) },
      ...{ delta: undefined, snapshot: undefined, snapshotIn: 0 },
      // Once by itself, and once with its gateway.
      news: new Uint32Array(tile.level === 'sensors' ? 2 * rows.length : 0),
      newsLength: 0,
    }
    this.#told[tile.number] = told
    if (tile.level === 'sensors') this.#place(tile, rows)
    return told
  }

  /** Notes in which tile and row each of its series stands. */
  #place(tile: Tile, rows: Uint32Array): void {
    const { length } = this.#table
    if (this.#tileOf.length < length) {
      this.#tileOf = widened(this.#tileOf, Math.max(length, 2 * this.#tileOf.length))
      this.#rowOf = widened(this.#rowOf, this.#tileOf.length)
    }
    for (let row = 0; row < rows.length; row++) {
      this.#tileOf[rows[row] as number] = tile.number
      this.#rowOf[rows[row] as number] = row
    }
  }

  /** Brings the news of series to their tiles. */
  #spread(): void {
    const tell = (place: number) => {
      const told = this.#told[this.#tileOf[place] ?? 0]
      const row = this.#rowOf[place] ?? 0
      // A series that has left its tile stands there no more.
      if (told && told.rows[row] === place) told.news[told.newsLength++] = row
    }
    const { rollup } = this.#judgement
    for (const place of this.#judgement.takeNews()) tell(place)
    for (const asset of rollup.takeTurned()) for (const place of this.#book.placesOf(asset)) tell(place)
  }

  #changes(tile: Tile, told: Told): Uint8Array | undefined {
    const { level } = tile
    const { news, newsLength, looked, sent, revision } = told
    const head = { tile: tile.number, revision, since: sent }
    if (level === 'sensors') {
      if (newsLength === 0) return undefined
      room(newsLength)
      for (let i = 0; i < newsLength; i++) this.#gather(told.rows, news[i] as number, i)
      return encodeSection({ ...head, level, rows: newsLength, columns: scratch })
    }
    const rows = this.#gatherRows(level, told.rows, looked)
    return rows === 0 ? undefined : encodeSection({ ...head, level, rows, columns: scratch })
  }

  #everything(tile: Tile, { revision, rows }: Told): Uint8Array {
    const { level } = tile
    const head = { tile: tile.number, revision, since: 0, rows: rows.length }
    if (level !== 'sensors') {
      this.#gatherRows(level, rows, -1)
      return encodeSection({ ...head, level, columns: scratch })
    }
    room(rows.length)
    for (let row = 0; row < rows.length; row++) this.#gather(rows, row, row)
    return encodeSection({ ...head, level, columns: scratch })
  }

  #gather(places: Uint32Array, row: number, to: number): void {
    const place = places[row] as number
    const at = this.#table.state.measuredAt(place)
    scratch.row[to] = row
    scratch.value[to] = this.#table.state.value(place)
    scratch.measuredAt[to] = at === 0 ? Number.NaN : at
    scratch.quality[to] = at === 0 ? 0 : this.#table.quality(place)
    scratch.state[to] = this.#judgement.state(place)
  }

  #gatherRows(level: Exclude<Level, 'sensors'>, rows: Uint32Array, looked: number): number {
    room(rows.length)
    const { groups, assets } = this.#judgement.rollup
    return gatherRows(level === 'district' ? groups : assets, rows, looked)
  }
}

/** Gathers the rows that changed after the tick `looked`. */
function gatherRows(source: RollupRows, numbers: Uint32Array, looked: number): number {
  let rows = 0
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i] as number
    if ((source.changed[number] as number) <= looked) continue
    scratch.row[rows] = i
    for (let state = 0; state < SERIES_STATES; state++)
      scratch.counts[rows * SERIES_STATES + state] = source.counts[number * COUNTS + state] as number
    scratch.oldestAt[rows] = source.oldestAt[number] as number
    scratch.measure[rows] = source.measure[number] as number
    scratch.worst[rows] = source.worst[number] as number
    rows++
  }
  return rows
}

/** Columns of the section being made: one at a time, so one set serves all. */
const scratch = {
  row: new Uint32Array(0),
  counts: new Uint32Array(0),
  oldestAt: new Float64Array(0),
  measure: new Float32Array(0),
  worst: new Uint8Array(0),
  value: new Float64Array(0),
  measuredAt: new Float64Array(0),
  quality: new Uint8Array(0),
  state: new Uint8Array(0),
}

function room(rows: number): void {
  if (scratch.row.length >= rows) return
  scratch.row = new Uint32Array(rows)
  scratch.counts = new Uint32Array(rows * SERIES_STATES)
  scratch.oldestAt = new Float64Array(rows)
  scratch.measure = new Float32Array(rows)
  scratch.worst = new Uint8Array(rows)
  scratch.value = new Float64Array(rows)
  scratch.measuredAt = new Float64Array(rows)
  scratch.quality = new Uint8Array(rows)
  scratch.state = new Uint8Array(rows)
}
