import { createHash } from 'node:crypto'
import type { Asset } from '@quartier/contracts'
import type { LiveView, TileAsset, TileIndex } from '@quartier/contracts/api'
import { type Level, SYSTEMS, type System } from '@quartier/contracts/live'
import type { Scope } from '../access/scope.ts'
import { ASSET_ZOOM, cellsIn, columnOf, rowOf, SENSOR_ZOOM } from './cells.ts'
import type { Hierarchy } from './hierarchy.ts'
import type { SeriesTable } from './series-table.ts'

/** Rows of the level that was asked for, at most; a level farther away is told instead. */
export const ROWS_MOST = 20_000

/** One level, one zone, one system and, below the district, one cell; see ADR 0026. */
export interface Tile {
  /** In ticks. The same as long as this process lives. */
  readonly number: number
  readonly id: string
  readonly level: Level
  readonly zoneId: string | null
  readonly system: System
  readonly x: number
  readonly y: number
  /** Groups at the level "district", else assets, by their numbers. */
  members: readonly number[]
}

/** What stands in the rows of a tile, by number: groups, assets, or places of series. */
export interface TileRows {
  readonly rows: Uint32Array
  readonly series: number
  /** Follows from what the rows are: what a browser keeps is right after a restart and at another server too. */
  readonly revision: number
  /** The version of the book in which this holds, and the revision of the table from which it was read. */
  readonly version: number
  readonly readIn: number
}

/** All tiles of the installation. What is in a tile is looked up when somebody looks at it. */
export class TileBook {
  readonly #table: SeriesTable
  readonly #hierarchy: Hierarchy
  readonly #tiles = new Map<string, Tile>()
  readonly #rows = new Map<Tile, TileRows>()
  /** Tiles that anybody ever looked at keep their number, though they go and come back. */
  readonly #numbers = new Map<string, number>()
  #seen = ''
  #seriesSeen = -1
  /** Places of the series of each asset: from `#first[asset]` to `#first[asset + 1]` of `#places`. */
  #first = new Uint32Array(1)
  #places = new Uint32Array(0)
  #listed = -1
  /** Counts up whenever tiles or what is in them may have changed. */
  version = 0

  constructor(table: SeriesTable, hierarchy: Hierarchy) {
    this.#table = table
    this.#hierarchy = hierarchy
  }

  /** Takes over what has changed in the hierarchy and the definitions. Cheap when nothing has. */
  update(): void {
    const { version } = this.#hierarchy
    if (version !== this.#seen) {
      this.#build()
      this.#rows.clear()
    } else if (this.#table.revision === this.#seriesSeen) return
    this.#seen = version
    this.#seriesSeen = this.#table.revision
    this.version++
  }

  get size(): number {
    return this.#tiles.size
  }

  /** The tile, if there is one and this scope sees it. */
  find(id: string, scope: Scope): Tile | undefined {
    const tile = this.#tiles.get(id)
    return tile && scope.sees(tile.zoneId ?? undefined) ? tile : undefined
  }

  /** Whether a tile is still what it was when it was found. */
  holds(tile: Tile): boolean {
    return this.#tiles.get(tile.id) === tile
  }

  /** The tiles of a view: always the places, and what lies in the box at the level or at one that is farther away. */
  select(
    view: Pick<LiveView, 'level' | 'bbox' | 'zoneIds' | 'systems'>,
    scope: Scope,
  ): { level: Level; tiles: Tile[] } {
    const zones = view.zoneIds && new Set(view.zoneIds)
    const systems = view.systems && new Set<string>(view.systems)
    const seen = [...this.#tiles.values()].filter(
      ({ zoneId, system }) =>
        scope.sees(zoneId ?? undefined) &&
        (!zones || (zoneId !== null && zones.has(zoneId))) &&
        (!systems || systems.has(system)),
    )
    const district = seen.filter((tile) => tile.level === 'district')
    for (const level of ['sensors', 'assets'] as const) {
      if (level === 'sensors' && view.level !== 'sensors') continue
      if (view.level === 'district' || !view.bbox) break
      const { x0, x1, y0, y1 } = cellsIn(view.bbox, level === 'sensors' ? SENSOR_ZOOM : ASSET_ZOOM)
      const tiles = seen.filter((t) => t.level === level && t.x >= x0 && t.x <= x1 && t.y >= y0 && t.y <= y1)
      if (tiles.reduce((rows, tile) => rows + this.#lengthOf(tile), 0) <= ROWS_MOST)
        return { level, tiles: [...district, ...tiles] }
    }
    return { level: 'district', tiles: district }
  }

  /** What stands in the rows of a tile; the same until {@link update} is called. */
  rowsOf(tile: Tile): TileRows {
    const known = this.#rows.get(tile)
    if (known?.version === this.version) return known
    const rows = tile.level === 'sensors' ? this.#seriesOf(tile.members) : Uint32Array.from(tile.members)
    const series = tile.level === 'sensors' ? rows.length : this.#countSeries(tile)
    const revision = known && this.#isSame(tile, known, rows) ? known.revision : this.#revisionOf(tile, rows)
    const found = { rows, series, revision, version: this.version, readIn: this.#table.revision }
    this.#rows.set(tile, found)
    return found
  }

  /** Whether a tile of the same hierarchy has the same rows, and none was defined anew. */
  #isSame({ level }: Tile, known: TileRows, rows: Uint32Array): boolean {
    if (level !== 'sensors') return true
    if (rows.length !== known.rows.length) return false
    return rows.every((place, i) => place === known.rows[i] && this.#table.revisedIn(place) <= known.readIn)
  }

  #revisionOf(tile: Tile, rows: Uint32Array): number {
    const text = JSON.stringify(this.#contents(tile, rows))
    return createHash('sha256').update(text).digest().readUInt32LE(0)
  }

  index(tile: Tile): TileIndex {
    const { rows, revision } = this.rowsOf(tile)
    const { id, zoneId, system } = tile
    return { id, revision, zoneId, system, ...this.#contents(tile, rows) } as TileIndex
  }

  /** An asset as tiles and lists show it, by its number. */
  asset(number: number): TileAsset | undefined {
    const asset = this.#hierarchy.district.asset(this.#table.assets.word(number))
    return asset && shown(asset)
  }

  /** Places of the series of an asset that are shown. */
  placesOf(asset: number): Uint32Array {
    this.#list()
    return this.#places.subarray(this.#first[asset] ?? 0, this.#first[asset + 1] ?? 0)
  }

  #contents(tile: Tile, rows: Uint32Array) {
    const { level, members } = tile
    if (level === 'district')
      return { level, places: members.map((group) => this.#hierarchy.groups[group]?.placeId ?? null) }
    const assets = members.map((a) => this.asset(a) as TileAsset)
    if (level === 'assets') return { level, assets }
    const placeOf = new Map(members.map((a, i) => [a, i]))
    const series = Array.from(rows, (place) => {
      const { key, property, unit, intervalMs, validMin, validMax } = this.#table.describe(place)
      const asset = placeOf.get(this.#table.asset[place] as number) ?? -1
      return { key, property, unit, asset, intervalMs, validMin, validMax }
    })
    return { level, assets, series }
  }

  /** At the level "sensors" the series, else the rows. */
  #lengthOf(tile: Tile): number {
    return tile.level === 'sensors' ? this.#countSeries(tile) : tile.members.length
  }

  #countSeries({ level, members }: Tile): number {
    this.#list()
    const first = this.#first
    let series = 0
    if (level !== 'district') {
      for (const a of members) series += (first[a + 1] ?? 0) - (first[a] ?? 0)
      return series
    }
    const groups = new Set(members)
    const { group } = this.#hierarchy
    for (let a = 0; a + 1 < first.length; a++)
      if (groups.has(group[a] ?? 0)) series += (first[a + 1] as number) - (first[a] as number)
    return series
  }

  #seriesOf(assets: readonly number[]): Uint32Array {
    const all = assets.map((asset) => this.placesOf(asset))
    const places = new Uint32Array(all.reduce((sum, some) => sum + some.length, 0))
    let at = 0
    for (const some of all) {
      places.set(some, at)
      at += some.length
    }
    // In the table's order, which is that of memory.
    return places.sort()
  }

  /** Sorts the series by their assets, when definitions have changed. */
  #list(): void {
    const table = this.#table
    if (this.#listed === table.revision) return
    this.#listed = table.revision
    const counts = new Uint32Array(table.assets.length + 1)
    let shownSeries = 0
    for (let place = 0; place < table.length; place++) {
      if (!table.shown(place)) continue
      const asset = table.asset[place] as number
      counts[asset + 1] = (counts[asset + 1] as number) + 1
      shownSeries++
    }
    for (let a = 1; a < counts.length; a++) counts[a] = (counts[a] as number) + (counts[a - 1] as number)
    this.#first = counts
    this.#places = new Uint32Array(shownSeries)
    const next = counts.slice()
    for (let place = 0; place < table.length; place++) {
      if (!table.shown(place)) continue
      const asset = table.asset[place] as number
      this.#places[next[asset] as number] = place
      next[asset] = (next[asset] as number) + 1
    }
  }

  #build(): void {
    const { groups, system, zones, district } = this.#hierarchy
    const members = new Map<string, Omit<Tile, 'number' | 'members'> & { members: number[] }>()
    const put = (level: Level, zone: number, systemNumber: number, x: number, y: number, member: number) => {
      const zoneId = zones.zones[zone - 1] ?? null
      const name = SYSTEMS[systemNumber] as System
      const cell = level === 'district' ? [] : [x, y]
      const id = [level, name, ...cell, zoneId ?? ''].join(':')
      const known = members.get(id)
      if (known) known.members.push(member)
      else members.set(id, { id, level, zoneId, system: name, x, y, members: [member] })
    }
    groups.forEach((group, number) => {
      put('district', group.zone, group.system, 0, 0, number)
    })
    for (let a = 1; a < system.length; a++) {
      const asset = district.asset(this.#table.assets.word(a))
      if (!asset) continue
      const { longitude, latitude } = asset
      for (const [level, zoom] of [
        ['assets', ASSET_ZOOM],
        ['sensors', SENSOR_ZOOM],
      ] as const)
        put(level, zones.zone[a] ?? 0, system[a] as number, columnOf(longitude, zoom), rowOf(latitude, zoom), a)
    }
    const before = new Map(this.#tiles)
    this.#tiles.clear()
    for (const facts of members.values()) {
      const known = before.get(facts.id)
      if (known) known.members = facts.members
      this.#tiles.set(facts.id, known ?? { ...facts, number: this.#numberOf(facts.id) })
    }
  }

  #numberOf(id: string): number {
    const known = this.#numbers.get(id)
    if (known !== undefined) return known
    const number = this.#numbers.size + 1
    this.#numbers.set(id, number)
    return number
  }
}

function shown({ craft: _, contractor: __, statutoryClass: ___, ...asset }: Asset): TileAsset {
  return asset
}
