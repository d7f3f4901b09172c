import { expect, it } from 'vitest'
import { extent, trace } from './sparkline.tsx'

it('keeps gaps as gaps', () => {
  const path = trace(
    [1, 2, null, 3, null, 4],
    (i) => i,
    (value) => value,
  )
  expect(path).toBe('M0 1L1 2M3 3M5 4')
  expect(trace([null], Number, Number)).toBe('')
})

it('has a height even where nothing changes', () => {
  expect(extent([5, 5])[1]).toBeGreaterThan(5)
  expect(extent([0])[0]).toBeLessThan(0)
})
