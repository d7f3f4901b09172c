import type { LiveTiles, TileIndex } from '@quartier/contracts/api'
import { type LiveTick, NORMAL, OUT_OF_RANGE, SILENT, type TickSection, WAITING } from '@quartier/contracts/live'
import { describe, expect, it } from 'vitest'
import { figuresOf, isMostlyBlind } from './figures.ts'
import { createSums } from './sums.ts'
import { createTileStore } from './tiles.ts'

type Facts = LiveTiles['tiles'][number]
const facts = (tile: number, over: Partial<Facts> = {}): Facts => ({
  ...{ tile, id: `t${tile}`, level: 'district', revision: 1, zoneId: 'z', system: 'water', rows: 2, series: 9 },
  ...over,
})
const near = (tile: number, over: Partial<Facts> = {}) => facts(tile, { level: 'sensors', ...over })

function rollup(tile: number, since: number, counts: readonly (readonly number[])[], revision = 1): TickSection {
  const rows = counts.length
  const columns = {
    row: Uint32Array.from(counts.keys()),
    counts: Uint32Array.from(counts.flatMap((row) => Array.from({ length: 8 }, (_, state) => row[state] ?? 0))),
    oldestAt: Float64Array.from(counts, () => 1000),
    measure: Float32Array.from(counts, () => 0.5),
    worst: new Uint8Array(rows),
  }
  return { tile, revision, since, rows, level: 'district', columns }
}
function sensors(tile: number, since: number, values: Readonly<Record<number, number>>): TickSection {
  const rows = Object.keys(values).length
  const columns = {
    row: Uint32Array.from(Object.keys(values), Number),
    value: Float64Array.from(Object.values(values)),
    measuredAt: new Float64Array(rows).fill(1),
    quality: new Uint8Array(rows),
    state: new Uint8Array(rows).fill(OUT_OF_RANGE),
  }
  return { tile, revision: 1, since, rows, level: 'sensors', columns }
}
const tick = (number: number, ...sections: TickSection[]): LiveTick => ({
  platformAt: 0,
  tick: number,
  view: 1,
  sections,
})
const list = (level: LiveTiles['level'], ...tiles: Facts[]): LiveTiles => ({ view: 1, level, tiles })
const placesOf = (tile: number, ...places: (string | null)[]): TileIndex => ({
  ...{ id: `t${tile}`, revision: 1, zoneId: 'z', system: 'water', level: 'district' },
  places,
})
const sensorsOf = (tile: number): TileIndex => ({
  ...{ id: `t${tile}`, revision: 1, zoneId: 'z', system: 'water', level: 'sensors', assets: [] },
  series: [],
})

describe('the tiles', () => {
  it('write the rows that come and leave the others as they are', () => {
    const store = createTileStore()
    store.list(list('sensors', near(1)), 'sensors')
    expect(store.apply(tick(5, sensors(1, 0, { 0: 10, 1: 11 })))).toBe(true)
    expect(store.apply(tick(6, sensors(1, 5, { 1: 12 })))).toBe(true)
    store.describe(sensorsOf(1))
    expect([...(store.details[0]!.columns as { value: Float64Array }).value]).toEqual([10, 12])
  })

  it('notice what lies between, and another revision', () => {
    const store = createTileStore()
    store.list(list('district', facts(1)), 'district')
    expect(store.apply(tick(5, rollup(1, 4, [[1]])))).toBe(false)
    expect(store.apply(tick(6, rollup(1, 0, [[1]])))).toBe(true)
    expect(store.apply(tick(9, rollup(1, 7, [[2]])))).toBe(false)
    expect(store.apply(tick(9, rollup(1, 6, [[2]], 2)))).toBe(false)
    expect(store.places[0]!.columns.counts[0]).toBe(1)
    expect(store.apply(tick(10, rollup(1, 6, [[3]])))).toBe(true)
    expect(store.places[0]!.columns.counts[0]).toBe(3)
  })

  it('leave out rows beyond the end and tiles that are not looked at', () => {
    const store = createTileStore()
    store.list(list('district', facts(1, { rows: 1 })), 'district')
    expect(store.apply(tick(5, rollup(1, 0, [[1], [2]]), rollup(8, 3, [[1]])))).toBe(true)
    expect(store.places[0]!.columns.counts).toHaveLength(8)
  })

  it('keep their values when a new view has them too, and lose them when their rows are others', () => {
    const store = createTileStore()
    store.list(list('district', facts(1)), 'district')
    store.apply(tick(5, rollup(1, 0, [[4]])))
    store.list(list('district', facts(1), facts(2)), 'district')
    expect(store.places[0]!.columns.counts[0]).toBe(4)
    expect(store.apply(tick(6, rollup(1, 5, [[5]])))).toBe(true)
    store.list(list('district', facts(1, { revision: 2 })), 'district')
    expect(store.places[0]!.columns.counts[0]).toBe(0)
  })

  it('show the level before until most of the new one is here', () => {
    const store = createTileStore()
    store.list(list('district', facts(1)), 'district')
    store.list(list('sensors', facts(1), near(2, { rows: 9 }), near(3)), 'sensors')
    expect(store.level).toBe('district')
    store.apply(tick(5, sensors(2, 0, { 0: 1 })))
    expect(store.level).toBe('district')
    store.describe(sensorsOf(2))
    expect(store.level).toBe('sensors')
    store.list(list('sensors', facts(1), near(2, { rows: 9 }), near(3), near(4)), 'sensors')
    expect(store.details).toHaveLength(3)
  })

  it('need a snapshot on a new connection, under whatever number, and show the old values until it comes', () => {
    const store = createTileStore()
    store.list(list('district', facts(1)), 'district')
    store.apply(tick(500, rollup(1, 0, [[4]])))
    store.reconnect()
    store.list(list('district', { ...facts(7), id: 't1' }), 'district')
    expect(store.places[0]!.columns.counts[0]).toBe(4)
    expect(store.apply(tick(3, rollup(7, 2, [[5]])))).toBe(false)
    expect(store.apply(tick(4, rollup(7, 0, [[6]])))).toBe(true)
    expect(store.apply(tick(5, rollup(7, 4, [[7]])))).toBe(true)
    expect(store.places[0]!.columns.counts[0]).toBe(7)
  })
})

describe('the sums', () => {
  const counts = (...pairs: [state: number, n: number][]) => {
    const row = new Array<number>(8).fill(0)
    for (const [state, n] of pairs) row[state] = n
    return row
  }
  function setup() {
    const store = createTileStore()
    const lighting = facts(2, { system: 'lighting', rows: 1 })
    const south = facts(3, { zoneId: 'south', rows: 1 })
    store.list(list('district', facts(1), lighting, south), 'district')
    store.apply(
      tick(
        1,
        rollup(1, 0, [counts([NORMAL, 5], [OUT_OF_RANGE, 1]), counts([NORMAL, 2])]),
        rollup(2, 0, [counts([SILENT, 4])]),
        rollup(3, 0, [counts([WAITING, 3])]),
      ),
    )
    for (const index of [placesOf(1, 'a', 'b'), placesOf(2, 'a'), placesOf(3, null)]) store.describe(index)
    return store
  }

  it('add up places, zones and systems', () => {
    const { places, placesVersion } = setup()
    const sums = createSums()(places, {}, placesVersion)
    expect([...sums.place('a')!.counts]).toEqual(counts([NORMAL, 5], [OUT_OF_RANGE, 1], [SILENT, 4]))
    expect([...sums.zone('z')!.counts]).toEqual(counts([NORMAL, 7], [OUT_OF_RANGE, 1], [SILENT, 4]))
    expect([...sums.system('water')]).toEqual(counts([NORMAL, 7], [OUT_OF_RANGE, 1], [WAITING, 3]))
    expect(figuresOf(sums.all)).toEqual({
      series: 15,
      reporting: 8,
      blind: 4,
      waiting: 3,
      abnormal: 1,
      worst: OUT_OF_RANGE,
    })
    expect(sums.place('a')!.measure('water')).toBe(0.5)
    expect(sums.place('a')!.measure('traffic')).toBeNaN()
    expect([sums.measure('water'), sums.measure('lighting'), sums.measure('traffic')]).toEqual([
      1.5,
      Number.NaN,
      Number.NaN,
    ])
  })

  it('leave out what no layer shows', () => {
    const { places } = setup()
    const sums = createSums()(places, { systems: new Set(['lighting']), zones: new Set(['z']) }, 1)
    expect(figuresOf(sums.all)).toMatchObject({ series: 4, blind: 4, worst: SILENT })
  })

  it('never take what is missing for good', () => {
    expect(isMostlyBlind(figuresOf(counts([SILENT, 5], [NORMAL, 5])))).toBe(true)
    expect(isMostlyBlind(figuresOf(counts([NORMAL, 5])))).toBe(false)
    expect(figuresOf(counts([WAITING, 5]))).toMatchObject({ reporting: 0, blind: 0, worst: WAITING })
  })
})
