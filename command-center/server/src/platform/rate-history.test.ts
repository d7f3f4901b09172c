import { expect, it } from 'vitest'
import { RateHistory } from './rate-history.ts'

const MINUTE = 60_000
const BEGIN = 30_000_000 * MINUTE

it('counts by minute, with nothing from before it began', () => {
  const history = new RateHistory()
  history.sample(BEGIN, { readings: 100, messages: 10 })
  history.sample(BEGIN + 30_000, { readings: 130, messages: 13 })
  history.sample(BEGIN + MINUTE, { readings: 190, messages: 14 })
  const { from, stepMs, readings, messages } = history.view()
  expect([from, stepMs, readings.length]).toEqual([BEGIN - 58 * MINUTE, MINUTE, 60])
  expect(readings.slice(-3)).toEqual([null, 30, 60])
  expect(messages.slice(-3)).toEqual([null, 3, 1])
  expect(history.readingsPerS()).toBeCloseTo(0.5)
})

it('leaves out the step in which it began, of which it has seen a part', () => {
  const history = new RateHistory()
  history.sample(BEGIN + 30_000, { readings: 100, messages: 10 })
  history.sample(BEGIN + 40_000, { readings: 130, messages: 13 })
  history.sample(BEGIN + MINUTE, { readings: 190, messages: 14 })
  expect(history.view().readings.slice(-2)).toEqual([null, 60])
})

it('forgets what is older than an hour, also when nobody looked for long', () => {
  const history = new RateHistory()
  for (let m = 0; m <= 70; m++) history.sample(BEGIN + m * MINUTE, { readings: 60 * m, messages: m })
  expect(history.view().readings).toEqual(Array(60).fill(60))
  expect(history.readingsPerS()).toBeCloseTo(1)
  history.sample(BEGIN + 300 * MINUTE, { readings: 5000, messages: 80 })
  expect(history.view().readings.slice(-2)).toEqual([0, 800])
  expect(history.view().readings[0]).toBe(0)
})

it('says nothing of a rate before the first minute is over', () => {
  const history = new RateHistory()
  expect(history.readingsPerS()).toBeUndefined()
  history.sample(BEGIN, { readings: 1, messages: 1 })
  expect(history.readingsPerS()).toBeUndefined()
})
