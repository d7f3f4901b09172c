import { type Asset, hashed, hashText } from '@quartier/contracts'
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
  readonly #assetHashes = new Map<number, number>()
  readonly #wordHashes = new Map<string, number>()
  #seen = ''
  #seriesSeen = -1
  /** Places of the series of each asset: from `#first[asset]` to `#first[asset + 1]` of `#places`. */
  #first = new Uint32Array(1)
  #places = new Uint32Array(0)
  /** Series by group. */
  #series = new Uint32Array(0)
  #listed = ''
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
      this.#assetHashes.clear()
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

  /** Another number for other contents, from the contents alone. */
  #revisionOf({ level, members }: Tile, rows: Uint32Array): number {
    const table = this.#table
    let hash = members.length
    for (const member of members)
      hash = mixed(
        hash,
        level === 'district' ? this.#wordHash(this.#hierarchy.groups[member]?.placeId ?? '') : this.#assetHash(member),
      )
    if (level !== 'sensors') return hash >>> 0
    for (const place of rows) {
      const { lo, hi } = table.id(place)
      LIMITS[0] = table.intervalMs[place] as number
      LIMITS[1] = table.validMin[place] as number
      LIMITS[2] = table.validMax[place] as number
      hash = mixed(mixed(hash, lo), hi)
      hash = mixed(mixed(hash, this.#wordHash(table.property(place))), this.#wordHash(table.unit(place)))
      // All of these assets are in the hash in their order: which one it is says the place among them.
      hash = mixed(hash, this.#assetHash(table.asset[place] as number))
      for (const word of LIMIT_WORDS) hash = mixed(hash, word)
    }
    return hash >>> 0
  }

  #assetHash(number: number): number {
    const known = this.#assetHashes.get(number)
    if (known !== undefined) return known
    hashText(JSON.stringify(this.asset(number) ?? null))
    const hash = hashed.lo
    this.#assetHashes.set(number, hash)
    return hash
  }

  #wordHash(word: string): number {
    const known = this.#wordHashes.get(word)
    if (known !== undefined) return known
    hashText(word)
    const hash = hashed.lo
    this.#wordHashes.set(word, hash)
    return hash
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
    let series = 0
    if (level === 'district') for (const group of members) series += this.#series[group] ?? 0
    else for (const a of members) series += (this.#first[a + 1] ?? 0) - (this.#first[a] ?? 0)
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
    const { group, groups, version } = this.#hierarchy
    const listed = `${table.revision} ${version}`
    if (this.#listed === listed) return
    this.#listed = listed
    this.#series = new Uint32Array(groups.length)
    const counts = new Uint32Array(table.assets.length + 1)
    let shownSeries = 0
    for (let place = 0; place < table.length; place++) {
      if (!table.shown(place)) continue
      const asset = table.asset[place] as number
      const row = group[asset] ?? 0
      counts[asset + 1] = (counts[asset + 1] as number) + 1
      this.#series[row] = (this.#series[row] as number) + 1
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
    const { groups, system, zone: zoneOf, zoneIds, district } = this.#hierarchy
    const members = new Map<string, Omit<Tile, 'number' | 'members'> & { members: number[] }>()
    const put = (level: Level, zone: number, systemNumber: number, x: number, y: number, member: number) => {
      const zoneId = zoneIds[zone - 1] ?? null
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
        put(level, zoneOf[a] ?? 0, system[a] as number, columnOf(longitude, zoom), rowOf(latitude, zoom), a)
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

/** The numbers of a definition, and the same bits as words. */
const LIMITS = new Float64Array(3)
const LIMIT_WORDS = new Uint32Array(LIMITS.buffer)

/** One more number into a hash, after MurmurHash3's last step. */
function mixed(hash: number, word: number): number {
  let h = Math.imul(hash ^ word, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}

function shown({ craft: _, contractor: __, statutoryClass: ___, ...asset }: Asset): TileAsset {
  return asset
}
