import { decodeTick, encodeTick, type TickSection } from '@quartier/contracts/live'
import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import { WHOLE_DISTRICT } from '../access/scope.ts'
import { createDistrict } from '../district/district.ts'
import { ASSETS, Bench, KEYS, PLACES } from './testing.ts'
import { type Tile, TileBook } from './tile-book.ts'
import { TileSections } from './tile-sections.ts'

/** The server's side of the map, and a client that holds what it was told. */
class LiveMap extends Bench {
  readonly book = new TileBook(this.table, this.hierarchy)
  readonly sections = new TileSections({ ...this, judgement: this.judgement })
  /** By tile: the cells of each row, and the revision and the tick of what was told last. */
  readonly held = new Map<Tile, { rows: string[]; revision: number; tick: number }>()
  tiles: Tile[] = []

  /** As the server does it: what has moved first, with snapshots of what is new; then the tick, with what has changed. */
  endTick(): void {
    if (this.hierarchy.update()) this.judgement.regroup(this.tick)
    this.#select()
    this.settle()
    const ended = this.tick - 1
    this.sections.turn(ended, this.held.keys())
    for (const [tile, told] of this.held) {
      const section = this.sections.delta(tile)
      if (section) this.#take(tile, told, section, ended)
    }
  }

  #select(): void {
    this.book.update()
    const { tiles } = this.book.select({ level: 'sensors', bbox: [50, 24, 52, 26] }, WHOLE_DISTRICT)
    for (const tile of this.held.keys())
      if (!tiles.includes(tile)) {
        this.held.delete(tile)
        this.sections.forget(tile)
      }
    for (const tile of tiles) {
      const { revision, rows } = this.book.rowsOf(tile)
      if (this.held.get(tile)?.revision === revision) continue
      const told = { rows: new Array<string>(rows.length).fill(''), revision, tick: 0 }
      this.held.set(tile, told)
      this.#take(tile, told, this.sections.snapshot(tile, this.tick), this.tick)
    }
    this.tiles = tiles
  }

  /** What a client that has just come would hold. */
  fresh(tile: Tile): string[] {
    const { rows } = this.book.rowsOf(tile)
    const cells = new Array<string>(rows.length).fill('')
    const others = new TileSections({ ...this, judgement: this.judgement })
    write(cells, sectionIn(others.snapshot(tile, this.tick)))
    return cells
  }

  #take(tile: Tile, told: { rows: string[]; revision: number; tick: number }, bytes: Uint8Array, tick: number): void {
    const section = sectionIn(bytes)
    expect([section.tile, section.revision]).toEqual([tile.number, told.revision])
    expect(section.since === 0 || section.since <= told.tick).toBe(true)
    write(told.rows, section)
    told.tick = tick
  }
}

function sectionIn(bytes: Uint8Array): TickSection {
  const tick = decodeTick(encodeTick({ platformAt: 0, tick: 1, view: 1 }, [bytes]).buffer as ArrayBuffer)
  return tick?.sections[0] as TickSection
}

function write(cells: string[], section: TickSection): void {
  for (let i = 0; i < section.rows; i++) {
    const { columns } = section
    cells[columns.row[i] as number] =
      section.level === 'sensors'
        ? [section.columns.value[i], section.columns.measuredAt[i], section.columns.quality[i], section.columns.state[i]].join(' ') // biome-ignore format: one line
        : [...section.columns.counts.slice(8 * i, 8 * i + 8), section.columns.oldestAt[i], section.columns.measure[i], section.columns.worst[i]].join(' ') // biome-ignore format: one line
  }
}

let map: LiveMap
beforeEach(() => {
  map = new LiveMap()
})

test('a silent gateway is told in the rows of all sensors behind it', () => {
  for (const [key, id] of [
    ['city/d-1/power', 'm-1'],
    ['city/d-3/power', 'm-2'],
  ] as const)
    map.define(key, id)
  map.endTick()
  map.listen()
  map.hear('city/d-1/power', 5)
  map.hear('city/d-3/power', 5)
  map.endTick()
  map.at += 100_000
  map.endTick()
  const sensors = map.tiles.filter((tile) => tile.level === 'sensors' && tile.system === 'energy')
  expect(sensors.flatMap((tile) => map.held.get(tile)?.rows.map((row) => row.split(' ').at(-1)))).toEqual(['2', '2'])
})

test('a series that goes to another asset is told there, and no more where it was', () => {
  map.define('city/d-1/power', 'm-1')
  map.define('city/d-3/power', 'm-2')
  map.endTick()
  map.define('city/d-1/power', 'td-1')
  map.endTick()
  map.hear('city/d-1/power', 42)
  map.endTick()
  const holding = map.tiles.filter((tile) => map.held.get(tile)?.rows.some((row) => row.startsWith('42 ')))
  expect(holding.map((tile) => [tile.level, tile.system, tile.zoneId])).toEqual([['sensors', 'traffic', 'z-2']])
})

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ what: fc.constant('hear' as const), key: fc.constantFrom(...KEYS), value: fc.integer({ min: -20, max: 120 }) }) }, // biome-ignore format: one line
  { weight: 2, arbitrary: fc.record({ what: fc.constant('define' as const), key: fc.constantFrom(...KEYS), assetId: fc.constantFrom(null, ...ASSETS.map((a) => a.id)) }) }, // biome-ignore format: one line
  { weight: 1, arbitrary: fc.record({ what: fc.constant('remove' as const), key: fc.constantFrom(...KEYS) }) },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant('wait' as const), ms: fc.constantFrom(250, 31_000, 200_000) }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('move' as const), moved: fc.constantFrom(...ASSETS.map((a) => a.id)), placeId: fc.constantFrom('b-1', 's-1'), longitude: fc.constantFrom(51, 51.01) }) }, // biome-ignore format: one line
  { weight: 3, arbitrary: fc.record({ what: fc.constant('tick' as const) }) },
)

test('a client that takes every tick holds what a snapshot would say, whatever happens', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      const m = new LiveMap()
      m.listen()
      for (const s of steps) {
        if (s.what === 'hear') m.hear(s.key, s.value)
        else if (s.what === 'define') m.define(s.key, s.assetId)
        else if (s.what === 'remove') m.table.remove(s.key)
        else if (s.what === 'wait') m.at += s.ms
        else if (s.what === 'move') {
          const moved = m.source.now.assets.map((a) => (a.id === s.moved ? { ...a, placeId: s.placeId, longitude: s.longitude } : a)) // biome-ignore format: one line
          m.source.now = createDistrict(PLACES, moved)
          m.source.revision++
        } else m.endTick()
      }
      m.endTick()
      for (const tile of m.tiles) expect([tile.id, m.held.get(tile)?.rows]).toEqual([tile.id, m.fresh(tile)])
    }),
    { numRuns: 150 },
  )
})
