import { encodeSection, SERIES_STATES, type TickSection } from '@quartier/contracts/live'
import type { Judgement } from './judgement.ts'
import { COUNTS, type RollupRows } from './rollup-rows.ts'
import type { SeriesTable } from './series-table.ts'
import type { Tile, TileBook } from './tile-book.ts'

/** What has been told of one tile. */
interface Told {
  readonly revision: number
  /** Changes up to this tick have been looked at. */
  looked: number
  /** The tick of the last section, which the next one follows. */
  sent: number
  /** Made in the tick {@link looked}; `undefined` when nothing had changed. */
  delta: Uint8Array | undefined
  snapshot: Uint8Array | undefined
  /** The {@link TileSections.turn} in which the snapshot was made. */
  snapshotIn: number
}

/** The sections of ticks: each is made once for a tile and tick. */
export class TileSections {
  readonly #table: SeriesTable
  readonly #judgement: Judgement
  readonly #book: TileBook
  /** By number of the tile. */
  readonly #told: (Told | undefined)[] = []
  #turn = 0

  constructor(deps: { table: SeriesTable; judgement: Judgement; book: TileBook }) {
    this.#table = deps.table
    this.#judgement = deps.judgement
    this.#book = deps.book
  }

  /** A tick ends and all sums are up to date: makes the sections of what has changed in these tiles. */
  turn(tick: number, tiles: Iterable<Tile>): void {
    this.#turn++
    for (const tile of tiles) {
      const told = this.#toldOf(tile, tick)
      told.delta = this.#encode(tile, told.looked, told.sent)
      told.looked = tick
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
    const made = this.#encode(tile, 0, 0) as Uint8Array
    told.snapshot = made
    told.snapshotIn = this.#turn
    return made
  }

  /** Forgets what was told of a tile at which nobody looks any more. */
  forget(tile: Tile): void {
    this.#told[tile.number] = undefined
  }

  #toldOf(tile: Tile, tick: number): Told {
    const { revision } = this.#book.rowsOf(tile)
    const known = this.#told[tile.number]
    if (known?.revision === revision) return known
    const before = Math.max(1, tick - 1)
    const told = { revision, looked: tick - 1, sent: before, delta: undefined, snapshot: undefined, snapshotIn: 0 }
    this.#told[tile.number] = told
    return told
  }

  /** Rows that changed after the tick `looked`; all when `since` is 0. */
  #encode(tile: Tile, looked: number, since: number): Uint8Array | undefined {
    const { rows, revision } = this.#book.rowsOf(tile)
    room(rows.length)
    const { level } = tile
    const head = { tile: tile.number, revision, since }
    let section: TickSection
    if (level === 'sensors')
      section = { ...head, level, rows: this.#gatherSeries(rows, looked, since === 0), columns: scratch }
    else {
      const source = level === 'district' ? this.#judgement.rollup.groups : this.#judgement.rollup.assets
      section = { ...head, level, rows: gatherRows(source, rows, looked, since === 0), columns: scratch }
    }
    if (section.rows === 0 && since !== 0) return undefined
    return encodeSection(section)
  }

  #gatherSeries(places: Uint32Array, looked: number, all: boolean): number {
    const { state } = this.#table
    const judgement = this.#judgement
    let rows = 0
    for (let i = 0; i < places.length; i++) {
      const place = places[i] as number
      if (!all && judgement.changed(place) <= looked) continue
      const at = state.measuredAt(place)
      scratch.row[rows] = i
      scratch.value[rows] = state.value(place)
      scratch.measuredAt[rows] = at === 0 ? Number.NaN : at
      scratch.quality[rows] = at === 0 ? 0 : this.#table.quality(place)
      scratch.state[rows] = judgement.state(place)
      rows++
    }
    return rows
  }
}

function gatherRows(source: RollupRows, numbers: Uint32Array, looked: number, all: boolean): number {
  let rows = 0
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i] as number
    if (!all && (source.changed[number] as number) <= looked) continue
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
