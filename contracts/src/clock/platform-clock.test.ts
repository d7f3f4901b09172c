import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { openEmbeddedLog } from '../event-log/embedded.ts'
import { announceClock, readClock } from './platform-clock.ts'

const folder = mkdtempSync(join(tmpdir(), 'quartier-clock-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('gives every tool of an installation the clock that was announced last', async () => {
  const log = await openEmbeddedLog({ folder })
  expect((await readClock(log)).speed).toBe(1)
  const startedAt = Date.now() - 1_000
  await announceClock(log, { originAt: 0, startedAt, speed: 600 })
  const clock = await readClock(log)
  expect(clock.speed).toBe(600)
  expect(clock.now()).toBeGreaterThanOrEqual(600_000)
  await announceClock(log, { originAt: 0, startedAt, speed: 1 })
  expect((await readClock(log)).speed).toBe(1)
  await log.close()
})
