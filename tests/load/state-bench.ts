import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import {
  createColumns,
  encodeBatch,
  parseSeriesKey,
  partitionOfSlot,
  READINGS,
  type ReadingColumns,
  type SeriesDefinition,
  type SeriesId,
  STATE,
  seriesIdOf,
  seriesIdText,
  slotOf,
  stateBlockOf,
  toCoverRecord,
  topic,
  toStateRecord,
} from '@quartier/contracts'
import { loadEngines, openLog, openRecords } from '@quartier/contracts/engines'
import type { EventLog, NewRecord } from '@quartier/contracts/event-log'
import { announceSeries } from '@quartier/contracts/records/announce'
import { type BenchRow, rowOf } from './bench-row.ts'
import { usageOf } from './process-usage.ts'

const SERIES = 650_000
/** Readings since the last snapshot: as many as come until ingest publishes the next. */
const RATE = 20_000
const SNAPSHOT_SECONDS = 30
const RECORDS_PER_SECOND = 50
const SNAPSHOT_ROWS = 5000
const PARTITIONS = topic(READINGS).partitions
const LIMIT_MS = 300_000

/** Starts a command-center server as a process of its own; the CLI knows how. */
export type StartServer = (
  place: Place,
) => Promise<{ readonly url: string; readonly pid: number; stop(): Promise<void> }>

interface Place {
  readonly data: string
  /** Names the engines; embedded ones without it. */
  readonly configFile?: string
}

export interface StateBenchOptions {
  readonly runs: number
  readonly quick: boolean
  readonly startServer: StartServer
  /** Configuration of an installation on which nothing runs; embedded engines on a new folder without it. */
  readonly configFile?: string
  readonly onProgress?: (line: string) => void
}

/**
 * How long a new command-center server takes, from the start of its process, until it shows the live state: definitions,
 * snapshots, and the readings of 30 s at 20,000 a second that came since. The registry is there already, as it is in an
 * installation that gets one more server.
 */
export async function runStateBench(options: StateBenchOptions): Promise<BenchRow[]> {
  const { quick, runs, configFile, onProgress: say = () => {} } = options
  const series = quick ? SERIES / 10 : SERIES
  const data = mkdtempSync(join(tmpdir(), 'quartier-bench-state-'))
  const place = { data, configFile }
  try {
    const { log } = loadEngines({ file: configFile })
    const name = log.engine === 'embedded' ? 'the embedded log' : 'Kafka'
    say(`writing definitions, snapshots and readings of ${series.toLocaleString('en')} series to ${name}`)
    await prepare(place, series)
    const found: Rebuilt[] = []
    for (let run = 0; run < runs; run++) {
      found.push(await rebuild(options.startServer, place, series))
      say(`shown after ${found.at(-1)?.seconds.toFixed(1)} s`)
    }
    return rowsOf(name, series, found)
  } finally {
    rmSync(data, { recursive: true, force: true })
  }
}

interface Rebuilt {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly residentBytes: number
}

async function rebuild(startServer: StartServer, place: Place, series: number): Promise<Rebuilt> {
  const began = performance.now()
  const server = await startServer(place)
  try {
    while (!(await isShown(server.url))) {
      if (performance.now() - began > LIMIT_MS) throw new Error(`the live state is not there after ${LIMIT_MS} ms`)
      await wait(20)
    }
    const seconds = (performance.now() - began) / 1000
    const { cpuSeconds, residentBytes } = usageOf(server.pid)
    const shown = await metric(server.url, 'quartier_live_series')
    if (shown !== series) throw new Error(`the server shows ${shown} of ${series} series`)
    return { seconds, cpuSeconds, residentBytes }
  } finally {
    await server.stop()
  }
}

async function isShown(url: string): Promise<boolean> {
  const { parts } = (await (await fetch(`${url}/readyz`)).json()) as { parts: { projection: string } }
  return parts.projection === 'ready'
}

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1])
}

function rowsOf(place: string, series: number, found: readonly Rebuilt[]): BenchRow[] {
  const what = `${series.toLocaleString('en')} series rebuilt from ${place}`
  const column = (of: (r: Rebuilt) => number) => found.map(of)
  const note = 'from the start of the process until it is ready; 600,000 readings came since the last snapshot'
  return [
    rowOf({ name: `live state of ${what}`, unit: 's', must: 15, reach: 4, smaller: true, note }, column((r) => r.seconds)), // biome-ignore format: one row
    rowOf(
      { name: `CPU for ${what}`, unit: 's', smaller: true },
      column((r) => r.cpuSeconds),
    ),
    rowOf(
      { name: `memory after ${what}`, unit: 'MB', smaller: true },
      column((r) => r.residentBytes / 1e6),
    ),
  ]
}

/** What an installation that has run for a while holds. */
async function prepare({ data, configFile }: Place, series: number): Promise<void> {
  const engines = loadEngines({ file: configFile })
  const log = await openLog(engines, { dataDir: data })
  const records = await openRecords(engines, { dataDir: data })
  try {
    const definitions = Array.from({ length: series }, (_, i) => definitionOf(i))
    await announceSeries(log, definitions)
    // One series is enough for a registry that is in use: one that is empty would be filled from the log meanwhile.
    await records.registry.putSeries(definitions.slice(0, 1), { fromLog: true })
    await commitToEnd(log)
    const ids = definitions.map(({ key }) => seriesIdOf(key))
    const partitions = definitions.map(({ key }) => partitionOfSlot(slotOfKey(key), PARTITIONS))
    await appendReadings(log, ids, partitions, SNAPSHOT_ROWS, ids.length, Date.now() - SNAPSHOT_SECONDS * 1000)
    await appendSnapshots(log, ids, definitions)
    const rows = RATE / RECORDS_PER_SECOND / PARTITIONS
    await appendReadings(log, ids, partitions, rows, RATE * SNAPSHOT_SECONDS, Date.now())
  } finally {
    await records.close()
    await log.close()
  }
}

/** The registry has seen all definitions. */
async function commitToEnd(log: EventLog): Promise<void> {
  const [range] = await log.ranges('series.v1')
  const stop = new AbortController()
  for await (const batch of log.consume('series.v1', 'registry', { from: 'earliest', signal: stop.signal, maxRecords: 50_000 })) // biome-ignore format: one line
    if ((batch.end[0] ?? 0) >= (range?.next ?? 0)) {
      await batch.commit()
      stop.abort()
    }
}

async function appendReadings(
  log: EventLog,
  ids: readonly SeriesId[],
  partitions: readonly number[],
  rowsOfRecord: number,
  readings: number,
  at: number,
): Promise<void> {
  const waiting: SeriesId[][] = Array.from({ length: PARTITIONS }, () => [])
  let records: NewRecord[] = []
  const flush = async () => {
    if (records.length > 0) await log.append(READINGS, records, { transfer: true })
    records = []
  }
  const end = (partition: number) => {
    const columns = columnsOf(waiting[partition] as SeriesId[], at)
    records.push({ key: 's', partition, value: encodeBatch({ columns, counts: [] }) })
    waiting[partition] = []
  }
  for (let i = 0; i < readings; i++) {
    const series = (i * 7919) % ids.length // all over the table, as devices report
    const partition = partitions[series] as number
    waiting[partition]?.push(ids[series] as SeriesId)
    if ((waiting[partition]?.length ?? 0) >= rowsOfRecord) end(partition)
    if (records.length >= 200) await flush()
  }
  for (let partition = 0; partition < PARTITIONS; partition++) if (waiting[partition]?.length) end(partition)
  await flush()
}

async function appendSnapshots(
  log: EventLog,
  ids: readonly SeriesId[],
  definitions: readonly SeriesDefinition[],
): Promise<void> {
  const at = Date.now() - SNAPSHOT_SECONDS * 1000
  const blocks = Map.groupBy(ids.keys(), (i) => {
    const { key } = definitions[i] as SeriesDefinition
    return stateBlockOf(slotOfKey(key), ids[i] as SeriesId)
  })
  const records = [...blocks].map(([block, own]) =>
    toStateRecord(
      block,
      columnsOf(
        own.map((i) => ids[i] as SeriesId),
        at,
      ),
    ),
  )
  for (let i = 0; i < records.length; i += 64) await log.append(STATE, records.slice(i, i + 64), { transfer: true })
  const covers = (await log.ranges(READINGS)).map(({ partition, next }) => toCoverRecord(partition, next))
  await log.append(STATE, covers)
}

function columnsOf(ids: readonly SeriesId[], at: number): ReadingColumns {
  const columns = createColumns(ids.length)
  columns.length = ids.length
  ids.forEach(({ lo, hi }, i) => {
    columns.seriesLo[i] = lo
    columns.seriesHi[i] = hi
    columns.measuredAt[i] = at - (i % 1000)
    columns.receivedAt[i] = at + (i % 100)
    columns.value[i] = 20 + (i % 97) / 10
  })
  return columns
}

function slotOfKey(key: string): number {
  const parts = parseSeriesKey(key)
  return slotOf(parts?.source ?? '', parts?.device ?? '')
}

function definitionOf(i: number): SeriesDefinition {
  const key = `district/zone-${Math.floor(i / 10_000)}/meter-${Math.floor(i / 4)}/value-${i % 4}`
  return {
    key,
    id: seriesIdText(seriesIdOf(key)),
    property: `value-${i % 4}`,
    unit: 'kW',
    assetId: null,
    intervalMs: 60_000,
    source: 'district',
    validMin: 0,
    validMax: 1000,
    status: 'active',
    personal: false,
    historical: false,
  }
}
