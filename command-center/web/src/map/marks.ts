import { isBlind, NORMAL, OUT_OF_RANGE, SERIES_STATES, UNCERTAIN, WAITING } from '@quartier/contracts/live'
import { countIn } from '../live/figures.ts'
import type { Bounds } from '../live/registry.ts'
import type { AssetTile, DetailTile } from '../live/tiles.ts'
import { ALL_STATES, inCircle, type Passing, within } from './passing.ts'
import { assetAt, spotsFor } from './spots.ts'

/** Longitude and latitude, one pair after the other; a new array only when the positions change. */
export type Positions = Float64Array

/** How the things in view are drawn. Every one has a dot; those that are not normal have a symbol on top of it. */
export interface NearMarks {
  readonly dots: Positions
  readonly look: Positions
  readonly blind: Positions
  readonly doubt: Positions
  readonly waiting: Positions
}
export type MarkName = Exclude<keyof NearMarks, 'dots'>

export const NO_MARKS: NearMarks = {
  dots: new Float64Array(0),
  look: new Float64Array(0),
  blind: new Float64Array(0),
  doubt: new Float64Array(0),
  waiting: new Float64Array(0),
}

/** The symbol of a state; a normal one has none. */
export function markOf(state: number): MarkName | undefined {
  if (state === NORMAL) return undefined
  if (isBlind(state)) return 'blind'
  if (state === UNCERTAIN) return 'doubt'
  return state === WAITING ? 'waiting' : 'look'
}

/** The state that a row shows: of a sensor its own, of an asset the worst of those that pass. */
export const stateAt = (tile: DetailTile, row: number): number =>
  tile.level === 'sensors' ? tile.columns.state[row]! : tile.columns.worst[row]!

/** How many series stand in a row. */
export const seriesAt = (tile: DetailTile, row: number): number =>
  tile.level === 'sensors' ? 1 : countIn(tile.columns.counts, ALL_STATES, row * SERIES_STATES)

/** Whether a tile can hold something that passes. */
const mayPass = ({ facts }: DetailTile, { systems, zones }: Passing): boolean =>
  (!systems || systems.has(facts.system)) && (!zones || zones.has(facts.zoneId ?? ''))

function rowPasses(tile: DetailTile, row: number, { kinds, properties, states }: Passing): boolean {
  if (tile.level === 'sensors') {
    if (!(states & (1 << tile.columns.state[row]!))) return false
    if (properties && !properties.has(tile.index!.series[row]!.property)) return false
  } else if (states !== ALL_STATES && countIn(tile.columns.counts, states, row * SERIES_STATES) === 0) return false
  return !kinds || kinds.has(assetAt(tile, row)?.kind ?? '')
}

/** Calls back for each row that passes, whether it has a position or not. */
export function eachRow(
  tiles: readonly DetailTile[],
  passing: Passing,
  bounds: Bounds | undefined,
  visit: (tile: DetailTile, row: number, longitude: number, latitude: number) => void,
): void {
  const { circle } = passing
  for (const tile of tiles) {
    if (!tile.index || !tile.filled || !mayPass(tile, passing)) continue
    const spots = spotsFor(tile)
    for (let row = 0; row < tile.facts.rows; row++) {
      const x = spots[row * 2]!
      const y = spots[row * 2 + 1]!
      if (bounds && !Number.isNaN(x) && !within(bounds, x, y)) continue
      if (circle && !inCircle(circle, x, y)) continue
      if (rowPasses(tile, row, passing)) visit(tile, row, x, y)
    }
  }
}

/** Gathers the marks of what is loaded; what has not changed since the last time keeps its arrays. */
export function createMarks(): (tiles: readonly DetailTile[], passing: Passing) => NearMarks {
  let marks = NO_MARKS
  const gathered = {
    dots: createRow(),
    look: createRow(),
    blind: createRow(),
    doubt: createRow(),
    waiting: createRow(),
  }
  const names = Object.keys(gathered) as (keyof NearMarks)[]
  return (tiles, passing) => {
    for (const name of names) gathered[name].clear()
    eachRow(tiles, passing, undefined, (tile, row, x, y) => {
      // An asset without any series has nothing to say.
      if (Number.isNaN(x) || seriesAt(tile, row) === 0) return
      gathered.dots.add(x, y)
      const name = markOf(stateAt(tile, row))
      if (name) gathered[name].add(x, y)
    })
    const next = Object.fromEntries(names.map((name) => [name, gathered[name].taken(marks[name])]))
    if (names.some((name) => next[name] !== marks[name])) marks = next as unknown as NearMarks
    return marks
  }
}

/** Positions that are gathered anew each time, in memory that stays. */
function createRow() {
  let room = new Float64Array(256)
  let length = 0
  return {
    clear: () => {
      length = 0
    },
    add(x: number, y: number) {
      if (length + 2 > room.length) {
        const more = new Float64Array(room.length * 2)
        more.set(room)
        room = more
      }
      room[length++] = x
      room[length++] = y
    },
    /** The array that there was, when it says the same. */
    taken(before: Positions): Positions {
      if (before.length === length) {
        let i = 0
        while (i < length && before[i] === room[i]) i++
        if (i === length) return before
      }
      return room.slice(0, length)
    },
  }
}

export interface Hit {
  readonly tile: DetailTile
  readonly row: number
}

/** What stands nearest to a spot, within `reachPx`. */
export function nearest(
  tiles: readonly DetailTile[],
  passing: Passing,
  [longitude, latitude]: readonly [number, number],
  pixelsPerDegree: readonly [number, number],
  reachPx: number,
): Hit | undefined {
  let hit: Hit | undefined
  let best = reachPx * reachPx
  const reach = [reachPx / pixelsPerDegree[0], reachPx / pixelsPerDegree[1]] as const
  const around: Bounds = [longitude - reach[0], latitude - reach[1], longitude + reach[0], latitude + reach[1]]
  eachRow(tiles, passing, around, (tile, row, x, y) => {
    const dx = (x - longitude) * pixelsPerDegree[0]
    const dy = (y - latitude) * pixelsPerDegree[1]
    const distance = dx * dx + dy * dy
    if (distance > best || seriesAt(tile, row) === 0) return
    best = distance
    hit = { tile, row }
  })
  return hit
}

/** How many series are in view, and how many of them need a look as the list counts them. */
export function countInView(tiles: readonly DetailTile[], passing: Passing, bounds: Bounds | undefined) {
  let series = 0
  let look = 0
  eachRow(tiles, passing, bounds, (tile, row) => {
    if (tile.level === 'sensors') {
      series++
      if (tile.columns.state[row] !== NORMAL && tile.columns.state[row] !== WAITING) look++
      return
    }
    series += countOf(tile, row, ALL_STATES)
    look += countOf(tile, row, TO_LOOK_AT)
  })
  return { series, look }
}

/** Everything but normal and awaited. */
export const TO_LOOK_AT = ALL_STATES & ~(1 << NORMAL) & ~(1 << WAITING)
/** What somebody must see at once. */
export const OUT = 1 << OUT_OF_RANGE

const countOf = (tile: AssetTile, row: number, states: number): number =>
  countIn(tile.columns.counts, states, row * SERIES_STATES)
