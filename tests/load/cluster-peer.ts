import { sameSum } from './bench-platform.ts'
import { generate, isReady, type Loaded, startChild } from './bench-process.ts'
import { type BenchRow, median, rowOf } from './bench-row.ts'
import type { ClusterBenchOptions, ClusterPlatform } from './cluster-bench.ts'
import { cpuOfTree, type Peer, type Server, withEngines, withPeer } from './cluster-servers.ts'
import type { LoadJob } from './generator.ts'
import { arrivedIn, heldIn, type InfluxBucket } from './influx-check.ts'
import type { LoadFormat } from './load-messages.ts'

interface Case {
  readonly name: string
  readonly readings: number
  /** What the peer gets, and what we get, each held against it. */
  readonly theirs: LoadFormat
  readonly ours: readonly { readonly format: LoadFormat; readonly name: string }[]
  /** Name of the field that holds the readings in the peer's InfluxDB. */
  readonly field: string
  /** Streams of each connection: few enough that a series gets more readings than a minute has. */
  readonly streams: number
  /** Messages of a run for each of its seconds. */
  readonly perSecond: number
  readonly ratio: { readonly must: number; readonly reach: number }
}

const CASES: readonly Case[] = [
  {
    name: 'packs of 20',
    readings: 20,
    theirs: 'json-pack',
    ours: [
      { format: 'json-pack', name: 'packs of 20, the same JSON for both' },
      { format: 'pack', name: 'packs of 20, ours in the binary format' },
    ],
    field: 'v',
    streams: 1,
    perSecond: 8_000,
    ratio: { must: 3, reach: 4.5 },
  },
  {
    name: 'single JSON readings',
    readings: 1,
    theirs: 'json',
    ours: [{ format: 'json', name: 'single JSON readings' }],
    field: 'value',
    streams: 10,
    perSecond: 50_000,
    ratio: { must: 5, reach: 8 },
  },
]

const SOURCE = 'bench'
const CONNECTIONS = 200
/** Time between two readings of a series, by their own times. */
const STEP_MS = 1_000
const HOUR = 3_600_000
/** Code that is compiled while it runs stands still after some twenty seconds; both sides get the same. */
const WARM_FOLD = 2

/**
 * Readings per CPU-second: of the gateway, ingest and the command centre until InfluxDB has everything; of Mosquitto and
 * Telegraf in the same turn for the same messages. A run counts only when InfluxDB's own count and sum are those of what
 * was acknowledged.
 */
export async function runAgainstPeer(
  options: ClusterBenchOptions & { readonly missing: string | undefined },
): Promise<BenchRow[]> {
  const rows: BenchRow[] = []
  for (const c of CASES) for (const { format } of c.ours) rows.push(await ceiling(c, format, options))
  for (const c of CASES) rows.push(...(await compare(c, options)))
  return rows
}

async function ceiling(c: Case, format: LoadFormat, { seconds, onProgress }: ClusterBenchOptions): Promise<BenchRow> {
  const server = startChild('./null-server.ts')
  try {
    const { port } = await server.next(isReady)
    const job = { ...jobFor(c, format, port, seconds), seconds: Math.min(seconds, 3), messages: undefined }
    const { readings, seconds: took } = await generate(job, () => [])
    onProgress(`generator alone, ${format}: ${thousands(readings / took)} readings/s`)
    return { name: `generator alone, ${format}`, value: readings / took, unit: 'readings/s' }
  } finally {
    server.kill()
  }
}

async function compare(
  c: Case,
  options: ClusterBenchOptions & { readonly missing: string | undefined },
): Promise<BenchRow[]> {
  const { onProgress: say, missing, runs } = options
  const ours = c.ours.map(() => [] as Figure[])
  const theirs: Figure[] = []
  for (let run = 0; run < runs; run++) {
    for (const [i, { format, name }] of c.ours.entries()) {
      const figure = await measureOurs(c, format, options)
      ours[i]?.push(figure)
      say(`${name}: ${told(figure)}`)
    }
    if (missing !== undefined) continue
    const figure = await withPeer((peer) => measurePeer(c, peer, options.seconds))
    theirs.push(figure)
    say(`  Mosquitto → Telegraf → InfluxDB: ${told(figure)}`)
  }
  return c.ours.flatMap(({ name }, i) => rowsOf(name, c, ours[i] as Figure[], theirs, missing))
}

function rowsOf(
  name: string,
  c: Case,
  ours: readonly Figure[],
  theirs: readonly Figure[],
  missing?: string,
): BenchRow[] {
  const perCpu = ours.map((f) => f.perCpuSecond)
  const beside = theirs.at(-1)
  const figure = {
    name,
    unit: 'readings/CPU-s',
    note: `last run: ${(ours.at(-1) as Figure).shares}${beside ? `; the peer's: ${beside.shares}` : `; the peer is missing: ${missing}`}`,
  }
  if (!beside) return [rowOf(figure, perCpu)]
  const ratios = perCpu.map((value, run) => value / (theirs[run] as Figure).perCpuSecond)
  return [
    rowOf({ ...figure, peer: median(theirs.map((f) => f.perCpuSecond)), ratio: median(ratios) }, perCpu),
    rowOf({ name: `${name}: against Mosquitto → Telegraf`, unit: '×', ...c.ratio }, ratios),
  ]
}

interface Figure {
  readonly perCpuSecond: number
  readonly perSecond: number
  /** CPU µs per reading of every process, servers included. */
  readonly shares: string
}

const measureOurs = (c: Case, format: LoadFormat, { start, seconds }: ClusterBenchOptions): Promise<Figure> =>
  withEngines(async (engines) => {
    const platform = await start(engines)
    try {
      const parts = { processes: processesOf(platform), servers: engines.servers }
      return await measure(parts, engines.bucket, 'v', platform.mqttPort, (port) => jobFor(c, format, port, seconds))
    } finally {
      await platform.stop()
    }
  })

const processesOf = (platform: ClusterPlatform): Server[] =>
  platform.pids().map(({ name, pid }) => ({ name, pids: [pid] }))

const measurePeer = (c: Case, peer: Peer, seconds: number): Promise<Figure> =>
  measure(peer, peer.bucket, c.field, peer.mqttPort, (port) => jobFor(c, c.theirs, port, seconds))

async function measure(
  parts: { readonly processes: readonly Server[]; readonly servers: readonly Server[] },
  bucket: InfluxBucket,
  field: string,
  port: number,
  job: (port: number) => LoadJob,
): Promise<Figure> {
  const load = job(port)
  // The same load an hour earlier: the series are then known and the code compiled, as on any day but the first.
  const warm = await generate(
    { ...load, startAt: load.startAt - HOUR, messages: (load.messages ?? 0) * WARM_FOLD },
    () => [],
  )
  await arrivedIn(bucket, field, warm.readings)
  const all = [...parts.processes, ...parts.servers]
  const before = all.map(({ pids }) => cpuOfTree(pids))
  const beganAt = performance.now()
  const loaded = await generate(load, () => [])
  await arrivedIn(bucket, field, warm.readings + loaded.readings)
  const tookS = (performance.now() - beganAt) / 1_000
  const used = all.map(({ name, pids }, i) => ({ name, seconds: cpuOfTree(pids) - (before[i] as number) }))
  await mustHold(bucket, field, [warm, loaded])
  const own = used.slice(0, parts.processes.length).reduce((sum, u) => sum + u.seconds, 0)
  return {
    perCpuSecond: loaded.readings / own,
    perSecond: loaded.readings / tookS,
    shares: `${used.map((u) => `${u.name} ${((u.seconds * 1e6) / loaded.readings).toFixed(2)}`).join(', ')} µs`,
  }
}

async function mustHold(bucket: InfluxBucket, field: string, loads: readonly Loaded[]): Promise<void> {
  const held = await heldIn(bucket, field)
  const count = loads.reduce((sum, l) => sum + l.readings, 0)
  const checksum = loads.reduce((sum, l) => sum + l.checksum, 0)
  if (held.count === count && sameSum(held.checksum, checksum)) return
  throw new Error(
    `the run does not count: ${count} readings were acknowledged, InfluxDB holds ${held.count} (sums ${checksum} and ${held.checksum})`,
  )
}

const jobFor = (c: Case, format: LoadFormat, port: number, seconds: number): LoadJob => ({
  port,
  connections: CONNECTIONS,
  streamsPerConnection: c.streams,
  format,
  readings: c.readings,
  source: SOURCE,
  startAt: Date.now() - HOUR,
  stepMs: STEP_MS,
  window: 100,
  onePerSegment: false,
  seconds: 600,
  messages: Math.round(seconds * c.perSecond),
})

const told = (f: Figure): string =>
  `${thousands(f.perCpuSecond)} readings per CPU-second, ${thousands(f.perSecond)} per second (${f.shares})`

const thousands = (n: number): string => `${Math.round(n / 1_000).toLocaleString('en')}k`
