import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  coverIn,
  createColumns,
  type DeadLetter,
  decodeBatch,
  encodeBatch,
  LEDGER,
  type LedgerEntry,
  MARK_OUT_OF_RANGE,
  partitionOfSlot,
  QUALITY_UNCERTAIN,
  QuartierError,
  READINGS,
  REJECTED,
  SERIES,
  type SeriesDefinition,
  type SourceCounts,
  STATE,
  seriesIdOf,
  seriesIdText,
  slotOf,
  snapshotIn,
} from '@quartier/contracts'
import type { EventLog } from '@quartier/contracts/event-log'
import { openEmbeddedLog } from '@quartier/contracts/event-log/embedded'
import { summarise } from '@quartier/contracts/ledger'
import { type Logger, type ServiceHandle, silentLogger, wallClock } from '@quartier/contracts/runtime'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import { openEmbeddedStore } from '@quartier/contracts/telemetry-store/embedded'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { start } from './ingest.ts'
import { definitionOf } from './testing/definitions.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 5, 1, 12)
const SETTINGS = {
  rawRetentionMs: 30 * DAY,
  futureMs: 3_600_000,
  gatherMs: 0,
  batchRecords: 100,
  batchBytes: 1e6,
  ledgerMs: 20,
  snapshotMs: 50,
}

interface Row {
  readonly key: string
  readonly at: number
  readonly value: number
}

let folder: string
let log: EventLog
let store: TelemetryStore
let running: ServiceHandle | undefined
let errors: string[]
let fatal: unknown[]
let metrics: Registry

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quartier-ingest-'))
  errors = []
  await open()
})
afterEach(async () => {
  await running?.stop()
  running = undefined
  await log.close()
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

async function open() {
  log = await openEmbeddedLog({ folder: join(folder, 'log'), maintainMs: 0 })
  store = await openEmbeddedStore({ folder: join(folder, 'store'), clock: wallClock })
}

async function run(over: { store?: TelemetryStore; log?: EventLog } = {}, settings: Partial<typeof SETTINGS> = {}) {
  const logger: Logger = { ...silentLogger, error: (_, event) => void errors.push(event) }
  metrics = new Registry()
  fatal = []
  const onFatal = (error: unknown) => void fatal.push(error)
  running = await start(
    { log, store, ...over, logger, metrics, clock: wallClock, onFatal },
    { ...SETTINGS, ...settings },
  )
}

const define = (...definitions: SeriesDefinition[]) =>
  log.append(
    SERIES,
    definitions.map((d) => ({ key: d.key, value: Buffer.from(JSON.stringify(d)) })),
  )

const counted = (source: string, readings: number): SourceCounts => {
  const tally = { received: readings, accepted: readings, rejected: {} }
  return { source, messages: tally, readings: tally, untimed: 0 }
}

function record(rows: readonly Row[], counts = [counted('north', rows.length)], partition = 0) {
  const columns = createColumns(rows.length)
  rows.forEach((row, i) => {
    const id = seriesIdOf(row.key)
    columns.seriesLo[i] = id.lo
    columns.seriesHi[i] = id.hi
    columns.measuredAt[i] = row.at
    columns.receivedAt[i] = NOW
    columns.value[i] = row.value
  })
  columns.length = rows.length
  return { key: 'slot', partition, value: encodeBatch({ columns, counts }) }
}

const T = 'north/hall/temperature'
const rows = (n: number, from = 0): Row[] =>
  Array.from({ length: n }, (_, i) => ({ key: T, at: NOW - 1000 + from + i, value: i }))
const values = async (key = T) => [...(await store.range([seriesIdOf(key)], 0, NOW + DAY))[0]!.value]
const read = async <V>(topic: string): Promise<V[]> =>
  (await log.read(topic, { partition: 0, offset: 0 }, 1e5)).map((r) => JSON.parse(Buffer.from(r.value).toString()) as V)
const ledger = () => read<LedgerEntry>(LEDGER)
const letters = () => read<DeadLetter>(REJECTED)
const eventually = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 10 })

describe('readings', () => {
  it('go from the log into the store', async () => {
    await define(definitionOf(T))
    await run()
    await log.append(READINGS, [record(rows(3))])
    await eventually(async () => expect(await values()).toEqual([0, 1, 2]))
    expect((await store.series())[0]).toMatchObject({ key: T, source: 'north', unit: '°C', intervalMs: 1000 })
  })

  it('are taken from where the store stands after a restart', async () => {
    await define(definitionOf(T))
    await log.append(READINGS, [record(rows(3))])
    await run()
    await eventually(async () => expect(await values()).toHaveLength(3))
    await running!.stop()
    await log.append(READINGS, [record(rows(2, 3))])
    await run()
    await eventually(async () => expect(await values()).toHaveLength(5))
    await running!.stop()
    const { sources, balanced } = summarise(await ledger())
    expect(balanced).toBe(true)
    expect(sources[0]).toMatchObject({ accepted: 5, stored: 5 })
  })

  it('outside the valid range of their series are marked and uncertain', async () => {
    await define(definitionOf(T, { validMin: 0, validMax: 1 }))
    await run()
    await log.append(READINGS, [record(rows(3))])
    await eventually(async () => {
      const [range] = await store.range([seriesIdOf(T)], 0, NOW + DAY)
      expect([...range!.quality]).toEqual([0, 0, MARK_OUT_OF_RANGE | QUALITY_UNCERTAIN])
    })
  })

  it('of a series whose definition comes late are stored all the same', async () => {
    await run()
    await log.append(READINGS, [record(rows(2))])
    await eventually(async () => expect(await values()).toHaveLength(2))
    await define(definitionOf(T))
    await eventually(async () => expect((await store.series())[0]).toMatchObject({ key: T, source: 'north' }))
  })
})

describe('what cannot be stored', () => {
  const bad: Row[] = [
    { key: T, at: NOW - 40 * DAY, value: 1 },
    { key: T, at: NOW, value: 2 },
    { key: T, at: NOW + 2 * 3_600_000, value: 3 },
    { key: T, at: NOW, value: Number.NaN },
  ]

  it('is set aside with its reason and origin, and the rest goes on', async () => {
    await define(definitionOf(T))
    await run()
    await log.append(READINGS, [record(bad)])
    await eventually(async () => expect(await values()).toEqual([2]))
    expect((await letters()).map((l) => [l.origin, l.reason, l.readings, l.source])).toEqual([
      ['readings.v1:0:0:0', 'too-late', 1, 'north'],
      ['readings.v1:0:0:2', 'future', 1, 'north'],
      ['readings.v1:0:0:3', 'not-finite', 1, 'north'],
    ])
  })

  it('is accepted when it is old and its series is historical', async () => {
    await define(definitionOf(T, { historical: true }))
    await run()
    await log.append(READINGS, [record(bad.slice(0, 2))])
    await eventually(async () => expect(await values()).toEqual([1, 2]))
  })

  it('is set aside when it is of a time that the store cannot hold, and its partition goes on', async () => {
    await define(definitionOf(T, { historical: true }))
    await run()
    await log.append(READINGS, [record([{ key: T, at: 1_001_000_000_000_000, value: 1 }, ...rows(2)])])
    await eventually(async () => expect(await values()).toEqual([0, 1]))
    expect((await letters()).map((l) => [l.origin, l.reason])).toEqual([['readings.v1:0:0:0', 'no-time']])
  })

  it('shows nothing of a personal source but the structure', async () => {
    await define(definitionOf(T, { personal: true }))
    await run()
    await log.append(READINGS, [record(bad)])
    await eventually(async () => expect(await letters()).toHaveLength(3))
    for (const letter of await letters()) {
      expect(letter.payload).toBeUndefined()
      expect(letter.skeleton).not.toMatch(/\d/)
    }
  })

  it('is set aside once when the store asks for the same records again', async () => {
    await define(definitionOf(T))
    const deaf: TelemetryStore = { ...store, position: async () => ({}) }
    await log.append(READINGS, [record(bad), record(rows(1))])
    for (let i = 0; i < 3; i++) {
      await run({ store: deaf })
      await eventually(async () => expect(await values()).toHaveLength(2))
      await running!.stop()
    }
    expect((await letters()).map((l) => l.origin)).toEqual([0, 2, 3].map((row) => `readings.v1:0:0:${row}`))
  })

  it('never stops its partition when it is a poison record', async () => {
    await define(definitionOf(T))
    await run()
    const garbage = [new Uint8Array([1, 2, 3]), new Uint8Array(0), record(rows(1)).value.subarray(0, 40)]
    await log.append(
      READINGS,
      garbage.map((value) => ({ key: 's', partition: 0, value })),
    )
    await log.append(READINGS, [record(rows(2))])
    await eventually(async () => expect(await values()).toHaveLength(2))
    expect((await letters()).map((l) => [l.origin, l.reason])).toEqual(
      [0, 1, 2].map((offset) => [`readings.v1:0:${offset}:0`, 'record-corrupt']),
    )
  })
})

describe('a definition whose id belongs to another key', () => {
  const twin = definitionOf('south/hall/twin', { id: seriesIdText(seriesIdOf(T)), source: 'south', historical: true })

  it('is refused alone, raises the alarm, and leaves the rules of the first as they are', async () => {
    await define(definitionOf(T))
    await run()
    await define(twin, definitionOf('north/hall/humidity'))
    await eventually(async () => expect(await store.series()).toHaveLength(2))
    await log.append(READINGS, [record([{ key: T, at: 0, value: 1 }, ...rows(1)])])
    await eventually(async () => expect(await values()).toEqual([0]))
    expect((await letters()).map((l) => [l.reason, l.source])).toEqual([['too-late', 'north']])
    expect(errors).toContain('series.collision')
    expect(await metrics.getSingleMetricAsString('quartier_ingest_series_collisions_total')).toMatch(/ 1$/)
  })
})

describe('trouble with the log', () => {
  it('that may pass is waited out wherever it is met', async () => {
    await define(definitionOf(T))
    let left = 0
    const shaky: EventLog = {
      ...log,
      ranges: async (topic) => {
        if (left-- > 0) throw new QuartierError('LOG_UNAVAILABLE', 'no descriptor is left', { retriable: true })
        return log.ranges(topic)
      },
    }
    left = 1
    await run({ log: shaky })
    left = 3
    await log.append(READINGS, [record(rows(3))])
    await eventually(async () => expect(await values()).toEqual([0, 1, 2]))
    await eventually(async () => expect(left).toBeLessThan(0))
    expect(fatal).toEqual([])
  })

  it('that will not pass while definitions are read ends ingest: rules must not go stale', async () => {
    const broken: EventLog = {
      ...log,
      async *consume(topic, group, options) {
        yield* log.consume(topic, group, { ...options, ...(topic === SERIES && { signal: AbortSignal.timeout(100) }) })
        if (topic === SERIES) throw new QuartierError('LOG_CORRUPT', 'the file is damaged')
      },
    }
    await run({ log: broken })
    await eventually(async () => expect(fatal).toMatchObject([{ code: 'LOG_CORRUPT' }]))
  })
})

describe('the ledger', () => {
  it('balances what the gateway accepted with what the store found', async () => {
    await define(definitionOf(T), definitionOf('south/hall/temperature'))
    await run()
    const both = [...rows(3), { key: 'south/hall/temperature', at: NOW, value: 1 }]
    await log.append(READINGS, [record(both, [counted('north', 3), counted('south', 1)])])
    await log.append(READINGS, [record([...rows(2), { key: T, at: NOW - 1000, value: 9 }])])
    await log.append(READINGS, [record([{ key: T, at: 0, value: 1 }], [counted('north', 1)], 1)])
    await eventually(async () => {
      await store.flush() // late readings are decided with it
      const { sources } = summarise(await ledger())
      expect(sources.map((s) => [s.accepted, s.undecided])).toEqual([[7, 0], [1, 0]]) // biome-ignore format: short
    })
    const { sources, balanced } = summarise(await ledger())
    expect(balanced).toBe(true)
    expect(sources).toMatchObject([
      { source: 'north', stored: 3, duplicates: 2, corrections: 1, rejected: { 'too-late': 1 } },
      { source: 'south', stored: 1 },
    ])
    expect(errors).toEqual([])
  })

  it('finds a planted imbalance, counts it and tells the operator', async () => {
    await define(definitionOf(T))
    await run()
    await log.append(READINGS, [record(rows(9), [counted('north', 10)])])
    await eventually(async () => expect(errors).toContain('ledger.imbalance'))
    const { sources, imbalances } = summarise(await ledger())
    expect(sources[0]).toMatchObject({ accepted: 10, stored: 9, difference: 1, balanced: false })
    expect(imbalances).toMatchObject([{ partition: 0, firstOffset: 0, nextOffset: 1, source: 'north' }])
    expect(await metrics.getSingleMetricAsString('quartier_ingest_ledger_imbalances_total')).toMatch(/ 1$/)
  })

  it('finds a reading that the store lost', async () => {
    await define(definitionOf(T))
    const leaky: TelemetryStore = {
      ...store,
      write: (batches) =>
        store.write(batches.map((b) => ({ ...b, columns: { ...b.columns, length: b.columns.length - 1 } }))),
    }
    await run({ store: leaky })
    await log.append(READINGS, [record(rows(5))])
    await eventually(async () => {
      await store.flush() // until then it might still come
      expect(errors).toContain('ledger.imbalance')
    })
    expect(summarise(await ledger()).sources[0]).toMatchObject({ accepted: 5, stored: 4, difference: 1 })
  })

  it('counts a range again whose counts died with the process', async () => {
    await define(definitionOf(T))
    await log.append(READINGS, [record(rows(1))])
    await run()
    await eventually(async () => expect(await ledger()).toHaveLength(1))
    await running!.stop()
    // What a crash leaves behind: the store has everything durably, its counts were never written down.
    await log.append(READINGS, [record([...rows(4, 1), { key: T, at: 0, value: 1 }]), record(rows(2, 1))])
    const forgetful: TelemetryStore = { ...store, takeCounts: async () => [] }
    const columns = decodeBatch(record([...rows(4, 1), ...rows(2, 1)]).value).columns
    await forgetful.write([{ partition: 0, firstOffset: 1, nextOffset: 3, columns }])
    await forgetful.flush()
    await run({ store: forgetful })
    await eventually(async () => expect(summarise(await ledger()).sources[0]?.accepted).toBe(8))
    const { sources, balanced } = summarise(await ledger())
    expect(sources[0]).toMatchObject({ stored: 5, duplicates: 2, rejected: { 'too-late': 1 } })
    expect(balanced).toBe(true)
  })

  it('counts a range once of whose counts some died with the process', async () => {
    await define(definitionOf(T))
    const pieces = [record(rows(4)), record(rows(2, 4))]
    await log.append(READINGS, pieces)
    for (const [offset, { value }] of pieces.entries()) {
      const { columns } = decodeBatch(value)
      await store.write([{ partition: 0, firstOffset: offset, nextOffset: offset + 1, columns }])
      if (offset === 0) for (let n = 0; n < 2; n++) await store.takeCounts() // handed out, and forgotten
    }
    await store.flush()
    await run()
    await log.append(READINGS, [record(rows(3, 6))])
    await eventually(async () => expect(summarise(await ledger()).sources[0]?.accepted).toBe(9))
    const { sources, balanced } = summarise(await ledger())
    expect(sources[0]).toMatchObject({ stored: 9, duplicates: 0 })
    expect(balanced).toBe(true)
  })

  it('keeps what is taken in again apart from what is new, also where a batch ends between them', async () => {
    await define(definitionOf(T))
    await log.append(READINGS, [record(rows(4))])
    await run()
    await eventually(async () => expect(summarise(await ledger()).sources[0]?.stored).toBe(4))
    // What a crash leaves behind that comes before the store is durable: it stands in the ledger alone.
    const abandoned = store
    await running!.stop()
    store = await openEmbeddedStore({ folder: join(folder, 'store-that-lags'), clock: wallClock })
    await abandoned.close()
    await log.append(READINGS, [record(rows(3, 4)), record(rows(2, 7))])
    await run({}, { batchRecords: 1, ledgerMs: 60_000 })
    await eventually(async () => expect(await values()).toHaveLength(9))
    await running!.stop()
    expect(errors).toEqual([])
    const { sources, balanced } = summarise(await ledger())
    expect(sources[0]).toMatchObject({ accepted: 9, stored: 9, duplicates: 0 })
    expect(balanced).toBe(true)
  })
})

describe('the live state', () => {
  const T2 = 'north/hall/humidity' // of the same device, so that all stands in one partition
  const partition = partitionOfSlot(slotOf('north', 'hall'), 4)
  const state = async () => {
    const records = await log.read(STATE, { partition, offset: 0 }, 100)
    const covers = records.flatMap((r) => coverIn(r) ?? []).at(-1)?.next
    const shown = records.filter((r) => !coverIn(r)).flatMap((r) => [...snapshotIn(r).value])
    return { records, covers, shown: shown.sort((a, b) => a - b) }
  }

  it('is published by blocks in which something changed, with the offset that it covers', async () => {
    await define(definitionOf(T), definitionOf(T2))
    await run()
    await log.append(READINGS, [record(rows(3), undefined, partition)])
    await eventually(async () => expect((await state()).covers).toBe(1))
    const { records } = await state()
    expect(records[0]?.key).toBe(`${slotOf('north', 'hall')}/${seriesIdOf(T).hi % 4}`)
    const { value, measuredAt } = snapshotIn(records[0]!)
    expect([[...value], [...measuredAt]]).toEqual([[2], [NOW - 998]])
  })

  it('is complete although an earlier run stored readings and did not publish them', async () => {
    await define(definitionOf(T), definitionOf(T2))
    await run({}, { snapshotMs: 1e6 })
    await log.append(READINGS, [record([...rows(3), { key: T2, at: NOW, value: 9 }], undefined, partition)])
    await eventually(async () => expect(await values(T2)).toEqual([9]))
    await running!.stop()
    expect((await state()).records).toEqual([])
    await run()
    await eventually(async () => expect(await state()).toMatchObject({ covers: 1, shown: [2, 9] }))
    await running!.stop()
    await run({}, { snapshotMs: 1e6 })
    await log.append(READINGS, [record([{ key: T2, at: NOW + 1, value: 11 }], undefined, partition)])
    await eventually(async () => expect(await values(T2)).toHaveLength(2))
    await running!.stop()
    await run()
    await eventually(async () => expect(await state()).toMatchObject({ covers: 2, shown: [2, 11] }))
  })

  it('holds a series once it is defined, with what came before', async () => {
    await run()
    await log.append(READINGS, [record(rows(3), undefined, partition)])
    await eventually(async () => expect(await state()).toMatchObject({ covers: 1, shown: [] }))
    await define(definitionOf(T))
    await eventually(async () => expect((await state()).shown).toEqual([2]))
  })

  it('is published again when the log did not take it', async () => {
    await define(definitionOf(T))
    let refused = 0
    const full: EventLog = {
      ...log,
      append: async (topic, ...rest) => {
        if (topic === STATE && refused++ < 2) throw new QuartierError('LOG_FULL', 'no space', { retriable: true })
        return log.append(topic, ...rest)
      },
    }
    await run({ log: full })
    await log.append(READINGS, [record(rows(3), undefined, partition)])
    await eventually(async () => expect(await state()).toMatchObject({ covers: 1, shown: [2] }))
  })
})
