import { expect, it } from 'vitest'
import { Growth } from './growth.ts'

const MINUTE = 60_000

it('counts what is added, and not what retention takes away', () => {
  const growth = new Growth()
  growth.sample(0, 1000)
  expect(growth.perDay(30_000)).toBeUndefined()
  growth.sample(MINUTE, 1600)
  growth.sample(2 * MINUTE, 200)
  growth.sample(3 * MINUTE, 800)
  expect(growth.perDay(4 * MINUTE)).toBe(300 * 24 * 60)
})

it('forgets what was more than an hour ago', () => {
  const growth = new Growth()
  growth.sample(0, 0)
  growth.sample(MINUTE, 1e9)
  for (let m = 2; m <= 100; m++) growth.sample(m * MINUTE, 1e9)
  expect(growth.perDay(100 * MINUTE)).toBe(0)
})
