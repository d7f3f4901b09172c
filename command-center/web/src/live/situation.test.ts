import type { LiveSeries } from '@quartier/contracts/live'
import { MARK_HISTORICAL, MARK_OUT_OF_RANGE } from '@quartier/contracts/quality'
import { describe, expect, it } from 'vitest'
import { type AssetNode, createRegistry, type Registry } from './registry.ts'
import {
  assess,
  BAD,
  createTopology,
  judge,
  NEVER,
  NORMAL,
  OUT_OF_RANGE,
  SILENT,
  STALE,
  UNCERTAIN,
} from './situation.ts'
import { dataFor } from './store.ts'

const NOW = 1_000_000
const series = (key: string, assetId: string | null): LiveSeries => ({
  key,
  id: '',
  property: 'temperature',
  unit: 'Cel',
  assetId,
  intervalMs: 10_000,
  validMin: 0,
  validMax: 40,
})
const asset = (id: string, parentId: string | null, criticality = 1, kind = 'room-sensor'): AssetNode => ({
  id,
  kind,
  parentId,
  placeId: 'b-1',
  name: id,
  nameAr: '',
  longitude: 51.5,
  latitude: 25.3,
  level: 0,
  criticality,
  craft: '',
  contractor: '',
  statutoryClass: '',
  zoneId: null,
})

function registryOf(assets: AssetNode[]): Registry {
  const empty = createRegistry({ type: 'FeatureCollection', bbox: null, features: [] })
  return { ...empty, assets, assetById: new Map(assets.map((one) => [one.id, one])) }
}

describe('the judgement of one series', () => {
  const one = series('s/d/t', null)
  it.each([
    ['normal within its range', 20, 5000, 0, NORMAL],
    ['out of range above its limit', 41, 5000, 0, OUT_OF_RANGE],
    ['out of range where the platform marked it', 20, 5000, MARK_OUT_OF_RANGE, OUT_OF_RANGE],
    ['stale after three intervals', 20, 30_001, 0, STALE],
    ['not yet stale at three intervals', 20, 30_000, 0, NORMAL],
    ['never stale when it is history', 20, 9e9, MARK_HISTORICAL, NORMAL],
    ['stale rather than out of range, since an old value says nothing about now', 99, 60_000, 0, STALE],
    ['bad', 20, 5000, 2, BAD],
    ['uncertain', 20, 5000, 1, UNCERTAIN],
    ['without any value', Number.NaN, Number.NaN, 0, NEVER],
  ])('is %s', (_, value, age, quality, expected) => {
    expect(judge(one, value, age, quality)).toBe(expected)
  })
})

describe('a series that speaks often', () => {
  it('is not stale before some real seconds have passed, however fast the clock runs', () => {
    const often = { ...series('s/d/t', null), intervalMs: 500 }
    expect(judge(often, 20, 4900, 0)).toBe(NORMAL)
    expect(judge(often, 20, 5100, 0)).toBe(STALE)
    expect(judge(often, 20, 600 * 4900, 0, 600)).toBe(NORMAL)
  })
})

describe('the situation', () => {
  const assets = [asset('gw-1', null, 3, 'gateway'), asset('a-1', 'gw-1'), asset('a-2', 'gw-1', 4), asset('a-3', null)]
  const registry = registryOf(assets)
  const all = [series('s/a-1/t', 'a-1'), series('s/a-2/t', 'a-2'), series('s/a-2/h', 'a-2'), series('s/x/t', null)]
  const topology = createTopology(all, registry)
  const withAges = (...ages: number[]) => {
    const data = dataFor(all, all.length)
    for (const [i, age] of ages.entries()) {
      data.value[i] = 20
      data.measuredAt[i] = NOW - age
    }
    return data
  }

  it('folds what a silent gateway hides into one row', () => {
    const { state, attention, silentGateways } = assess(withAges(60_000, 60_000, 60_000, 0), registry, topology, NOW)
    expect([...state]).toEqual([SILENT, SILENT, SILENT, NORMAL])
    expect(silentGateways).toBe(1)
    expect(attention).toMatchObject([{ state: SILENT, asset: 0, count: 3, series: -1 }])
  })

  it('does not call a gateway silent while one series below it reports', () => {
    const { silentGateways, counts } = assess(withAges(60_000, 60_000, 0, 0), registry, topology, NOW)
    expect(silentGateways).toBe(0)
    expect(counts[STALE]).toBe(2)
  })

  it('names the most critical asset first and several series of one asset in one row', () => {
    const data = withAges(0, 0, 0, 0)
    data.value.fill(99)
    const { attention } = assess(data, registry, topology, NOW)
    expect(attention.map(({ asset, count }) => [asset, count])).toEqual([
      [2, 2],
      [1, 1],
      [-1, 1],
    ])
  })

  it('tells per asset its most pressing state and how many of its series report', () => {
    const data = withAges(0, 0, 60_000, 0)
    const { assetState, assetReporting } = assess(data, registry, topology, NOW)
    expect(assetState[2]).toBe(STALE)
    expect(assetReporting[2]).toBe(1)
    expect(assetState[3]).toBe(255)
  })

  it('does not hold silence against anybody before it has listened for long enough', () => {
    const data = withAges(60_000, 60_000, 60_000, 0)
    const { attention, counts } = assess(data, registry, topology, NOW, { speed: 1, since: NOW - 20_000 })
    expect(attention).toEqual([])
    expect(counts[STALE]! + counts[SILENT]!).toBe(0)
  })

  it('says the same trouble of many assets of one kind in one row that holds them', () => {
    const many = Array.from({ length: 7 }, (_, i) => asset(`d-${i}`, null, 1, 'traffic-detector'))
    const detectors = many.map(({ id }) => series(`s/${id}/speed`, id))
    const place = registryOf(many)
    const data = dataFor(detectors, detectors.length)
    data.value.fill(20)
    data.measuredAt.fill(NOW - 60_000)
    const { attention } = assess(data, place, createTopology(detectors, place), NOW)
    expect(attention).toMatchObject([{ state: STALE, count: 7 }])
    expect(attention[0]!.folded).toHaveLength(7)
  })
})
