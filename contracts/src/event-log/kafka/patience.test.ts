import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { openKafkaLog } from '../kafka.ts'
import { pause } from './patience.ts'

it('waits longer from attempt to attempt, at most two seconds, never exactly as long as others', () => {
  const longest = [1, 2, 3, 6, 7, 50].map((attempt) => pause(attempt, () => 1))
  const shortest = [1, 2, 3, 6, 7, 50].map((attempt) => pause(attempt, () => 0))
  expect(longest).toEqual([50, 100, 200, 1600, 2000, 2000])
  expect(shortest).toEqual(longest.map((ms) => ms / 2))
})

it('says LOG_UNAVAILABLE, retriable, when no broker answers in time', async () => {
  const closed = await new Promise<number>((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => done(port))
    })
  })
  const opening = openKafkaLog({ brokers: `127.0.0.1:${closed}`, patienceMs: 100 })
  await expect(opening).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE', retriable: true })
})
