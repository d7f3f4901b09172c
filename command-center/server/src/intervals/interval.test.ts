import { expect, it } from 'vitest'
import { hasChanged, intervalOf } from './interval.ts'

const START = Date.UTC(2026, 0, 1)

/** Instants that follow each other by these gaps. */
function after(...gaps: number[]): number[] {
  const found = [START]
  for (const gap of gaps) found.push((found.at(-1) as number) + gap)
  return found
}
const repeat = (n: number, gap: (i: number) => number) => after(...Array.from({ length: n }, (_, i) => gap(i)))

it.each([
  ['a timer', repeat(20, () => 60_000), 60_000],
  ['a timer that jitters', repeat(20, (i) => 60_000 + (i % 7) * 900 - 2700), 60_000],
  ['a timer that drifts', repeat(20, () => 61_500), 60_000],
  ['a timer of which some readings are lost', repeat(20, (i) => (i % 5 === 0 ? 1_800_000 : 900_000)), 900_000],
  ['readings that come twice', repeat(20, (i) => (i % 10 === 9 ? 0 : 10_000)), 10_000],
  ['an outage of a day in between', repeat(20, (i) => (i === 10 ? 86_400_000 : 5_000)), 5_000],
  ['an interval that nobody would choose', repeat(20, () => 437_000), 440_000],
])('learns from %s', (_, measuredAt, expected) => {
  expect(intervalOf(measuredAt)).toBe(expected)
})

it.each([
  ['nothing', []],
  ['a few readings', repeat(8, () => 60_000).slice(0, 8)],
  [
    'what is sent when something changes',
    repeat(30, (i) => [1_000, 47_000, 300_000, 9_000, 2_400_000][i % 5] as number),
  ],
  ['readings that all have one time', repeat(30, () => 0)],
])('learns nothing from %s', (_, measuredAt) => {
  expect(intervalOf(measuredAt)).toBeUndefined()
})

it('tells a device that keeps another interval now from one that jitters', () => {
  expect(hasChanged(60_000, 70_000)).toBe(false)
  expect(hasChanged(60_000, 300_000)).toBe(true)
  expect(hasChanged(300_000, 60_000)).toBe(true)
})
