import type { MessageRecord } from '@platformatic/kafka'
import { expect, it } from 'vitest'
import { type Chunk, type Identity, Lane } from './lane.ts'

const ME: Identity = { producerId: 1n, producerEpoch: 0 }
const NEXT: Identity = { producerId: 2n, producerEpoch: 0 }

function chunk(messages: number, bytes: number, until = Number.POSITIVE_INFINITY) {
  const answers: unknown[] = []
  const made: Chunk = {
    messages: Array.from({ length: messages }, () => ({}) as MessageRecord),
    bytes,
    until,
    done: (offset) => answers.push(offset),
    fail: (error) => answers.push(error.code),
  }
  return { ...made, answers }
}

it('gathers what waits into one batch of a megabyte, and gives every call its own offset', () => {
  const lane = new Lane('t', 0)
  const calls = [chunk(2, 600_000), chunk(3, 400_000), chunk(1, 400_000)]
  for (const call of calls) lane.push(call)
  expect(lane.form(ME)?.messages.length).toBe(5)
  lane.done(100)
  expect(calls.map((c) => c.answers)).toEqual([[100], [102], []])
  expect(lane.form(ME)).toMatchObject({ sequence: 5, messages: [{}] })
})

it('lets a call that is larger than a batch go alone', () => {
  const lane = new Lane('t', 0)
  lane.push(chunk(1, 5_000_000))
  lane.push(chunk(1, 10))
  expect(lane.form(ME)?.chunks.length).toBe(1)
})

it('goes on with the same sequence after a refusal, and from 0 under a new identity', () => {
  const lane = new Lane('t', 0)
  lane.push(chunk(4, 10))
  lane.form(ME)
  lane.done(0)
  lane.push(chunk(1, 10))
  lane.form(ME)
  lane.startOver()
  expect(lane.form(NEXT)).toMatchObject({ identity: NEXT, sequence: 0 })
})

it('gives up what is overdue, and says when a part of it may have been kept', () => {
  const lane = new Lane('t', 0)
  lane.push(chunk(1, 10, 5))
  const batch = lane.form(ME)
  expect(lane.expire(4)).toMatchObject({ chunks: [], leavesGap: false })
  if (batch) batch.attempts = 1
  expect(lane.expire(5)).toMatchObject({ chunks: [{}], leavesGap: true })
  lane.push(chunk(1, 10, 5))
  expect(lane.expire(6)).toMatchObject({ chunks: [{}], leavesGap: false })
})
