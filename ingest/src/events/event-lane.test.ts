import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ASSETS, EVENTS, encodeEventBatch, LEDGER, type LedgerEntry, QuartierError } from '@quartier/contracts'
import type { EventLog } from '@quartier/contracts/event-log'
import { openEmbeddedLog } from '@quartier/contracts/event-log/embedded'
import type { EventStore } from '@quartier/contracts/event-store'
import { RETENTION, writeOf } from '@quartier/contracts/event-store/contract'
import { openEmbeddedEventReader, openEmbeddedEventStore } from '@quartier/contracts/event-store/embedded'
import { summarise } from '@quartier/contracts/ledger'
import { type ServiceHandle, silentLogger, wallClock } from '@quartier/contracts/runtime'
import { openEmbeddedStore } from '@quartier/contracts/telemetry-store/embedded'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { start } from '../ingest.ts'

const NOW = Date.now()
const SETTINGS = {
  ...{ rawRetentionMs: 1e9, futureMs: 3_600_000, gatherMs: 0, batchRecords: 100, batchBytes: 1e6 },
  ...{ ledgerMs: 20, snapshotMs: 1e6, eventGatherMs: 0 },
}

let folder: string
let log: EventLog
let events: EventStore
let running: ServiceHandle | undefined
let fatal: unknown[]

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quartier-event-lane-'))
  log = await openEmbeddedLog({ folder: join(folder, 'log'), maintainMs: 0 })
  events = openEvents()
  fatal = []
})
afterEach(async () => {
  await running?.stop()
  await log.close()
  await events.close()
  rmSync(folder, { recursive: true, force: true })
})

const openEvents = () => openEmbeddedEventStore({ path: join(folder, 'events.db'), retention: RETENTION })

async function run(with_: EventStore = events): Promise<void> {
  const store = await openEmbeddedStore({ folder: join(folder, 'store'), clock: wallClock })
  const metrics = new Registry()
  const onFatal = (error: unknown) => void fatal.push(error)
  const service = await start(
    { log, store, events: with_, metrics, logger: silentLogger, clock: wallClock, onFatal },
    SETTINGS,
  )
  running = {
    async stop() {
      running = undefined
      await service.stop()
      await store.close()
    },
  }
}

/** A record of `events.v1` with these events of the source `s`. */
function recordOf(devices: readonly string[], partition = 0, at = NOW) {
  const given = devices.map((device) => ({ device, kind: 'door-forced', measuredAt: at }) as const)
  const { columns, counts } = writeOf(given, { receivedAt: NOW, rejected: { 'event-kind': 1 } })
  return { key: 'k', partition, value: encodeEventBatch({ columns: columns[0] as never, counts }) }
}

const all = async (from: Pick<EventStore, 'search'> = events) =>
  (await from.search({ from: 0, to: 1e15, limit: 1000 })).events
const ledger = async () =>
  (await log.read(LEDGER, { partition: 0, offset: 0 }, 1e5)).map(
    (r) => JSON.parse(Buffer.from(r.value).toString()) as LedgerEntry,
  )
const eventually = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 10 })

describe('events', () => {
  it('go from the log into their store and balance in the ledger', async () => {
    await log.append(EVENTS, [recordOf(['a', 'b'], 0), recordOf(['c', 'a'], 3)])
    await run()
    await eventually(async () => expect(await all()).toHaveLength(3))
    await log.append(EVENTS, [recordOf(['d', 'd', 'a'], 0)])
    await eventually(async () => {
      const { sources, balanced } = summarise(await ledger())
      expect(balanced).toBe(true)
      expect(sources[0]?.events).toMatchObject({ received: 10, accepted: 7, stored: 4, duplicates: 3 })
      expect(sources[0]?.events.rejected).toEqual({ 'event-kind': 3 })
    })
    await eventually(async () => expect(await log.committed(EVENTS, 'ingest')).toMatchObject({ 0: 2, 3: 1 }))
    expect(fatal).toEqual([])
  })

  it('are seen by other processes while they are written', async () => {
    const reader = openEmbeddedEventReader({ path: join(folder, 'events.db') })
    expect(await all(reader)).toEqual([])
    await run()
    await log.append(EVENTS, [recordOf(['a'])])
    await eventually(async () => expect(await all(reader)).toHaveLength(1))
    await reader.close()
  })

  it('carry the asset and the zone that their device has when they come', async () => {
    const say = (key: string, value: object) => ({ key, value: Buffer.from(JSON.stringify(value)) })
    await log.append(ASSETS, [
      say('place:z1', { id: 'z1', kind: 'zone', parentId: null }),
      say('place:z2', { id: 'z2', kind: 'zone', parentId: null }),
      say('place:b', { id: 'b', kind: 'building', parentId: 'z1' }),
      say('asset:door', { id: 'door', placeId: 'b' }),
    ])
    await run()
    await log.append(EVENTS, [recordOf(['door', 'unknown'])])
    await eventually(async () => expect(await all()).toHaveLength(2))
    await log.append(ASSETS, [say('asset:door', { id: 'door', placeId: 'z2' })])
    await eventually(async () => {
      await log.append(EVENTS, [recordOf(['door'], 0, NOW + Math.floor(performance.now()))])
      expect((await all()).some((e) => e.zoneId === 'z2')).toBe(true)
    })
    const first = (await all()).filter((e) => e.measuredAt === NOW)
    expect(first.map((e) => [e.device, e.assetId, e.zoneId]).sort()).toEqual([
      ['door', 'door', 'z1'],
      ['unknown', null, null],
    ])
  })

  it('go on behind a record that cannot be read', async () => {
    await run()
    await log.append(EVENTS, [{ key: 'k', partition: 0, value: Buffer.from('rubbish') }, recordOf(['a'])])
    await eventually(async () => expect(await all()).toHaveLength(1))
    expect(await events.position()).toEqual({ 0: 2 })
  })

  it('wait for a store that does not take them', async () => {
    let broken = true
    let tries = 0
    const flaky: EventStore = Object.create(events, {
      write: {
        value: async (...args: Parameters<EventStore['write']>) => {
          tries++
          if (broken) throw new QuartierError('STORE_UNAVAILABLE', 'write events', { retriable: true })
          return events.write(...args)
        },
      },
      search: { value: events.search.bind(events) },
      position: { value: events.position.bind(events) },
      closeRanges: { value: events.closeRanges.bind(events) },
      upkeep: { value: events.upkeep.bind(events) },
    })
    await run(flaky)
    await log.append(EVENTS, [recordOf(['a'])])
    await eventually(async () => expect(tries).toBeGreaterThan(1))
    expect(await all()).toEqual([])
    broken = false
    await eventually(async () => expect(await all()).toHaveLength(1))
    expect(fatal).toEqual([])
  })
})
