import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LEDGER, type LedgerEntry } from '@quartier/contracts'
import type { EventLog } from '@quartier/contracts/event-log'
import { openEmbeddedLog } from '@quartier/contracts/event-log/embedded'
import { openEmbeddedEventReader } from '@quartier/contracts/event-store/embedded'
import { summarise } from '@quartier/contracts/ledger'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { storedEvents, writeEvents } from '../testing/event-writer.ts'
import { startIngest } from '../testing/ingest-process.ts'

const START = Math.floor(Date.now() / 1000) * 1000 - 3_600_000

let dataDir: string
let log: EventLog
let ingest: ChildProcess | undefined

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'quartier-event-kill-'))
  log = await openEmbeddedLog({ folder: join(dataDir, 'log'), maintainMs: 0 })
})
afterEach(async () => {
  ingest?.kill('SIGKILL')
  await log.close()
  rmSync(dataDir, { recursive: true, force: true })
})

const settings = () => ({ dataDir, logLevel: 'silent', ledgerMs: 30, eventGatherMs: 3 })

it('stores every appended event exactly once although ingest is killed again and again', async () => {
  const writer = writeEvents(log, START)
  for (let round = 0; round < 5; round++) {
    ingest = await startIngest(settings())
    const goal = writer.count() + 20 + round * 17
    await vi.waitFor(() => expect(writer.count()).toBeGreaterThan(goal), { timeout: 20_000, interval: 3 })
    ingest.kill('SIGKILL')
    await once(ingest, 'exit')
  }
  const { events, duplicates } = await writer.stop()
  ingest = await startIngest(settings())
  await vi.waitFor(async () => expect(await storedIds()).toHaveLength(events), { timeout: 60_000, interval: 100 })
  expect(new Set(await storedIds()).size).toBe(events)
  ingest.send('stop')
  await once(ingest, 'exit')
  const entries = (await log.read(LEDGER, { partition: 0, offset: 0 }, 1e6)).map(
    (r) => JSON.parse(Buffer.from(r.value).toString()) as LedgerEntry,
  )
  const { sources, balanced } = summarise(entries)
  expect(balanced).toBe(true)
  expect(sources[0]?.events).toMatchObject({ accepted: events + duplicates, stored: events, duplicates })
}, 120_000)

async function storedIds(): Promise<string[]> {
  const reader = openEmbeddedEventReader({ path: join(dataDir, 'store', 'events.db') })
  const ids = await storedEvents(reader)
  await reader.close()
  return ids
}
