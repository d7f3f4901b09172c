import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createColumns,
  encodeBatch,
  parseSeriesKey,
  partitionOfSlot,
  READINGS,
  SERIES,
  type SeriesDefinition,
  STATE,
  seriesIdOf,
  seriesIdText,
  slotOf,
  topic,
} from '@quartier/contracts'
import type { EventLog } from '@quartier/contracts/event-log'
import { silentLogger, wallClock } from '@quartier/contracts/runtime'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import { openEmbeddedStore } from '@quartier/contracts/telemetry-store/embedded'
import { Registry } from 'prom-client'
import { describe, expect, it, vi } from 'vitest'
import { Projection } from '../../command-center/server/src/live/projection.ts'
import { type IngestSettings, start } from '../../ingest/src/ingest.ts'

const SETTINGS: IngestSettings = {
  rawRetentionMs: 1e12,
  futureMs: 3_600_000,
  gatherMs: 0,
  batchRecords: 50,
  batchBytes: 1e6,
  ledgerMs: 50,
  snapshotMs: 40,
}
const KEYS = Array.from({ length: 400 }, (_, i) => `city/device-${Math.floor(i / 3)}/p${i % 3}`)
const WAIT = { timeout: 60_000, interval: 20 }
const PARTITIONS = topic(READINGS).partitions

/** A log that was made for one test. */
export interface OpenedLog {
  readonly log: EventLog
  close(): Promise<void>
}

interface Replica {
  readonly projection: Projection
  stop(): Promise<void>
}

/** What replicas of the live state promise each other, on any log. */
export function replicasOfTheLiveState(name: string, open: () => Promise<OpenedLog>): void {
  describe(`replicas of the live state on ${name}`, () => {
    it('show the same of every series, whenever they began and whatever became of ingest', {
      timeout: 180_000,
    }, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'quartier-replicas-'))
      const store = await openEmbeddedStore({ folder, clock: wallClock })
      const { log, close } = await open()
      const replicas: Replica[] = []
      const replica = () => {
        replicas.push(startReplica(log))
        return (replicas.at(-1) as Replica).projection
      }
      const ingests: { stop(): Promise<void> }[] = []
      const ingest = async (over: Partial<IngestSettings> = {}) => {
        const running = await startIngest(log, store, over)
        ingests.push(running)
        return running
      }
      const source = createSource(log)
      try {
        await source.define()
        const always = replica()
        await ready(always)
        let running = await ingest()
        await source.append(60)
        await covered(log)
        await agree('began later', replica(), always, source)

        await running.stop()
        await source.append(20)
        await agree('began while there was no ingest', replica(), always, source)

        // It stores what came, and ends before it has published any of that.
        running = await ingest({ snapshotMs: 1e6 })
        await vi.waitFor(async () => expect(await lag(log, store)).toBe(0), WAIT)
        await running.stop()
        await ingest()
        await covered(log)
        await agree('began after two more ingests', replica(), always, source)
        await source.append(20)
        for (const { projection } of replicas) await agree('ran on', projection, always, source)
      } finally {
        for (const running of ingests) await running.stop()
        for (const { stop } of replicas) await stop()
        await close()
        await store.close()
        rmSync(folder, { recursive: true, force: true })
      }
    })
  })
}

function startReplica(log: EventLog): Replica {
  const metrics = new Registry()
  const projection = new Projection({ log, clock: wallClock, logger: silentLogger, metrics }, { aheadMs: 300_000 })
  const ended = new AbortController()
  const running = projection.run(ended.signal)
  return {
    projection,
    async stop() {
      ended.abort()
      await running
    },
  }
}

function startIngest(log: EventLog, store: TelemetryStore, over: Partial<IngestSettings>) {
  const deps = { log, store, clock: wallClock, logger: silentLogger, metrics: new Registry() }
  return start(deps, { ...SETTINGS, ...over })
}

const ready = (projection: Projection) => vi.waitFor(() => expect(projection.ready).toBe(true), WAIT)

async function lag(log: EventLog, store: TelemetryStore): Promise<number> {
  await store.flush()
  const held = await store.position()
  return (await log.ranges(READINGS)).reduce((sum, r) => sum + r.next - (held[r.partition] ?? 0), 0)
}

/** Resolves when the snapshots hold everything that was appended. */
async function covered(log: EventLog): Promise<void> {
  await vi.waitFor(async () => {
    for (const { partition, next } of await log.ranges(READINGS)) {
      const cover = await log.latest(STATE, `covers/${partition}`)
      expect([partition, Number(cover && Buffer.from(cover.value))]).toEqual([partition, next])
    }
  }, WAIT)
}

async function agree(what: string, one: Projection, other: Projection, source: Source): Promise<void> {
  await ready(one)
  await vi.waitFor(() => expect([what, differences(one, other, source)]).toEqual([what, []]), WAIT)
  await vi.waitFor(() => expect(differences(other, source.expected, source)).toEqual([]), WAIT)
}

type Shown = (key: string) => readonly number[] | undefined

const shownBy =
  ({ table }: Projection): Shown =>
  (key) => {
    const { lo, hi } = seriesIdOf(key)
    const place = table.find(lo, hi)
    const { state } = table
    if (place < 0 || state.measuredAt(place) === 0) return undefined
    return [state.value(place), state.measuredAt(place), state.receivedAt(place), table.quality(place)]
  }

function differences(a: Projection, b: Projection | Shown, source: Source): string[] {
  const [showsA, showsB] = [shownBy(a), typeof b === 'function' ? b : shownBy(b)]
  return source.keys.flatMap((key) => {
    const [x, y] = [JSON.stringify(showsA(key)), JSON.stringify(showsB(key))]
    return x === y ? [] : [`${key}: ${x} and ${y}`]
  })
}

type Source = ReturnType<typeof createSource>

/** Readings as devices send them: mostly newer ones, some late, corrected, out of range, or ahead of ours. */
function createSource(log: EventLog) {
  let seed = 20_260_601
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  const start = Date.now() - 600_000
  let now = start
  const newest = new Map<string, number[]>()
  const expected: Shown = (key) => newest.get(key)

  const reading = () => {
    const key = KEYS[random(KEYS.length)] as string
    const last = newest.get(key)
    const kind = random(10)
    if (last && kind === 0) return { key, at: (last[1] as number) - random(5000) - 1, value: random(100) }
    if (last && kind === 1) return { key, at: last[1] as number, value: random(100) }
    if (kind === 2) return { key, at: now + random(2000), value: 7 }
    return { key, at: now - random(50), value: kind === 3 ? 500 + random(9) : random(100) }
  }
  const note = ({ key, at, value }: ReturnType<typeof reading>) => {
    if (at < (newest.get(key)?.[1] ?? 0)) return
    newest.set(key, [value, at, now, value > 100 ? 0b10001 : 0])
  }

  return {
    keys: KEYS,
    expected,
    define: () =>
      log.append(
        SERIES,
        KEYS.map((key) => ({ key, value: Buffer.from(JSON.stringify(definitionOf(key))) })),
      ),
    /** Appends so many records to each partition. */
    async append(records: number): Promise<void> {
      for (let i = 0; i < records; i++) {
        now += 100
        const rows = Array.from({ length: 20 * PARTITIONS }, reading)
        for (const row of rows) note(row)
        const byPartition = Map.groupBy(rows, ({ key }) => partitionOf(key))
        await log.append(
          READINGS,
          [...byPartition].map(([partition, own]) => ({ key: 's', partition, value: recordOf(own, now) })),
        )
      }
    },
  }
}

function partitionOf(key: string): number {
  const parts = parseSeriesKey(key)
  return partitionOfSlot(slotOf(parts?.source ?? '', parts?.device ?? ''), PARTITIONS)
}

function recordOf(rows: readonly { key: string; at: number; value: number }[], receivedAt: number): Uint8Array {
  const columns = createColumns(rows.length)
  columns.length = rows.length
  rows.forEach(({ key, at, value }, i) => {
    const { lo, hi } = seriesIdOf(key)
    columns.seriesLo[i] = lo
    columns.seriesHi[i] = hi
    columns.measuredAt[i] = at
    columns.receivedAt[i] = receivedAt
    columns.value[i] = value
  })
  const tally = { received: rows.length, accepted: rows.length, rejected: {} }
  return encodeBatch({ columns, counts: [{ source: 'city', messages: tally, readings: tally, untimed: 0 }] })
}

const definitionOf = (key: string): SeriesDefinition => ({
  key,
  id: seriesIdText(seriesIdOf(key)),
  property: parseSeriesKey(key)?.property ?? '',
  unit: 'kW',
  assetId: null,
  intervalMs: 1000,
  source: 'city',
  validMin: 0,
  validMax: 100,
  status: 'active',
  personal: false,
  historical: false,
})
