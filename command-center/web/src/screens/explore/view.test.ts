import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { between, COMPARES, type ExploreView, pan, readSpan, readView, writeSpan, writeView, zoom } from './view.ts'

const HOUR = 3_600_000
const usual: ExploreView = {
  series: [],
  range: { type: 'last', ms: 24 * HOUR },
  compare: undefined,
  as: 'charts',
  apart: false,
}

describe('the address', () => {
  it('without a query is the usual view: nothing chosen, the last 24 hours', () => {
    expect(readView('')).toEqual(usual)
  })

  it('is read easily', () => {
    const view = {
      ...usual,
      series: ['city/lamp-4/power', 'plant/chw 1/flow&x'],
      compare: 'week',
      apart: true,
    } as const
    expect(writeView(view)).toBe('s=city/lamp-4/power&s=plant/chw+1/flow%26x&last=24h&vs=week&apart')
  })

  it('holds the whole view', () => {
    const instant = fc.integer({ min: 0, max: 4_000_000_000 }).map((s) => s * 1000)
    const range = fc.oneof(
      fc.integer({ min: 10, max: 300_000 }).map((s) => ({ type: 'last' as const, ms: s * 1000 })),
      fc.tuple(instant, fc.integer({ min: 10, max: 1e7 })).map(([from, s]) => between(from, from + s * 1000)),
    )
    const view = fc.record({
      series: fc.uniqueArray(fc.string({ minLength: 1, unit: 'grapheme' }), { maxLength: 12 }),
      range,
      compare: fc.option(fc.constantFrom(...COMPARES), { nil: undefined }),
      as: fc.constantFrom('charts' as const, 'table' as const),
      apart: fc.boolean(),
    })
    fc.assert(
      fc.property(view, (one) => {
        expect(readView(`?${writeView(one)}`)).toEqual(one)
      }),
    )
  })

  it.each([
    'last=',
    'last=5',
    'last=0d',
    'last=1s',
    'last=9999999d',
    'from=x&to=y',
    'from=2026-11-02T00:00Z&to=2026-11-01T00:00Z',
  ])('that says %s shows the usual range', (query) => {
    expect(readView(query).range).toEqual(usual.range)
  })

  it('takes each series once, and no more than there are letters for', () => {
    const many = Array.from({ length: 30 }, (_, i) => `s=a/${i}/b&s=a/0/b`).join('&')
    expect(readView(many).series).toHaveLength(12)
  })
})

it.each([
  ['24h', 24 * HOUR],
  ['1h', HOUR],
  ['7d', 168 * HOUR],
  ['90m', 1.5 * HOUR],
  ['45s', 45_000],
])('%s is a length of time', (text, ms) => {
  expect([writeSpan(ms), readSpan(text)]).toEqual([text, ms])
})

describe('moving in time', () => {
  it('zooms around the instant that is looked at', () => {
    expect(zoom(0, 100_000, 2, 25_000)).toEqual({ type: 'between', from: 13_000, to: 63_000 })
    expect(zoom(40_000, 60_000, 0.5)).toEqual({ type: 'between', from: 30_000, to: 70_000 })
  })

  it('never comes so near that nothing can be seen', () => {
    const range = zoom(0, 12_000, 100)
    expect(range).toEqual({ type: 'between', from: 1000, to: 11_000 })
  })

  it('goes half a screen earlier or later', () => {
    expect(pan(100_000, 200_000, -0.5)).toEqual({ type: 'between', from: 50_000, to: 150_000 })
  })
})
