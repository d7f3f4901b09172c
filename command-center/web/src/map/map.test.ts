import { NORMAL, OUT_OF_RANGE, SILENT, STALE, WAITING } from '@quartier/contracts/live'
import { describe, expect, it } from 'vitest'
import { readDesk } from '../desk-state.ts'
import { createRegistry } from '../live/registry.ts'
import type { DistrictSums } from '../live/sums.ts'
import type { AssetTile } from '../live/tiles.ts'
import { clusterPlaces, withFigures } from './clusters.ts'
import { drawDistrict } from './drawing.ts'
import { levelFor } from './level.ts'
import { countInView, createMarks, nearest } from './marks.ts'
import { type Passing, passingOf } from './passing.ts'
import { squareService, streetService } from './service.ts'
import { pixelsPerMetre } from './style.ts'
import { contains, paving, trees } from './texture.ts'

const METRE = 1 / 111_320
const square = (x: number, y: number, size: number): [number, number][] => [
  [x, y],
  [x + size, y],
  [x + size, y + size],
  [x, y + size],
  [x, y],
]
const place = (id: string, kind: 'building' | 'street' | 'square', geometry: object, more: object = {}) => ({
  type: 'Feature' as const,
  id: `place:${id}`,
  geometry: geometry as never,
  properties: {
    type: 'place' as const,
    id,
    kind,
    parentId: null,
    name: id,
    nameAr: '',
    heightM: 0,
    widthM: 0,
    zoneId: null,
    ...more,
  },
})
const registryOf = (...features: ReturnType<typeof place>[]) =>
  createRegistry({ type: 'FeatureCollection', bbox: null, features })

describe('the drawing', () => {
  it('lifts a roof to the north by a quarter of its height and joins it to the ground with walls', () => {
    const ring = square(0, 0, 40 * METRE)
    const shapes = drawDistrict(
      registryOf(place('b', 'building', { type: 'Polygon', coordinates: [ring] }, { heightM: 20 })),
    )
    const roof = shapes.find(({ properties }) => properties.part === 'roof')!
    const corner = (roof.geometry.coordinates as number[][][])[0]![0]!
    expect(corner[1]! / METRE).toBeCloseTo(4.8)
    expect(corner[0]! / METRE).toBeCloseTo(-2)
    expect(shapes.filter(({ properties }) => properties.part.startsWith('wall'))).toHaveLength(4)
  })

  it('draws streets as wide as they are', () => {
    const line = {
      type: 'LineString',
      coordinates: [
        [0, 0],
        [1, 0],
      ],
    }
    const [street] = drawDistrict(registryOf(place('s', 'street', line, { widthM: 15 })))
    expect(street!.properties).toEqual({ part: 'street', w: 15 })
  })

  it('knows how large a metre is at every latitude', () => {
    expect(pixelsPerMetre(17, 60) / pixelsPerMetre(17, 0)).toBeCloseTo(2)
  })
})

describe('textures', () => {
  it('pave only the inside of a ring', () => {
    const ring = square(51, 25, 30 * METRE)
    const joints = paving(ring, 10, 10)
    expect(joints).toHaveLength(4)
    const inside = ring.map(([x, y]): [number, number] => [x, y])
    for (const [a, b] of joints) expect(contains(inside, [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2])).toBe(true)
  })

  it('grow the same trees every time', () => {
    const ring = square(51, 25, 60 * METRE)
    expect(trees([ring], 'pk-1')).toEqual(trees([ring], 'pk-1'))
    expect(trees([ring], 'pk-1')).not.toEqual(trees([ring], 'pk-2'))
  })
})

const registry = registryOf(
  place('b-1', 'building', { type: 'Point', coordinates: [0, 0] }, { zoneId: 'z-1' }),
  place('b-2', 'building', { type: 'Point', coordinates: [0.01, 0] }, { zoneId: 'z-1' }),
)

/** A tile of assets at these longitudes, each with one series in this state. */
function assetTile(assets: readonly (readonly [longitude: number, state: number])[]): AssetTile {
  const rows = assets.length
  const counts = new Uint32Array(rows * 8)
  for (const [row, [, state]] of assets.entries()) counts[row * 8 + state] = 1
  const facts = { tile: 1, id: 't', level: 'assets', revision: 1, zoneId: 'z-1', system: 'water', rows, series: rows }
  const named = assets.map(([longitude], row) => ({ ...ASSET, id: `a-${row}`, longitude, latitude: 0 }))
  return {
    facts: facts as AssetTile['facts'],
    level: 'assets',
    columns: {
      counts,
      oldestAt: new Float64Array(rows),
      measure: new Float32Array(rows),
      worst: Uint8Array.from(assets, ([, state]) => state),
    },
    index: { id: 't', revision: 1, zoneId: 'z-1', system: 'water', level: 'assets', assets: named },
    tick: 1,
    filled: true,
    version: 1,
  }
}
const ASSET = { kind: 'meter', placeId: 'b-1', parentId: null, name: '', nameAr: '', level: 0, criticality: 1 }
const ALL: Passing = passingOf(readDesk(''), [])

describe('marks', () => {
  const tile = assetTile([
    [0, NORMAL],
    [0.001, STALE],
    [0.01, OUT_OF_RANGE],
    [0.02, WAITING],
  ])

  it('are a dot each, and a symbol on top of what is not normal', () => {
    const { dots, look, blind, waiting } = createMarks()([tile], ALL)
    expect(dots).toHaveLength(8)
    expect([[...look], [...blind], [...waiting]]).toEqual([
      [0.01, 0],
      [0.001, 0],
      [0.02, 0],
    ])
  })

  it('keep their arrays while they say the same', () => {
    const gather = createMarks()
    const first = gather([tile], ALL)
    expect(gather([tile], ALL)).toBe(first)
    tile.columns.worst[0] = OUT_OF_RANGE
    const second = gather([tile], ALL)
    tile.columns.worst[0] = NORMAL
    expect(second.dots).toBe(first.dots)
    expect(second.look).not.toBe(first.look)
  })

  it('pass by state, kind, zone, layer and circle', () => {
    const shown = (hash: string) =>
      createMarks()([tile], passingOf(readDesk(hash), ['water', 'energy'])).dots.length / 2
    expect(shown('')).toBe(4)
    expect(shown('#state=stale')).toBe(1)
    expect(shown('#kind=lift')).toBe(0)
    expect(shown('#zone=z-2')).toBe(0)
    expect(shown('#off=energy')).toBe(4)
    expect(shown('#off=water')).toBe(0)
    expect(shown('#circle=0/0/200')).toBe(2)
  })

  it('are hit by the nearest within reach', () => {
    const hit = (x: number, perDegree: number) => nearest([tile], ALL, [x, 0], [perDegree, perDegree], 12)?.row
    expect(hit(0.0009, 10_000)).toBe(1)
    expect(hit(0.5, 1000)).toBeUndefined()
  })

  it('count series as the list does: what is awaited is not to be looked at', () => {
    expect(countInView([tile], ALL, undefined)).toEqual({ series: 4, look: 2 })
    expect(countInView([tile], ALL, [0.005, -1, 1, 1])).toEqual({ series: 2, look: 1 })
  })
})

describe('clusters', () => {
  const sumsOf = (figures: Readonly<Record<string, readonly number[]>>): DistrictSums => ({
    ...{
      version: 1,
      all: new Uint32Array(8),
      system: () => new Uint32Array(8),
      measure: () => Number.NaN,
      zone: () => undefined,
      zones: [],
    },
    places: Object.keys(figures),
    place: (id) => {
      const counts = figures[id]
      return counts && { counts: Uint32Array.from(counts), oldestAt: 0, measure: () => Number.NaN }
    },
  })
  const sums = sumsOf({ 'b-1': [3, 1, 0, 0, 0, 0, 0, 0], 'b-2': [0, 0, 2, 0, 0, 0, 0, 1] })

  it('gather places that would touch, and from afar those of a zone', () => {
    const apart = clusterPlaces(registry, sums, false, [100_000, 100_000])
    expect(apart.map(({ places }) => places)).toEqual([['b-1'], ['b-2']])
    expect(clusterPlaces(registry, sums, false, [1000, 1000]).map(({ places }) => places)).toEqual([['b-1', 'b-2']])
    expect(clusterPlaces(registry, sums, true, [100_000, 100_000]).map(({ id }) => id)).toEqual(['z-1'])
  })

  it('tell the share that reports and the worst that there is', () => {
    const [one] = clusterPlaces(registry, sums, false, [1000, 1000])
    expect(withFigures(one!, sums, 255)).toMatchObject({
      ...{ series: 7, total: 7, reporting: 4, waiting: 1, worst: OUT_OF_RANGE },
    })
    expect(withFigures(one!, sums, 1 << SILENT)).toMatchObject({ series: 2, total: 7 })
  })
})

describe('the level', () => {
  it('comes nearer with the zoom, and goes back a little later', () => {
    expect(levelFor(16, 'district', 1e6)).toBe('district')
    expect(levelFor(17.2, 'district', 1e6)).toBe('assets')
    expect(levelFor(17, 'assets', 1e6)).toBe('assets')
    expect(levelFor(16.9, 'assets', 1e6)).toBe('district')
    expect(levelFor(19.2, 'assets', 1e6)).toBe('sensors')
    expect(levelFor(19, 'sensors', 1e6)).toBe('sensors')
  })

  it('needs no clusters for a few', () => {
    expect(levelFor(14, 'district', 500)).toBe('assets')
    expect(levelFor(14, 'assets', 800)).toBe('assets')
    expect(levelFor(14, 'assets', 1000)).toBe('district')
  })
})

it('the level of service follows the manuals, and is unknown without a figure', () => {
  expect([0.9, 0.7, 0.6, 0.45, 0.35, 0.2, Number.NaN].map(streetService)).toEqual([1, 2, 3, 4, 5, 6, 0])
  expect([0.1, 1, 1.2, 2.1, 4, 6, Number.NaN].map(squareService)).toEqual([1, 2, 3, 4, 5, 6, 0])
})
