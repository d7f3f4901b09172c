import type { LiveTiles, TileIndex } from '@quartier/contracts/api'
import {
  type Level,
  type LiveTick,
  type RollupColumns,
  SERIES_STATES,
  type SensorColumns,
  type TickSection,
} from '@quartier/contracts/live'

export type TileFacts = LiveTiles['tiles'][number]
export type IndexOf<L extends Level> = Extract<TileIndex, { readonly level: L }>
type Values<Columns> = Omit<Columns, 'row'>

interface TileOf<L extends Level, Columns> {
  readonly facts: TileFacts
  readonly level: L
  /** Row by row, written in place. */
  readonly columns: Values<Columns>
  /** What the rows are; comes by itself, before or after their values. */
  index: IndexOf<L> | undefined
  /** Tick of the newest values; 0: none came yet on this connection. */
  tick: number
  /** Whether the columns hold anything, perhaps of an earlier connection. */
  filled: boolean
  /** Raised by every change. */
  version: number
}
export type PlaceTile = TileOf<'district', RollupColumns>
export type AssetTile = TileOf<'assets', RollupColumns>
export type SensorTile = TileOf<'sensors', SensorColumns>
export type DetailTile = AssetTile | SensorTile
export type Tile = PlaceTile | DetailTile

/** The tiles of what is looked at, with their newest values. Work follows the rows that came, never those that are held. */
export interface TileStore {
  /** Tiles of the district, always held. */
  readonly places: readonly PlaceTile[]
  /** What is drawn nearer; the tiles of the view before it until most of the new one is here. */
  readonly details: readonly DetailTile[]
  /** How near the drawn tiles are. */
  readonly level: Level
  /** The level of the newest view, as the server granted it. */
  readonly granted: Level
  /** Raised by every change of the tiles of the district. */
  readonly placesVersion: number
  /** Raised by every change of the nearer tiles. */
  readonly detailsVersion: number
  /** Whether the values of the whole district have come. */
  readonly placesLoaded: boolean
  /** Whether everything of the newest view is here. */
  readonly loaded: boolean
  /** The newest view asked for something nearer than the server grants: too much is in it. */
  readonly coarsened: boolean
  /** Takes the list of a view. @param asked the level that was asked for */
  list(tiles: LiveTiles, asked: Level): void
  /** Takes values. `false`: something lies between, and has to be asked for. */
  apply(tick: LiveTick): boolean
  /** Takes what the rows of a tile are. */
  describe(index: TileIndex): void
  /** The connection is a new one: numbers and ticks of the old one mean nothing. */
  reconnect(): void
  /** Tiles in need of their index. */
  undescribed(): readonly TileFacts[]
}

export function createTileStore(): TileStore {
  let byNumber = new Map<number, Tile>()
  let byId = new Map<string, Tile>()
  let places: readonly PlaceTile[] = []
  let wanted: readonly DetailTile[] = []
  let shown: readonly DetailTile[] = []
  let shownLevel: Level = 'district'
  let granted: Level = 'district'
  let coarsened = false
  let placesVersion = 0
  let detailsVersion = 0

  /** Draws the newest view as soon as most of it is here, or at once where it only adds to what is drawn. */
  function settle(): void {
    if (shown === wanted) return
    if (granted !== shownLevel && !isMostlyHere(wanted)) return
    shown = wanted
    shownLevel = granted
    detailsVersion++
  }

  function changed(tile: Tile): void {
    tile.version++
    if (tile.level === 'district') placesVersion++
    else detailsVersion++
  }

  return {
    get places() {
      return places
    },
    get details() {
      return shown
    },
    get level() {
      return shownLevel
    },
    get granted() {
      return granted
    },
    get placesVersion() {
      return placesVersion
    },
    get detailsVersion() {
      return detailsVersion
    },
    get placesLoaded() {
      return places.length > 0 && places.every(({ filled }) => filled)
    },
    get loaded() {
      return shown === wanted && shown.every(isHere) && places.every(isHere)
    },
    get coarsened() {
      return coarsened
    },
    list({ level, tiles }, asked) {
      const known = byId
      byNumber = new Map()
      byId = new Map()
      for (const facts of tiles) {
        const tile = kept(known.get(facts.id), facts) ?? emptyTile(facts)
        byNumber.set(facts.tile, tile)
        byId.set(facts.id, tile)
      }
      const all = [...byId.values()]
      places = all.filter((tile) => tile.level === 'district')
      wanted = all.filter((tile) => tile.level !== 'district')
      granted = level
      coarsened = level !== asked
      placesVersion++
      settle()
    },
    apply({ tick, sections }) {
      let whole = true
      for (const section of sections) {
        const tile = byNumber.get(section.tile)
        if (!tile) continue
        const { since, revision } = section
        if (revision !== tile.facts.revision || (since > 0 && (tile.tick === 0 || since > tile.tick))) {
          whole = false
          continue
        }
        if (write(tile, section)) {
          tile.tick = tick
          tile.filled = true
          changed(tile)
        }
      }
      settle()
      return whole
    },
    describe(index) {
      const tile = byId.get(index.id)
      if (!tile || tile.facts.revision !== index.revision || tile.level !== index.level) return
      ;(tile as { index: TileIndex | undefined }).index = index
      changed(tile)
      settle()
    },
    reconnect() {
      byNumber = new Map()
      for (const tile of byId.values()) tile.tick = 0
    },
    undescribed: () => [...byId.values()].filter(({ index }) => !index).map(({ facts }) => facts),
  }
}

const isHere = (tile: Tile): boolean => tile.filled && tile.index !== undefined

/** So large a share of the rows is a picture; the rest follows tile by tile. */
const MOST = 0.7

function isMostlyHere(tiles: readonly DetailTile[]): boolean {
  let rows = 0
  let here = 0
  for (const tile of tiles) {
    rows += tile.facts.rows
    if (isHere(tile)) here += tile.facts.rows
  }
  return here >= rows * MOST
}

/** The tile that is held, under its present number; `undefined` when its rows are others now. */
function kept(tile: Tile | undefined, facts: TileFacts): Tile | undefined {
  if (!tile || tile.facts.revision !== facts.revision || tile.facts.rows !== facts.rows) return undefined
  ;(tile as { facts: TileFacts }).facts = facts
  return tile
}

function emptyTile(facts: TileFacts): Tile {
  const { level, rows } = facts
  const common = { facts, index: undefined, tick: 0, filled: rows === 0, version: 0 }
  if (level === 'sensors') {
    const columns = {
      value: new Float64Array(rows).fill(Number.NaN),
      measuredAt: new Float64Array(rows).fill(Number.NaN),
      quality: new Uint8Array(rows),
      state: new Uint8Array(rows),
    }
    return { ...common, level, columns }
  }
  const columns = {
    counts: new Uint32Array(rows * SERIES_STATES),
    oldestAt: new Float64Array(rows).fill(Number.NaN),
    measure: new Float32Array(rows).fill(Number.NaN),
    worst: new Uint8Array(rows),
  }
  return { ...common, level, columns } as Tile
}

/** Writes the rows of a section; `false` when it is of another level. Rows beyond the tile's end are left out. */
function write(tile: Tile, section: TickSection): boolean {
  if (tile.level === 'sensors') {
    if (section.level !== 'sensors') return false
    writeSensors(tile, section.columns, section.rows)
    return true
  }
  if (section.level !== tile.level) return false
  writeRollups(tile, section.columns, section.rows)
  return true
}

function writeSensors({ facts, columns }: SensorTile, from: SensorColumns, rows: number): void {
  const { value, measuredAt, quality, state } = columns
  for (let i = 0; i < rows; i++) {
    const row = from.row[i]!
    if (row >= facts.rows) continue
    value[row] = from.value[i]!
    measuredAt[row] = from.measuredAt[i]!
    quality[row] = from.quality[i]!
    state[row] = from.state[i]!
  }
}

function writeRollups({ facts, columns }: PlaceTile | AssetTile, from: RollupColumns, rows: number): void {
  const { counts, oldestAt, measure, worst } = columns
  for (let i = 0; i < rows; i++) {
    const row = from.row[i]!
    if (row >= facts.rows) continue
    for (let state = 0; state < SERIES_STATES; state++) {
      counts[row * SERIES_STATES + state] = from.counts[i * SERIES_STATES + state]!
    }
    oldestAt[row] = from.oldestAt[i]!
    measure[row] = from.measure[i]!
    worst[row] = from.worst[i]!
  }
}
