import { describe, expect, it } from 'vitest'
import { gridFor, offsetOf } from './grid.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const NOW = Date.UTC(2026, 10, 26, 15, 42, 17)
const QATAR = 3 * HOUR

describe('windows of a range', () => {
  it.each([
    ['an hour', HOUR, 1000, 5_000],
    ['a day', DAY, 1000, MINUTE],
    ['a week', 7 * DAY, 1000, 10 * MINUTE],
    ['thirty days', 30 * DAY, 1000, 30 * MINUTE],
    ['a year', 365 * DAY, 1000, 6 * HOUR],
    ['thirty years', 30 * 365 * DAY, 1000, 14 * DAY],
    ['an hour of a sensor that speaks every quarter', HOUR, 15 * MINUTE, 15 * MINUTE],
  ])('are few enough over %s', (_, span, leastMs, step) => {
    const grid = gridFor(NOW - span, NOW, 1500, leastMs, QATAR)
    expect(grid.step).toBe(step)
    expect((grid.to - grid.from) / grid.step).toBeLessThanOrEqual(1500)
    expect(grid.from).toBeLessThanOrEqual(NOW - span)
    expect(grid.to).toBeGreaterThanOrEqual(NOW)
  })

  it('begin at midnight of the control room when they are days', () => {
    const grid = gridFor(NOW - 300 * DAY, NOW, 301, 1000, QATAR)
    expect(grid.step).toBe(DAY)
    expect(new Date(grid.from).toISOString()).toMatch(/T21:00:00/)
  })
})

it.each([
  ['Asia/Qatar', '2026-11-26', 3],
  ['Asia/Kolkata', '2026-11-26', 5.5],
  ['America/New_York', '2026-07-01', -4],
  ['America/New_York', '2026-12-01', -5],
  ['UTC', '2026-12-01', 0],
])('the clock of %s on %s is %d h ahead of UTC', (zone, day, hours) => {
  expect(offsetOf(zone, Date.parse(day))).toBe(hours * HOUR)
})
