import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LEDGER, type LedgerEntry, READINGS, seriesIdOf, topic } from '@quartier/contracts'
import type { EventLog } from '@quartier/contracts/event-log'
import { openEmbeddedLog } from '@quartier/contracts/event-log/embedded'
import { summarise } from '@quartier/contracts/ledger'
import type { Records } from '@quartier/contracts/records'
import { openSqliteRecords } from '@quartier/contracts/records/sqlite'
import { type Logger, type ServiceHandle, silentLogger, wallClock } from '@quartier/contracts/runtime'
import { openEmbeddedStore } from '@quartier/contracts/telemetry-store/embedded'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startShared } from './ingest.ts'
import { Devices } from './testing/readings.ts'

const SETTINGS = {
  rawRetentionMs: 1e12,
  futureMs: 3_600_000,
  gatherMs: 0,
  batchRecords: 20,
  batchBytes: 1e6,
  ledgerMs: 20,
  snapshotMs: 50,
}
const LEASE_MS = 600
const NOW = Date.UTC(2026, 5, 1, 12)
const WAIT = { timeout: 30_000, interval: 20 }
const PARTITIONS = topic(READINGS).partitions

let folder: string
let log: EventLog
let devices: Devices
const running: Ingester[] = []

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quartier-division-'))
  log = await openEmbeddedLog({ folder: join(folder, 'log'), maintainMs: 0 })
  devices = new Devices(log, { series: 40, from: NOW })
  await devices.define()
})
afterEach(async () => {
  for (const ingester of running.splice(0)) await ingester.stop()
  await log.close()
  rmSync(folder, { recursive: true, force: true })
})

/** One ingester, with connections of its own. */
class Ingester {
  readonly partitions = new Set<number>()
  readonly fatal: unknown[] = []
  readonly #records: Records
  readonly #log: EventLog
  #service!: ServiceHandle

  constructor(records: Records, ownLog: EventLog) {
    this.#records = records
    this.#log = ownLog
  }

  static async start(): Promise<Ingester> {
    const records = await openSqliteRecords({ path: join(folder, 'records.db') })
    const ingester = new Ingester(records, await openEmbeddedLog({ folder: join(folder, 'log'), maintainMs: 0 }))
    const logger: Logger = { ...silentLogger, info: (about, event) => ingester.#hear(about, event) }
    ingester.#service = await startShared(
      {
        ...{ log: ingester.#log, records, logger, leaseMs: LEASE_MS, openPart },
        metrics: new Registry(),
        clock: wallClock,
        onFatal: (error) => void ingester.fatal.push(error),
      },
      SETTINGS,
    )
    running.push(ingester)
    return ingester
  }

  #hear(about: object, event: string): void {
    const { partition } = about as { partition: number }
    if (event === 'ingest.partition_taken') this.partitions.add(partition)
    if (event === 'ingest.partition_given') this.partitions.delete(partition)
  }

  /** Cuts it off from the records database, so that it can renew no lease. */
  async cutOff(): Promise<void> {
    await this.#records.close()
  }

  async stop(): Promise<void> {
    await this.#service.stop()
    await Promise.all([this.#log.close(), this.#records.close()])
  }
}

/** The part of a store that one process opens: another gets it only once it is closed. */
async function openPart(partition: number) {
  const store = await openEmbeddedStore({ folder: join(folder, `store-${partition}`), clock: wallClock })
  return { ...store, abandon: () => store.close() }
}

const parted = (...ingesters: Ingester[]) =>
  vi.waitFor(() => {
    expect(ingesters.flatMap((i) => [...i.partitions]).sort()).toEqual([0, 1, 2, 3])
    expect(Math.max(...ingesters.map((i) => i.partitions.size))).toBe(Math.ceil(PARTITIONS / ingesters.length))
  }, WAIT)

async function ledgerSays(readings: number): Promise<void> {
  await vi.waitFor(async () => {
    const records = await log.read(LEDGER, { partition: 0, offset: 0 }, 1e5)
    const { sources, balanced } = summarise(
      records.map((r) => JSON.parse(Buffer.from(r.value).toString()) as LedgerEntry),
    )
    expect(sources[0]).toMatchObject({ accepted: readings, stored: readings, duplicates: 0, undecided: 0 })
    expect(balanced).toBe(true)
  }, WAIT)
}

async function storedValues(): Promise<number[][]> {
  const stores = await Promise.all(Array.from({ length: PARTITIONS }, (_, p) => openPart(p)))
  const ids = devices.keys.map(seriesIdOf)
  const found = await Promise.all(stores.map((store) => store.range(ids, 0, NOW * 2)))
  await Promise.all(stores.map((store) => store.close()))
  return ids.map((_, i) => found.flatMap((ranges) => [...(ranges[i]?.value ?? [])]))
}

describe('several ingesters', () => {
  it('divide the partitions as they come and go, and store everything once', async () => {
    const first = await Ingester.start()
    await parted(first)
    for (let i = 0; i < 10; i++) await devices.send()
    const second = await Ingester.start()
    await parted(first, second)
    for (let i = 0; i < 10; i++) await devices.send()
    await ledgerSays(devices.readings)
    await first.stop()
    running.shift()
    await parted(second)
    for (let i = 0; i < 10; i++) await devices.send()
    await ledgerSays(devices.readings)
    await second.stop()
    running.shift()
    expect([...first.fatal, ...second.fatal]).toEqual([])
    const all = Array.from({ length: devices.rounds }, (_, n) => n)
    expect(await storedValues()).toEqual(devices.keys.map(() => all))
  })

  it('take over from one that can renew no lease, which stops before they begin', async () => {
    const first = await Ingester.start()
    const second = await Ingester.start()
    await parted(first, second)
    for (let i = 0; i < 10; i++) await devices.send()
    await ledgerSays(devices.readings)
    await first.cutOff()
    for (let i = 0; i < 10; i++) await devices.send()
    await parted(second)
    expect([...first.partitions]).toEqual([])
    for (let i = 0; i < 10; i++) await devices.send()
    await ledgerSays(devices.readings)
    expect(second.fatal).toEqual([])
  })
})
