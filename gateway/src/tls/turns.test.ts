import { expect, it } from 'vitest'
import { WorkTurns } from './turns.ts'

const begun = (turns: WorkTurns): number => {
  let n = 0
  for (; turns.mayBegin; n++) turns.begin()
  return n
}

it('lets so many be under way at once, and the next when one has ended', () => {
  const turns = new WorkTurns(3, 0)
  expect(begun(turns)).toBe(3)
  turns.end()
  expect(begun(turns)).toBe(1)
})

it('goes on beside those whose peers take long, while the process keeps up', () => {
  const turns = new WorkTurns(3, 0)
  begun(turns)
  for (let now = 100; now < 1_000; now += 100) turns.tick(now)
  expect(turns.mayBegin).toBe(false)
  turns.tick(1_000)
  expect(begun(turns)).toBe(3)
})

it('begins nothing more while the process does not keep up', () => {
  const turns = new WorkTurns(3, 0)
  begun(turns)
  for (let now = 400; now < 20_000; now += 400) turns.tick(now)
  expect(turns.mayBegin).toBe(false)
})
