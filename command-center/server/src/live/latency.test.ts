import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LatencyHistogram } from './latency.ts'

test('a quantile is never below the true one, and at most an eighth above', () => {
  const times = fc.array(fc.integer({ min: 0, max: 10_000_000 }), { minLength: 1, maxLength: 300 })
  fc.assert(
    fc.property(times, fc.double({ min: 0.01, max: 1, noNaN: true }), (all, share) => {
      const histogram = new LatencyHistogram()
      for (const ms of all) histogram.add(ms)
      const exact = all.toSorted((a, b) => a - b)[Math.ceil(all.length * share) - 1] as number
      const [found] = histogram.quantiles(share)
      expect(found).toBeGreaterThanOrEqual(exact)
      expect(found).toBeLessThanOrEqual(exact * 1.125)
    }),
  )
})

test('the window forgets after a minute, the totals do not', () => {
  const histogram = new LatencyHistogram()
  histogram.add(100)
  for (let slice = 0; slice < 11; slice++) histogram.turn()
  expect(histogram.quantiles(0.5)[0]).toBeGreaterThanOrEqual(100)
  histogram.turn()
  expect(histogram.quantiles(0.5)).toEqual([null])
  expect([histogram.total, histogram.sumMs]).toEqual([1, 100])
})

test('a device whose clock is ahead counts as no delay, an absurd delay as the longest', () => {
  const histogram = new LatencyHistogram()
  histogram.add(-5000)
  histogram.add(Number.MAX_SAFE_INTEGER)
  expect(histogram.atMost(0)).toBe(1)
  expect(histogram.quantiles(1)[0]).toBeGreaterThan(1e9)
})
