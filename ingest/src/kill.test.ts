import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import {
  createColumns,
  encodeBatch,
  LEDGER,
  type LedgerEntry,
  READINGS,
  REJECTED,
  seriesIdOf,
} from '@quartier/contracts'
import type { EventLog } from '@quartier/contracts/event-log'
import { openEmbeddedLog } from '@quartier/contracts/event-log/embedded'
import { summarise } from '@quartier/contracts/ledger'
import { announceSeries } from '@quartier/contracts/records/announce'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import { connectStore } from '@quartier/contracts/telemetry-store/remote'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { definitionOf } from './testing/definitions.ts'
import { startIngest } from './testing/ingest-process.ts'

const KEYS = Array.from({ length: 40 }, (_, i) => `kill/device-${i}/value`)
const START = Math.floor(Date.now() / 1000) * 1000 - 3_600_000

let dataDir: string
let log: EventLog
let ingest: ChildProcess | undefined

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'quartier-kill-'))
  log = await openEmbeddedLog({ folder: join(dataDir, 'log'), maintainMs: 0 })
})
afterEach(async () => {
  ingest?.kill('SIGKILL')
  await log.close()
  rmSync(dataDir, { recursive: true, force: true })
})

const settings = () => ({ dataDir, logLevel: 'silent', gatherMs: 5, ledgerMs: 50, snapshotMs: 100, flushMs: 200 })

/** Appends records, each a reading of every series and one that comes too late, until told to stop. */
function startWriter() {
  let going = true
  let records = 0
  const done = (async () => {
    while (going) {
      const columns = createColumns(KEYS.length + 1)
      columns.length = KEYS.length + 1
      for (const [i, key] of KEYS.entries()) put(columns, i, key, START + records * 1000, records)
      put(columns, KEYS.length, KEYS[0]!, 0, records)
      const n = columns.length
      const tally = { received: n, accepted: n, rejected: {} }
      const counts = [{ source: 'kill', messages: tally, readings: tally, untimed: 0 }]
      await log.append(READINGS, [{ key: 'k', partition: records % 4, value: encodeBatch({ columns, counts }) }])
      records++
      await delay(2) // about 300 records a second
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

function put(columns: ReturnType<typeof createColumns>, row: number, key: string, at: number, value: number) {
  const id = seriesIdOf(key)
  columns.seriesLo[row] = id.lo
  columns.seriesHi[row] = id.hi
  columns.measuredAt[row] = at
  columns.receivedAt[row] = START + 1000
  columns.value[row] = value
}

it('stores every appended reading exactly once although ingest is killed again and again', async () => {
  await announceSeries(
    log,
    KEYS.map((key) => definitionOf(key)),
    () => {},
  )
  const writer = startWriter()
  for (let round = 0; round < 5; round++) {
    ingest = await startIngest(settings())
    const goal = writer.count() + 5 + round * 7
    await vi.waitFor(() => expect(writer.count()).toBeGreaterThan(goal), { timeout: 20_000, interval: 3 })
    ingest.kill('SIGKILL')
    await once(ingest, 'exit')
  }
  const records = await writer.stop()
  ingest = await startIngest(settings())
  const store = await connectStore(join(dataDir, 'run', 'store.sock'))
  await vi.waitFor(async () => expect(await takenBy(store)).toBe(records), { timeout: 60_000, interval: 20 })
  for (const range of await store.range(KEYS.map(seriesIdOf), START, START + records * 1000)) {
    expect([...range.value]).toEqual(Array.from({ length: records }, (_, i) => i))
    expect([...range.measuredAt]).toEqual(Array.from({ length: records }, (_, i) => START + i * 1000))
  }
  await store.close()
  ingest.send('stop')
  await once(ingest, 'exit')
  await expectLetters(records)
  await expectLedger(records)
}, 120_000)

/** How many records the store holds durably. */
async function takenBy(store: TelemetryStore): Promise<number> {
  await store.flush()
  return Object.values(await store.position()).reduce((sum, next) => sum + next, 0)
}

async function expectLetters(records: number) {
  const letters = await log.read(REJECTED, { partition: 0, offset: 0 }, 1e6)
  const origins = letters.map((r) => r.headers.origin!)
  expect(new Set(origins).size).toBe(origins.length)
  expect(origins.length).toBe(records)
}

async function expectLedger(records: number) {
  const entries = (await log.read(LEDGER, { partition: 0, offset: 0 }, 1e6)).map(
    (r) => JSON.parse(Buffer.from(r.value).toString()) as LedgerEntry,
  )
  const { sources, balanced } = summarise(entries)
  expect(balanced).toBe(true)
  const [source] = sources
  expect(source!.accepted).toBe(records * (KEYS.length + 1))
  expect(source!.rejected).toEqual({ 'too-late': records })
  expect(source!.stored + source!.duplicates).toBe(records * KEYS.length)
}
