import { expect, it } from 'vitest'
import { TopicCache } from './topic-cache.ts'
import { TopicEntry } from './topic-entry.ts'
import { TopicMemory } from './topic-memory.ts'

const nowhere = {
  codec: undefined,
  isPersonal: false,
  deviceFrom: 0,
  deviceTo: 0,
  propertyFrom: 0,
  propertyTo: 0,
  tallies: [],
}
const entry = (topic: string) =>
  new TopicEntry({ ...nowhere, topicBytes: Buffer.from(topic), kind: 'other', source: 's' })

const has = (cache: TopicCache, topic: string) => cache.get(Buffer.from(topic), 0, topic.length) !== undefined

it('a cache forgets rather than cost more than it may, however long its topics are', () => {
  const memory = new TopicMemory(1e9)
  const cache = new TopicCache(10_000, memory)
  for (let i = 0; i < 1_000; i++) {
    cache.add(entry(`${i}`.padStart(1_000, 'x')))
    expect(cache.bytes).toBeLessThanOrEqual(10_000)
    expect(memory.bytes).toBe(cache.bytes)
  }
  cache.add(entry('a/b'))
  expect(has(cache, 'a/b')).toBe(true)
  cache.forget()
  expect(has(cache, 'a/b')).toBe(false)
  expect(memory.bytes).toBe(0)
})

it('when all together cost too much, those forget that take more than their share', () => {
  const memory = new TopicMemory(100_000)
  const small = Array.from({ length: 20 }, () => new TopicCache(1e9, memory))
  for (const cache of small) cache.add(entry('mine'))
  const greedy = new TopicCache(1e9, memory)
  for (let i = 0; i < 10_000; i++) {
    greedy.add(entry(`topic/${i}`))
    expect(memory.bytes).toBeLessThanOrEqual(100_000)
  }
  expect(small.every((cache) => has(cache, 'mine'))).toBe(true)
})
