import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type DistrictEvent,
  EVENTS,
  encodeEventBatch,
  LEDGER,
  type LedgerEntry,
  type NewEvent,
} from '@quartier/contracts'
import type { EventLog } from '@quartier/contracts/event-log'
import { openEmbeddedLog } from '@quartier/contracts/event-log/embedded'
import { writeOf } from '@quartier/contracts/event-store/contract'
import { openEmbeddedEventReader } from '@quartier/contracts/event-store/embedded'
import { summarise } from '@quartier/contracts/ledger'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { startIngest } from '../testing/ingest-process.ts'

const START = Math.floor(Date.now() / 1000) * 1000 - 3_600_000
const CAMERAS = 20

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

/** The events of the `n`-th record: one of each camera, and the one that its first camera sent before once more. */
function eventsOf(n: number): NewEvent[] {
  const one = (camera: number, at: number): NewEvent => ({
    device: `camera-${camera}`,
    kind: 'line-crossed',
    measuredAt: START + at * 1000,
    attributes: { count: at },
  })
  return [...Array.from({ length: CAMERAS }, (_, camera) => one(camera, n)), one(0, Math.max(0, n - 4))]
}

/** Appends records until told to stop; a camera stays in its partition. */
function startWriter() {
  let going = true
  let records = 0
  const done = (async () => {
    while (going) {
      const { columns, counts } = writeOf(eventsOf(records), { receivedAt: START + records * 1000 + 100 })
      const value = encodeEventBatch({ columns: columns[0] as (typeof columns)[number], counts })
      await log.append(EVENTS, [{ key: 'k', partition: records % 4, value }])
      records++
      await delay(2)
    }
  })()
  return {
    count: () => records,
    async stop() {
      going = false
      await done
      return records
    },
  }
}

it('stores every appended event exactly once although ingest is killed again and again', async () => {
  const writer = startWriter()
  for (let round = 0; round < 5; round++) {
    ingest = await startIngest(settings())
    const goal = writer.count() + 20 + round * 17
    await vi.waitFor(() => expect(writer.count()).toBeGreaterThan(goal), { timeout: 20_000, interval: 3 })
    ingest.kill('SIGKILL')
    await once(ingest, 'exit')
  }
  const records = await writer.stop()
  ingest = await startIngest(settings())
  const expected = records * CAMERAS
  await vi.waitFor(async () => expect(await storedIds()).toHaveLength(expected), { timeout: 60_000, interval: 100 })
  expect(new Set(await storedIds()).size).toBe(expected)
  ingest.send('stop')
  await once(ingest, 'exit')
  const entries = (await log.read(LEDGER, { partition: 0, offset: 0 }, 1e6)).map(
    (r) => JSON.parse(Buffer.from(r.value).toString()) as LedgerEntry,
  )
  const { sources, balanced } = summarise(entries)
  expect(balanced).toBe(true)
  expect(sources[0]?.events).toMatchObject({ accepted: expected + records, stored: expected, duplicates: records })
}, 120_000)

async function storedIds(): Promise<string[]> {
  const reader = openEmbeddedEventReader({ path: join(dataDir, 'store', 'events.db') })
  const found: DistrictEvent[] = []
  for (let before: string | undefined; ; ) {
    const page = await reader.search({ from: 0, to: 1e15, limit: 1000, before })
    found.push(...page.events)
    before = page.next
    if (before === undefined) break
  }
  await reader.close()
  return found.map((e) => `${e.device} ${e.measuredAt}`)
}
