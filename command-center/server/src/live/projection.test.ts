import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createColumns, parseSeriesKey, READINGS, SERIES, STATE, seriesIdOf, slotOf, stateBlockOf, toCoverRecord, toStateRecord } from '@quartier/contracts' // biome-ignore format: one line
import type { EventLog } from '@quartier/contracts/event-log'
import { openEmbeddedLog } from '@quartier/contracts/event-log/embedded'
import { silentLogger, wallClock } from '@quartier/contracts/runtime'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { batchOf, NORTH, SOUTH, series } from '../testing.ts'
import { Projection } from './projection.ts'

const WAIT = { timeout: 20_000, interval: 10 }
const NOW = Date.now()

let folder: string
let log: EventLog
let ending: AbortController
let running: Promise<void>

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quartier-projection-'))
  log = await openEmbeddedLog({ folder, inline: true, maintainMs: 0 })
  ending = new AbortController()
  await log.append(
    SERIES,
    [NORTH, SOUTH].map((key) => ({ key, value: Buffer.from(JSON.stringify(series(key, null))) })),
  )
})
afterEach(async () => {
  ending.abort()
  await running
  await log.close()
  rmSync(folder, { recursive: true, force: true })
})

function start(): Projection {
  const deps = { log, clock: wallClock, logger: silentLogger, metrics: new Registry() }
  const projection = new Projection(deps, { aheadMs: 300_000 })
  running = projection.run(ending.signal)
  return projection
}

const read = (key: string, value: number, measuredAt: number) => ({ key: '0', partition: 0, value: batchOf([key], value, measuredAt) }) // biome-ignore format: one line

/** What ingest publishes of one series. */
function snapshot(key: string, value: number, measuredAt: number) {
  const id = seriesIdOf(key)
  const columns = createColumns(1)
  columns.length = 1
  columns.seriesLo[0] = id.lo
  columns.seriesHi[0] = id.hi
  columns.measuredAt[0] = columns.receivedAt[0] = measuredAt
  columns.value[0] = value
  const { source = '', device = '' } = parseSeriesKey(key) ?? {}
  return toStateRecord(stateBlockOf(slotOf(source, device), id), columns)
}

function shownOf(projection: Projection, key: string): number | undefined {
  const { lo, hi } = seriesIdOf(key)
  const place = projection.table.find(lo, hi)
  return place < 0 || projection.table.state.measuredAt(place) === 0 ? undefined : projection.table.state.value(place)
}

test('an empty log is complete at once', async () => {
  const projection = start()
  await vi.waitFor(() => expect(projection.ready).toBe(true), WAIT)
})

test('a snapshot and what came since make the state, an older reading of the log does not', async () => {
  await log.append(READINGS, [read(NORTH, 1, NOW), read(NORTH, 2, NOW - 5000), read(SOUTH, 3, NOW)])
  await log.append(STATE, [snapshot(NORTH, 1, NOW), toCoverRecord(0, 1)])
  const projection = start()
  await vi.waitFor(() => expect(projection.ready).toBe(true), WAIT)
  expect([shownOf(projection, NORTH), shownOf(projection, SOUTH)]).toEqual([1, 3])
  expect(projection.seen.readings).toBe(0) // nothing of this is news
})

test('a log without snapshots is waited for them, while what comes is shown', async () => {
  await log.append(READINGS, [read(NORTH, 1, NOW - 9000)])
  for (let i = 0; i < 4; i++)
    await log.append(
      READINGS,
      Array.from({ length: 300 }, (_, n) => read(SOUTH, n, NOW + n)),
    )
  const projection = start()
  await vi.waitFor(() => expect(shownOf(projection, SOUTH)).toBe(299), WAIT)
  expect([projection.ready, shownOf(projection, NORTH)]).toEqual([false, undefined])
  await log.append(STATE, [snapshot(NORTH, 1, NOW - 9000), snapshot(SOUTH, 0, NOW), toCoverRecord(0, 1201)])
  await vi.waitFor(() => expect(projection.ready).toBe(true), WAIT)
  expect([shownOf(projection, NORTH), shownOf(projection, SOUTH)]).toEqual([1, 299])
})
