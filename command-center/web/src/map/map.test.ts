import { describe, expect, it } from 'vitest'
import { createRegistry } from '../live/registry.ts'
import { clusterByPlace } from './clusters.ts'
import { drawDistrict } from './drawing.ts'
import { isClose, nearestAsset, sensorPositions } from './marks.ts'
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
const asset = (id: string, placeId: string, x: number, y: number) => ({
  type: 'Feature' as const,
  id: `asset:${id}`,
  geometry: { type: 'Point' as const, coordinates: [x, y] },
  properties: {
    type: 'asset' as const,
    id,
    kind: 'meter',
    placeId,
    parentId: null,
    name: id,
    nameAr: '',
    level: 0,
    criticality: 1,
    craft: '',
    contractor: '',
    statutoryClass: '',
    zoneId: null,
  },
})
const registryOf = (...features: (ReturnType<typeof place> | ReturnType<typeof asset>)[]) =>
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

describe('marks', () => {
  const registry = registryOf(
    asset('a', 'b-1', 0, 0),
    asset('b', 'b-1', 0.001, 0),
    asset('c', 'b-2', 0.01, 0),
    asset('d', 'b-2', 0.011, 0),
  )
  const state = Uint8Array.of(0, 4, 1, 255)

  it('are split into reporting, blind and to be looked at; assets without series have none', () => {
    const { normal, stale, look } = sensorPositions(registry, state)
    expect([[...normal], [...stale], [...look]]).toEqual([
      [0, 0],
      [0.001, 0],
      [0.01, 0],
    ])
  })

  it('are hit by the nearest within reach', () => {
    expect(nearestAsset(registry, state, [0.0009, 0], [1000, 1000], 12)).toBe(1)
    expect(nearestAsset(registry, state, [0.5, 0], [1000, 1000], 12)).toBe(-1)
    expect(nearestAsset(registry, state, [0.011, 0], [100_000, 100_000], 12)).toBe(-1)
  })

  it('stand alone when few are in view or the map is close', () => {
    const many = registryOf(...Array.from({ length: 300 }, (_, i) => asset(`a-${i}`, 'b-1', i * 0.001, 0)))
    const shown = new Uint8Array(300)
    expect(isClose({ zoom: 15, bounds: [-1, -1, 1, 1] }, many, shown)).toBe(false)
    expect(isClose({ zoom: 15, bounds: [-1, -1, 0.1, 1] }, many, shown)).toBe(true)
    expect(isClose({ zoom: 17.4, bounds: [-1, -1, 1, 1] }, many, shown)).toBe(true)
  })

  it('gather by place, and places that would touch become one cluster', () => {
    const far = clusterByPlace(registry, state, [1000, 1000])
    expect(far.map(({ assets }) => assets)).toEqual([[0, 1, 2]])
    const near = clusterByPlace(registry, state, [100_000, 100_000])
    expect(near.map(({ assets }) => assets)).toEqual([[0, 1], [2]])
  })
})
