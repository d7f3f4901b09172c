import type { WindowsView } from '@quartier/contracts/api'
import { describe, expect, it } from 'vitest'
import { figuresAt } from './figures.ts'
import { type Chosen, changesOf, DOUBTFUL, GOOD, lanesOf, MISSING, rangeOf } from './lanes.ts'

const MINUTE = 60_000
const FROM = Date.UTC(2026, 10, 26)
type OneSeries = WindowsView['series'][number]
type Stretch = OneSeries['stretches'][number]

const stretch = (from: number, to: number, unit: string, zoneId = 'north'): Stretch => ({
  ...{ from: FROM + from * MINUTE, to: FROM + to * MINUTE, unit },
  ...{ assetId: 'a', placeId: 'p', zoneId },
})

function one(key: string, mean: readonly (number | null)[], more: Partial<OneSeries> = {}): OneSeries {
  const values = [...mean]
  return {
    ...{ key, mean: values, min: values, max: values, last: values, seams: [] },
    count: values.map((value) => (value === null ? 0 : 1)),
    notGood: values.map(() => 0),
    coverage: values.map((value) => (value === null ? 0 : 1)),
    stretches: [stretch(0, values.length, 'kW')],
    ...more,
  }
}

const viewOf = (...series: OneSeries[]): WindowsView => ({
  ...{ at: FROM + 1000 * MINUTE, from: FROM, stepMs: MINUTE, windows: series[0]!.count.length, series },
})

const chosen = (...keys: string[]): Chosen[] =>
  keys.map((key, i) => ({ key, letter: 'ABCDEF'[i]!, unit: 'kW', intervalMs: MINUTE, validMin: null, validMax: null }))

const lanes = (keys: readonly string[], view: WindowsView, apart = false) =>
  lanesOf(chosen(...keys), { view, earlier: undefined, backMs: 0 }, apart)

describe('lanes', () => {
  it('put two units into one chart and each further one into its own', () => {
    const unit = (name: string) => ({ stretches: [stretch(0, 2, name)] })
    const series = [
      one('a', [1, 2], unit('kW')),
      one('b', [3, 4], unit('Cel')),
      one('c', [5, 6], unit('kW')),
      one('d', [7, 8], unit('%')),
      one('e', [9, 9], unit('lux')),
    ]
    const found = lanes(['a', 'b', 'c', 'd', 'e'], viewOf(...series))
    expect(found.map((lane) => [lane.units, lane.traces.map((t) => t.series)])).toEqual([
      [
        ['kW', 'Cel'],
        [0, 1, 2],
      ],
      [['%'], [3]],
      [['lux'], [4]],
    ])
    expect(lanes(['a', 'b', 'c', 'd', 'e'], viewOf(...series), true)).toHaveLength(5)
  })

  it('join readings that come as rarely as they should, and break where some are missing', () => {
    const values = [1, null, 2, null, null, null, null, null, 3, 4]
    const slow = { ...chosen('a')[0]!, intervalMs: MINUTE }
    const [lane] = lanesOf([slow], { view: viewOf(one('a', values)), earlier: undefined, backMs: 0 }, false)
    const { mean, worth, gaps } = lane!.traces[0]!
    expect(mean).toEqual([1, undefined, 2, null, null, null, null, null, 3, 4])
    expect([...worth].slice(2, 9)).toEqual([GOOD, MISSING, MISSING, MISSING, MISSING, MISSING, GOOD])
    expect(gaps).toEqual([[FROM / 1000 + 150, FROM / 1000 + 510]])
  })

  it('do not call a sensor silent that speaks every quarter of an hour', () => {
    const values = Array.from({ length: 60 }, (_, i) => (i % 15 === 0 ? i : null))
    const rare = { ...chosen('a')[0]!, intervalMs: 15 * MINUTE }
    const [lane] = lanesOf([rare], { view: viewOf(one('a', values)), earlier: undefined, backMs: 0 }, false)
    expect(lane!.traces[0]!.gaps).toEqual([])
    expect(lane!.traces[0]!.mean).not.toContain(null)
  })

  it('show a series that never spoke as one gap, up to now and not beyond', () => {
    const view = { ...viewOf(one('a', Array(10).fill(null))), at: FROM + 6 * MINUTE }
    expect(lanes(['a'], view)[0]!.traces[0]!.gaps).toEqual([[FROM / 1000, FROM / 1000 + 360]])
  })

  it('doubt what is uncertain or incomplete', () => {
    const doubts = one('a', [1, 2, 3, 4], { notGood: [0, 1, 0, 0], coverage: [1, 1, 0.5, 0.9] })
    expect([...lanes(['a'], viewOf(doubts))[0]!.traces[0]!.worth]).toEqual([GOOD, DOUBTFUL, DOUBTFUL, GOOD])
  })

  it('lay the day before over this one', () => {
    const before = viewOf(one('a', [5, 6, null, null, null, null, null, 7]))
    const view = viewOf(one('a', [1, 2, 3, 4, 5, 6, 7, 8]))
    const backMs = 1440 * MINUTE
    const earlier = {
      ...before,
      from: FROM - backMs,
      series: before.series.map((s) => ({ ...s, stretches: s.stretches })),
    }
    const [lane] = lanesOf(chosen('a'), { view, earlier, backMs }, false)
    const trace = lane!.traces[0]!
    const drawn = lane!.at
      .map((at, i) => [at - FROM / 1000, trace.earlier[i]])
      .filter(([, value]) => value !== undefined)
    expect(drawn).toEqual([
      [30, 5],
      [90, 6],
      [270, null],
      [450, 7],
    ])
    expect([trace.lowest, trace.highest]).toEqual([1, 8])
  })
})

describe('a series whose unit was another', () => {
  const changed = one('a', [2, 2, 2000, 2000], {
    stretches: [stretch(0, 1.5, 'kW'), stretch(1.5, 4, 'W', 'south')],
    seams: [
      {
        ...{ window: 1, from: FROM + 1.5 * MINUTE, to: FROM + 2 * MINUTE, count: 1, coverage: 1, notGood: 0 },
        ...{ mean: 1990, min: 1990, max: 1990, last: 1990 },
      },
    ],
  })

  it('is drawn in both, each on its own axis', () => {
    const [lane] = lanes(['a'], viewOf(changed))
    expect(lane!.units).toEqual(['kW', 'W'])
    const seconds = lane!.at.map((at) => at - FROM / 1000)
    expect(seconds).toEqual([30, 75, 105, 150, 210])
    expect(lane!.traces.map((t) => t.mean)).toEqual([
      [2, 2, undefined, undefined, undefined],
      [undefined, undefined, 1990, 2000, 2000],
    ])
  })

  it('is read in the unit of then', () => {
    const view = viewOf(changed)
    const read = (minute: number) => {
      const found = figuresAt(view, 'a', FROM + minute * MINUTE)
      return found && [found.mean, found.unit]
    }
    expect([read(0.5), read(1.2), read(1.7), read(3)]).toEqual([
      [2, 'kW'],
      [2, 'kW'],
      [1990, 'W'],
      [2000, 'W'],
    ])
    expect(read(9)).toBeUndefined()
  })

  it('tells when, and what it was before', () => {
    expect(changesOf(chosen('a'), viewOf(changed))).toMatchObject([
      {
        series: 0,
        at: FROM + 1.5 * MINUTE,
        before: { unit: 'kW', zoneId: 'north' },
        after: { unit: 'W', zoneId: 'south' },
      },
    ])
  })
})

describe('the range of an axis', () => {
  it('has some air and holds a limit that is near', () => {
    expect(rangeOf([{ lowest: 0, highest: 10 }])).toEqual([-1, 11])
    expect(rangeOf([{ lowest: 0, highest: 10 }], [null, 12])).toEqual([-1, 12.8])
    expect(rangeOf([{ lowest: 0, highest: 10 }], [null, 20])).toEqual([-1, 11])
  })

  it('has an extent though nothing moves, or nothing is there', () => {
    expect(rangeOf([{ lowest: 5, highest: 5 }])).toEqual([4.95, 5.05])
    expect(rangeOf([{ lowest: Number.NaN, highest: Number.NaN }])).toEqual([0, 1])
  })
})
