import { QUALITY_BAD, QUALITY_STALE, QUALITY_UNCERTAIN } from '@quartier/contracts'
import { judge, NORMAL, OUT_OF_RANGE, pressure, SERIES_STATES, SILENT, STALE, STATE_WORDS, WAITING } from '@quartier/contracts/live' // biome-ignore format: one line
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { createDistrict } from '../district/district.ts'
import { ASSETS, Bench, INTERVAL, KEYS, PLACES, START } from './testing.ts'

let bench: Bench
beforeEach(() => {
  bench = new Bench()
})

describe('a series', () => {
  beforeEach(() => {
    bench.define('city/d-1/power', 'm-1')
    bench.settle()
  })

  test('waits until the platform has listened for as long as it would take to miss it, and then was never heard', () => {
    expect(bench.word('city/d-1/power')).toBe('waiting')
    bench.at += 1_000_000
    bench.settle()
    expect(bench.word('city/d-1/power')).toBe('waiting')
    bench.listen()
    bench.at += 3 * INTERVAL
    bench.settle()
    expect(bench.word('city/d-1/power')).toBe('waiting')
    bench.at += 1
    bench.settle()
    expect(bench.word('city/d-1/power')).toBe('never')
  })

  test('is judged at once when a reading comes, and found silent by the sweep', () => {
    bench.listen()
    bench.hear('city/d-1/power', 50)
    expect(bench.word('city/d-1/power')).toBe('normal')
    bench.hear('city/d-1/power', 101)
    expect(bench.word('city/d-1/power')).toBe('out-of-range')
    bench.hear('city/d-1/power', 50, { quality: QUALITY_BAD })
    expect(bench.word('city/d-1/power')).toBe('bad')
    bench.hear('city/d-1/power', 50, { quality: QUALITY_UNCERTAIN })
    expect(bench.word('city/d-1/power')).toBe('uncertain')
    bench.at += 3 * INTERVAL + 1
    bench.settle()
    expect(bench.word('city/d-1/power')).toBe('silent') // alone behind its gateway
  })

  test('tells since when it is so', () => {
    bench.listen()
    bench.hear('city/d-1/power', 50)
    bench.at += 5000
    bench.hear('city/d-1/power', 101)
    const since = bench.at
    bench.at += 5000
    bench.hear('city/d-1/power', 102)
    expect(bench.judgement.since(bench.placeOf('city/d-1/power'))).toBe(since)
  })

  test('is judged anew by another definition, and not at all without one', () => {
    bench.listen()
    bench.hear('city/d-1/power', 50)
    bench.define('city/d-1/power', 'm-1', { validMax: 40 })
    bench.settle()
    expect(bench.word('city/d-1/power')).toBe('out-of-range')
    bench.table.remove('city/d-1/power')
    bench.settle()
    expect(bench.word('city/d-1/power')).toBeUndefined()
    expect(bench.group('b-1', 'energy-meter')).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
  })

  test('takes its count along when its asset changes', () => {
    bench.listen()
    bench.hear('city/d-1/power', 50)
    bench.settle()
    bench.define('city/d-1/power', 'td-1')
    bench.settle()
    expect(bench.group('b-1', 'energy-meter')[NORMAL]).toBe(0)
    expect(bench.group('s-1', 'traffic-detector')[NORMAL]).toBe(1)
  })
})

test('what says of itself that it is stale waits too when it falls silent soon after the platform began to listen', () => {
  bench.define('city/d-1/power', 'm-1')
  bench.settle()
  bench.hear('city/d-1/power', 50, { quality: QUALITY_STALE })
  bench.at += 2 * INTERVAL
  bench.listen()
  bench.settle()
  expect(bench.word('city/d-1/power')).toBe('silent')
  bench.at += 2 * INTERVAL
  bench.settle()
  expect(bench.word('city/d-1/power')).toBe('waiting')
})

describe('a gateway', () => {
  beforeEach(() => {
    for (const [key, id] of [
      ['city/d-1/power', 'm-1'],
      ['city/d-3/power', 'm-2'],
      ['city/d-5/power', 'm-3'],
    ] as const)
      bench.define(key, id)
    bench.settle()
    bench.listen()
  })

  test('is silent when all behind it has stopped, and everything behind it with it', () => {
    bench.hear('city/d-1/power', 1)
    bench.hear('city/d-3/power', 1)
    bench.settle()
    bench.at += 3 * INTERVAL + 1
    bench.settle()
    expect(['d-1', 'd-3', 'd-5'].map((d) => bench.word(`city/${d}/power`))).toEqual(['silent', 'silent', 'silent'])
    expect([...bench.judgement.rollup.silentGateways]).toEqual([bench.asset('gw-1')])
    expect(bench.group('b-1', 'energy-meter')[SILENT]).toBe(2)
    expect(bench.judgement.rollup.assets.worst[bench.asset('gw-1')]).toBe(SILENT)
    expect([...bench.judgement.troubled()]).toEqual([])

    bench.hear('city/d-3/power', 1)
    bench.settle()
    expect(['d-1', 'd-3', 'd-5'].map((d) => bench.word(`city/${d}/power`))).toEqual(['stale', 'normal', 'never'])
    expect(bench.group('b-1', 'energy-meter')[STALE]).toBe(1)
    expect(bench.judgement.rollup.silentGateways.size).toBe(0)
  })

  test('of which nothing was ever heard is not called silent', () => {
    bench.at += 100 * INTERVAL
    bench.settle()
    expect(bench.word('city/d-1/power')).toBe('never')
  })
})

test('a street has the mean of its detectors over the free speed, without what is stale', () => {
  bench.define('city/d-0/speed', 'td-1', { unit: 'km/h' })
  bench.define('city/d-2/speed', 'td-2', { unit: 'km/h' })
  bench.define('city/d-4/speed', 'td-2', { unit: 'm/s' })
  bench.settle()
  bench.listen()
  const row = () =>
    bench.hierarchy.groups.findIndex(
      (g) => g.placeId === 's-1' && g.system === bench.hierarchy.system[bench.asset('td-1')],
    )
  const measure = () => {
    bench.settle()
    return bench.judgement.rollup.groups.measure[row()]
  }
  expect(measure()).toBeNaN()
  bench.hear('city/d-0/speed', 20)
  bench.hear('city/d-2/speed', 40)
  bench.hear('city/d-4/speed', 3)
  expect(measure()).toBeCloseTo(0.6, 6)
  bench.at += 2 * INTERVAL
  bench.hear('city/d-2/speed', 30)
  bench.at += 2 * INTERVAL
  expect(measure()).toBeCloseTo(0.6, 6)
  bench.at += 2 * INTERVAL
  expect(measure()).toBeNaN()
})

test('since when the quietest is quiet is told of assets and places', () => {
  bench.define('city/d-1/power', 'm-1')
  bench.define('city/d-3/power', 'm-2')
  bench.settle()
  bench.listen()
  bench.hear('city/d-1/power', 1)
  bench.at += 7000
  bench.hear('city/d-3/power', 1)
  for (let i = 0; i < 8; i++) bench.settle()
  const { assets, groups } = bench.judgement.rollup
  expect([assets.oldestAt[bench.asset('m-1')], assets.oldestAt[bench.asset('m-2')]]).toEqual([START, START + 7000])
  expect(groups.oldestAt[bench.hierarchy.group[bench.asset('m-1')] as number]).toBe(START)
})

/** What may happen to a district; each step is followed by the end of a tick. */
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ what: fc.constant('hear' as const), key: fc.constantFrom(...KEYS), value: fc.integer({ min: -20, max: 120 }), ageMs: fc.constantFrom(0, 0, 0, 20_000, 90_000), quality: fc.constantFrom(0, 0, 0, QUALITY_BAD, QUALITY_UNCERTAIN, QUALITY_STALE, 16, 32) }) }, // biome-ignore format: one line
  { weight: 2, arbitrary: fc.record({ what: fc.constant('define' as const), key: fc.constantFrom(...KEYS), assetId: fc.constantFrom(null, 'nowhere', ...ASSETS.map((a) => a.id)), intervalMs: fc.constantFrom(0, 1000, INTERVAL, 60_000), status: fc.constantFrom('active', 'active', 'provisioned', 'quarantined', 'retired') }) }, // biome-ignore format: one line
  { weight: 1, arbitrary: fc.record({ what: fc.constant('remove' as const), key: fc.constantFrom(...KEYS) }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('wait' as const), ms: fc.constantFrom(250, 5001, 31_000, 200_000) }) }, // biome-ignore format: one line
  { weight: 1, arbitrary: fc.record({ what: fc.constant('move' as const), moved: fc.constantFrom(...ASSETS.map((a) => a.id)), placeId: fc.constantFrom('b-1', 's-1', 'z-2'), parentId: fc.constantFrom(null, 'gw-1', 'gw-2') }) }, // biome-ignore format: one line
  { weight: 1, arbitrary: fc.record({ what: fc.constant('listen' as const) }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function take(b: Bench, s: Step): void {
  if (s.what === 'hear') b.hear(s.key, s.value, s)
  else if (s.what === 'define') b.define(s.key, s.assetId, { intervalMs: s.intervalMs, status: s.status })
  else if (s.what === 'remove') b.table.remove(s.key)
  else if (s.what === 'wait') b.at += s.ms
  else if (s.what === 'listen') b.listen()
  else {
    const assets = b.source.now.assets.map((a) =>
      a.id === s.moved ? { ...a, placeId: s.placeId, parentId: s.parentId } : a,
    )
    b.source.now = createDistrict(PLACES, assets)
    b.source.revision++
  }
}

/** The same from scratch, for every series, asset and group. */
function recount(b: Bench) {
  const { table, hierarchy } = b
  const own = new Map<number, number>()
  for (let at = 0; at < table.length; at++) {
    if (!table.shown(at)) continue
    const measuredAt = table.state.measuredAt(at)
    const { state, intervalMs, validMin, validMax } = table
    own.set(at, judge({ value: state.value(at), ageMs: measuredAt === 0 ? Number.NaN : b.at - measuredAt, quality: state.quality(at), intervalMs: intervalMs[at] as number, validMin: validMin[at] as number, validMax: validMax[at] as number, listenedMs: Number.isNaN(b.listeningAt) ? 0 : b.at - b.listeningAt, speed: 1 })) // biome-ignore format: one line
  }
  const behind = Map.groupBy(own, ([at]) => hierarchy.gateway[table.asset[at] as number] ?? 0)
  const silent = new Set(
    [...behind].flatMap(
      ([gateway, all]) =>
      gateway > 0 && all.every(([, s]) => s === STALE || s === WAITING || STATE_WORDS[s] === 'never') && all.some(([, s]) => s === STALE) ? [gateway] : [], // biome-ignore format: one line
    ),
  )
  const assets = Array.from({ length: table.assets.length }, () => new Array<number>(SERIES_STATES).fill(0))
  const groups = hierarchy.groups.map(() => new Array<number>(SERIES_STATES).fill(0))
  for (const [at, alone] of own) {
    const number = table.asset[at] as number
    const told = silent.has(hierarchy.gateway[number] ?? 0) ? SILENT : alone
    for (const counts of [assets[number], groups[hierarchy.group[number] ?? 0]] as number[][]) counts[told] = (counts[told] as number) + 1 // biome-ignore format: one line
  }
  return { assets, groups, silent }
}

const worstOf = (counts: readonly number[]): number =>
  counts.reduce((worst, n, state) => (n > 0 && pressure(state) < pressure(worst) ? state : worst), NORMAL as number)

test('the counts are those of a recount, whatever is read, defined, removed or moved, and however time goes', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      const b = new Bench()
      b.settle()
      for (const s of steps) {
        take(b, s)
        b.settle()
        const right = recount(b)
        const { rollup } = b.judgement
        expect(rollup.silentGateways).toEqual(right.silent)
        right.groups.forEach((counts, row) => {
          expect(b.countsOf(rollup.groups, row)).toEqual(counts)
          expect(rollup.groups.worst[row]).toBe(worstOf(counts))
        })
        right.assets.forEach((counts, row) => {
          expect(b.countsOf(rollup.assets, row)).toEqual(counts)
        })
      }
    }),
    { numRuns: 200 },
  )
})

test('a row says in which tick it changed, and only then', () => {
  bench.define('city/d-1/power', 'm-1')
  bench.settle()
  bench.listen()
  bench.hear('city/d-1/power', 1)
  bench.settle()
  const { assets } = bench.judgement.rollup
  const before = assets.changed[bench.asset('m-1')] as number
  bench.hear('city/d-1/power', 101)
  bench.settle()
  expect(assets.changed[bench.asset('m-1')]).toBe(bench.tick - 1)
  expect(before).toBeLessThan(bench.tick - 1)
  bench.settle()
  expect(assets.changed[bench.asset('m-1')]).toBe(bench.tick - 2)
  expect(OUT_OF_RANGE).toBe(assets.worst[bench.asset('m-1')])
})
