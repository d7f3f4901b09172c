import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  allStored,
  type BenchPlatform,
  cpuByName,
  readBack,
  type StartPlatform,
  sameSum,
  sharesSince,
  withPlatform,
} from './bench-platform.ts'
import { cpuOf, generate, isReady, type Loaded, startChild } from './bench-process.ts'
import { type BenchRow, median, rowOf } from './bench-row.ts'
import type { LoadJob } from './generator.ts'
import type { LoadFormat } from './load-messages.ts'

export interface IngestBenchOptions {
  readonly startPlatform: StartPlatform
  /** Seconds of each run under load. */
  readonly seconds: number
  readonly runs: number
  readonly onProgress?: (line: string) => void
}

export interface Case {
  readonly name: string
  readonly format: LoadFormat
  /** Of topics that name no source: that of clients without a name. */
  readonly source?: string
  readonly readings: number
  readonly onePerSegment: boolean
  readonly must: number
  readonly reach: number
  readonly ratio?: { readonly must: number; readonly reach: number }
}

const CASES: readonly Case[] = [
  {
    name: 'QoS 1 single JSON, 200 connections, pipelined',
    format: 'json',
    readings: 1,
    onePerSegment: false,
    must: 250_000,
    reach: 400_000,
    ratio: { must: 2.8, reach: 4.5 },
  },
  {
    name: 'the same, one packet per TCP segment',
    format: 'json',
    readings: 1,
    onePerSegment: true,
    must: 90_000,
    reach: 130_000,
    ratio: { must: 1.2, reach: 1.7 },
  },
  {
    name: 'packs of 20, SenML CBOR',
    format: 'senml-cbor',
    readings: 20,
    onePerSegment: false,
    must: 600_000,
    reach: 1_200_000,
  },
  { name: 'packs of 20, binary', format: 'pack', readings: 20, onePerSegment: false, must: 600_000, reach: 1_200_000 },
]

/**
 * Readings per CPU-second through to stored: all our processes, from the first message until everything is acknowledged,
 * checked, de-duplicated, counted, rolled up and durable in files; the peer in the same run. A run counts only when
 * the store returns the exact count and checksum of what was acknowledged.
 */
export async function runIngestBench(options: IngestBenchOptions): Promise<BenchRow[]> {
  const say = options.onProgress ?? (() => {})
  const rows: BenchRow[] = []
  for (const c of CASES) {
    const ceiling = await ceilingOf(c, options.seconds)
    say(`generator alone, ${c.name}: ${thousands(ceiling)} readings/s`)
    const ours: number[] = []
    const peers: number[] = []
    const ratios: number[] = []
    const notes: string[] = []
    for (let run = 0; run < options.runs; run++) {
      const figure = await withPlatform(options, { commandCenter: false }, (p) => measureOurs(p, c, options.seconds))
      ours.push(figure.perCpuSecond)
      notes.push(figure.shares)
      say(
        `${c.name}: ${thousands(figure.perCpuSecond)} per CPU-second, ${thousands(figure.perSecond)} per second (${figure.shares})`,
      )
      if (!c.ratio) continue
      const peer = await measurePeer(c, options.seconds)
      peers.push(peer)
      ratios.push(figure.perCpuSecond / peer)
      say(`  the glue: ${thousands(peer)} per CPU-second`)
    }
    const unit = c.readings === 1 ? 'messages/CPU-s' : 'readings/CPU-s'
    const peer = peers.length > 0 ? { peer: median(peers), ratio: median(ratios) } : {}
    rows.push(
      rowOf(
        {
          name: c.name,
          unit,
          must: c.must,
          reach: c.reach,
          ...peer,
          note: `CPU of the last run: ${notes.at(-1)}; generator alone ${thousands(ceiling)}/s`,
        },
        ours,
      ),
    )
    if (c.ratio) rows.push(rowOf({ name: `${c.name}: against the glue`, unit: '×', ...c.ratio }, ratios))
  }
  return rows
}

const SOURCE = 'bench'

const jobFor = (c: Case, port: number, seconds: number): LoadJob => ({
  port,
  connections: 200,
  streamsPerConnection: 10,
  format: c.format,
  readings: c.readings,
  source: SOURCE,
  startAt: Date.now() - 3_600_000,
  stepMs: 1,
  window: 100,
  onePerSegment: c.onePerSegment,
  seconds,
})

async function ceilingOf(c: Case, seconds: number): Promise<number> {
  const server = startChild('./null-server.ts')
  try {
    const { port } = await server.next(isReady)
    const loaded = await generate(jobFor(c, port, Math.min(seconds, 3)), () => [server.pid])
    return loaded.readings / loaded.seconds
  } finally {
    server.kill()
  }
}

export async function measureOurs(platform: BenchPlatform, c: Case, seconds: number) {
  const pids = () => platform.pids().map((p) => p.pid)
  const warm = await warmUp(platform, c)
  const before = cpuByName(platform)
  const loaded = await generate(jobFor(c, platform.mqttPort, seconds), pids)
  await allStored(platform.store, warm.readings + loaded.readings)
  const shares = sharesSince(platform, before)
  const cpu = shares.reduce((sum, s) => sum + s.cpuSeconds, 0)
  await mustHold(platform, c.source ?? SOURCE, warm.readings + loaded.readings, warm.checksum + loaded.checksum)
  return {
    perCpuSecond: loaded.readings / cpu,
    messagesPerCpuSecond: loaded.messages / cpu,
    perSecond: loaded.readings / loaded.seconds,
    shares: shares.map((s) => `${s.name} ${Math.round((s.cpuSeconds / cpu) * 100)} %`).join(', '),
  }
}

/** A second of the same load, an hour earlier: the series are then known and the code compiled, as on any day but the first. */
async function warmUp(platform: BenchPlatform, c: Case): Promise<Loaded> {
  const job = jobFor(c, platform.mqttPort, 1)
  const loaded = await generate({ ...job, startAt: job.startAt - 3_600_000 }, () => [])
  await allStored(platform.store, loaded.readings)
  return loaded
}

async function mustHold(platform: BenchPlatform, source: string, readings: number, checksum: number): Promise<void> {
  const held = await readBack(platform.store, source)
  if (held.count !== readings || !sameSum(held.checksum, checksum))
    throw new Error(
      `the run does not count: ${readings} readings were acknowledged, the store returns ${held.count} (sums ${checksum} and ${held.checksum})`,
    )
}

async function measurePeer(c: Case, seconds: number): Promise<number> {
  const file = join(tmpdir(), `quartier-glue-${process.pid}.db`)
  const server = startChild('./peer-glue.ts', [file])
  try {
    const { port } = await server.next(isReady)
    const before = cpuOf([server.pid])
    const loaded = await generate(jobFor(c, port, seconds), () => [server.pid])
    server.send('count')
    const stored = await server.next(
      (m): m is { count: number } => typeof (m as { count?: unknown }).count === 'number',
    )
    if (stored.count !== loaded.readings) throw new Error(`the glue stored ${stored.count} of ${loaded.readings}`)
    return loaded.readings / (cpuOf([server.pid]) - before)
  } finally {
    server.kill()
    for (const ending of ['', '.wal']) rmSync(file + ending, { force: true })
  }
}

const thousands = (n: number): string => `${Math.round(n / 1_000).toLocaleString('en')}k`
