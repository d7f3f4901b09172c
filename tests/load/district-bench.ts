import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { DuckDBConnection } from '@duckdb/node-api'
import { seriesIdOf, seriesIdText } from '@quartier/contracts'
import { openEmbeddedLog } from '@quartier/contracts/event-log/embedded'
import { announceSeries } from '@quartier/contracts/records/announce'
import type { SeriesDefinition } from '@quartier/contracts/schemas'
import { allStored, type BenchPlatform, readBack, type StartPlatform, sameSum, withPlatform } from './bench-platform.ts'
import { generate, type Loaded } from './bench-process.ts'
import type { BenchRow } from './bench-row.ts'
import { type ProbeResult, startProbe } from './probe.ts'
import { usageOf } from './process-usage.ts'

const SOURCE = 'district'
const READINGS_PER_PACK = 20
const PACKS = { connections: 900, streams: 35, rate: 110_000 / READINGS_PER_PACK }
const SINGLES = { connections: 100, streams: 200, rate: 20_000 }
/** 630,000 series in packs and 20,000 alone. */
const SERIES = PACKS.connections * PACKS.streams * READINGS_PER_PACK + SINGLES.connections * SINGLES.streams
const MB = 1_000_000

export interface DistrictBenchOptions {
  readonly seconds: number
  readonly startPlatform: StartPlatform
  readonly onProgress?: (line: string) => void
}

/**
 * 650,000 series, 110,000 readings/s in packs of 20 and 20,000/s alone through 1,000 connections, on an open-loop
 * schedule with the generator on the same machine. Latency runs from the instant at which a probe was due to leave
 * until a query returns it, so that a stall of any part counts in full.
 */
export async function runDistrictBench(options: DistrictBenchOptions): Promise<BenchRow[]> {
  const say = options.onProgress ?? (() => {})
  const prepare = async (logFolder: string) => {
    say(`announcing ${SERIES.toLocaleString('en')} series`)
    const log = await openEmbeddedLog({ folder: logFolder })
    await announceSeries(log, definitions())
    await log.close()
  }
  return await withPlatform(options, { commandCenter: true, prepare }, async (platform) => {
    const memory = watchMemory(platform)
    const probe = startProbe(platform.mqttPort, platform.store)
    const loads = await Promise.all([
      generate(jobOf(platform, 'pack', PACKS, options.seconds), () => []),
      generate(jobOf(platform, 'json', SINGLES, options.seconds), () => []),
    ])
    const probes = await probe.stop()
    const resident = memory.stop()
    const readings = sum(loads, (l) => l.readings)
    say(`${readings.toLocaleString('en')} readings acknowledged; reading them back`)
    await allStored(platform.store, readings)
    const held = await readBack(platform.store, SOURCE)
    if (
      !sameSum(
        held.checksum,
        sum(loads, (l) => l.checksum),
      )
    )
      throw new Error('the store returns another checksum than what was acknowledged')
    const compacted = await mergedIn(join(platform.data, 'store'))
    return rowsOf(options.seconds, loads, probes, resident, readings - held.count, compacted)
  })
}

function rowsOf(
  seconds: number,
  loads: readonly Loaded[],
  probes: ProbeResult,
  resident: Memory,
  lost: number,
  compacted: number,
): BenchRow[] {
  const rate = sum(loads, (l) => l.readings / l.seconds)
  const late = Math.max(...loads.map((l) => l.lateMs))
  const over = `${seconds} s at ${Math.round(rate).toLocaleString('en')} readings/s; the generator was at most ${Math.round(late)} ms late`
  return [
    {
      name: 'district of 650,000 series: readings lost',
      value: lost,
      unit: 'readings',
      must: 0,
      reach: 0,
      smaller: true,
      note: over,
    },
    {
      name: 'of the readings, compacted meanwhile',
      value: compacted,
      unit: 'readings',
      must: 30_000_000,
      reach: 30_000_000,
    },
    {
      name: 'scheduled publish → queryable last value, p99',
      value: probes.p99,
      unit: 'ms',
      spread: [probes.p50, probes.max],
      must: 1_000,
      reach: 300,
      smaller: true,
      note: `the spread is the median and the maximum of ${probes.count} probes, ${probes.missing} never seen`,
    },
    {
      name: 'resident memory of the platform',
      value: resident.peakBytes / MB,
      unit: 'MB',
      must: 2_500,
      reach: 1_200,
      smaller: true,
      note: `the largest sum of all its processes; in the middle and at the end ${resident.shares}`,
    },
    {
      name: 'its slope over the second half',
      value: resident.slopeBytesPerMinute / MB,
      unit: 'MB/min',
      must: 5,
      reach: 0.5,
      smaller: true,
    },
  ]
}

const jobOf = (platform: BenchPlatform, format: 'pack' | 'json', load: typeof PACKS, seconds: number) => ({
  port: platform.mqttPort,
  connections: load.connections,
  streamsPerConnection: load.streams,
  format,
  readings: format === 'pack' ? READINGS_PER_PACK : 1,
  source: SOURCE,
  devicePrefix: format,
  startAt: Date.now(),
  stepMs: Math.round((load.connections * load.streams * 1_000) / load.rate),
  window: 1_000,
  onePerSegment: true,
  seconds,
  rate: load.rate,
})

function definitions(): SeriesDefinition[] {
  const devices: string[] = []
  for (let c = 0; c < PACKS.connections; c++)
    for (let s = 0; s < PACKS.streams; s++)
      for (let i = 0; i < READINGS_PER_PACK; i++) devices.push(`packc${c}-${s}-${i}`)
  for (let c = 0; c < SINGLES.connections; c++) for (let s = 0; s < SINGLES.streams; s++) devices.push(`jsonc${c}-${s}`)
  return devices.map((device) => {
    const key = `${SOURCE}/${device}/v`
    return {
      key,
      id: seriesIdText(seriesIdOf(key)),
      property: 'v',
      unit: 'Cel',
      assetId: null,
      intervalMs: 5_000,
      source: SOURCE,
      validMin: null,
      validMax: null,
      status: 'active',
      personal: false,
      historical: false,
    }
  })
}

/** Readings in files that came of a merge, by the files' own account. */
async function mergedIn(folder: string): Promise<number> {
  const merged = readdirSync(folder).filter((name) => /^raw-\d+-\d+-\d+\.parquet$/.test(name))
  if (merged.length === 0) return 0
  const connection = await DuckDBConnection.create()
  const files = merged.map((name) => `'${join(folder, name)}'`).join(', ')
  const answer = await connection.runAndReadAll(`SELECT sum(num_rows)::DOUBLE FROM parquet_file_metadata([${files}])`)
  connection.closeSync()
  return Number(answer.getRows()[0]?.[0] ?? 0)
}

interface Memory {
  readonly peakBytes: number
  /** Each process in the middle and at the end. */
  readonly shares: string
  readonly slopeBytesPerMinute: number
}

function watchMemory(platform: BenchPlatform): { stop(): Memory } {
  const samples: Map<string, number>[] = []
  let on = true
  const watching = (async () => {
    while (on) {
      samples.push(new Map(platform.pids().map(({ name, pid }) => [name, usageOf(pid).residentBytes])))
      await wait(1_000)
    }
  })()
  return {
    stop() {
      on = false
      void watching
      const half = samples.slice(samples.length >> 1)
      const totals = samples.map((each) => sum([...each.values()], (bytes) => bytes))
      const inMB = (name: string, at: number) => Math.round((half.at(at)?.get(name) ?? 0) / MB)
      return {
        peakBytes: Math.max(...totals),
        shares: platform
          .pids()
          .map(({ name }) => `${name} ${inMB(name, 0)} → ${inMB(name, -1)} MB`)
          .join(', '),
        slopeBytesPerMinute: slope(totals.slice(samples.length >> 1)) * 60,
      }
    },
  }
}

/** Least-squares slope per sample. */
function slope(y: readonly number[]): number {
  const n = y.length
  if (n < 2) return 0
  const meanX = (n - 1) / 2
  const meanY = sum(y, (v) => v) / n
  let xy = 0
  let xx = 0
  for (const [x, v] of y.entries()) {
    xy += (x - meanX) * (v - meanY)
    xx += (x - meanX) ** 2
  }
  return xy / xx
}

const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0)
