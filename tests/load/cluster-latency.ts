import { sameSum } from './bench-platform.ts'
import { generate, type Loaded, startChild } from './bench-process.ts'
import { type BenchRow, rowOf } from './bench-row.ts'
import type { ClusterBenchOptions, ClusterPlatform } from './cluster-bench.ts'
import { cpuOfTree, type Engines, type Server, withEngines } from './cluster-servers.ts'
import type { LoadJob } from './generator.ts'
import { arrivedIn, heldIn } from './influx-check.ts'
import type { ConsumeResult } from './kafka-consumer.ts'
import type { PageResult } from './page-client.ts'

const SOURCE = 'district'
const RATE = 20_000
const CONNECTIONS = 190
const STREAMS = 100
/** A page shows no more than 20,000, the probes' among them. */
const SERIES = CONNECTIONS * STREAMS
const WARM_UP_S = 10
/** Passes over the log; the first ones compile. */
const PASSES = 9
const PASSES_TO_WARM_UP = 4

/**
 * 20,000 readings a second, each a message of its own, on an open-loop schedule, with the servers, the generator and a
 * page that watches all of it on this machine; afterwards the records that this left in Kafka are read into columns.
 */
export async function runDistrictOnEngines(options: ClusterBenchOptions): Promise<BenchRow[]> {
  const { onProgress: say, districtSeconds } = options
  return await withEngines(async (engines) => {
    const platform = await options.start(engines)
    let rows: BenchRow[]
    try {
      rows = await endToEnd(platform, engines, districtSeconds, say)
    } finally {
      await platform.stop()
    }
    return [...rows, await consumeRow(engines, say)]
  })
}

async function endToEnd(
  platform: ClusterPlatform,
  engines: Engines,
  seconds: number,
  say: (line: string) => void,
): Promise<BenchRow[]> {
  say(`${RATE.toLocaleString('en')} readings/s end to end: warming up`)
  const warm = await generate(jobFor(platform, WARM_UP_S), () => [])
  const page = startChild('./page-client.ts')
  try {
    const { url, mqttPort } = platform
    page.send({ url, ...platform.administrator, mqttPort, series: SERIES })
    await page.next((m): m is 'loaded' => m === 'loaded')
    const parts: Server[] = [
      ...platform.pids().map(({ name, pid }) => ({ name, pids: [pid] })),
      ...engines.servers,
      { name: 'page', pids: [page.pid] },
    ]
    const before = parts.map(({ pids }) => cpuOfTree(pids))
    page.send('measure')
    const loaded = await generate(jobFor(platform, seconds), () => [])
    const cores = parts.map(
      ({ name, pids }, i) => `${name} ${((cpuOfTree(pids) - (before[i] as number)) / loaded.seconds).toFixed(2)}`,
    )
    const answer = page.next((m): m is PageResult => Array.isArray((m as Partial<PageResult>).latencies))
    page.send('stop')
    const probes = await answer
    say(`${loaded.readings.toLocaleString('en')} readings acknowledged; cores: ${cores.join(', ')}`)
    const lost = await lostOf(engines, [warm, loaded], probes)
    return rowsOf(loaded, probes, cores, lost)
  } finally {
    page.kill()
  }
}

/** Acknowledged readings that InfluxDB does not hold. @throws when it holds all of them with other values */
async function lostOf({ bucket }: Engines, loads: readonly Loaded[], probes: PageResult): Promise<number> {
  const sent = loads.reduce((sum, l) => sum + l.readings, 0)
  await arrivedIn(bucket, 'v', sent)
  const held = await heldIn(bucket, 'v', SOURCE)
  const lost = sent - held.count + probes.published - (await arrivedIn(bucket, 'n', probes.published))
  const checksum = loads.reduce((sum, l) => sum + l.checksum, 0)
  if (lost === 0 && !sameSum(held.checksum, checksum))
    throw new Error(`InfluxDB's sum is ${held.checksum}, that of what was acknowledged ${checksum}`)
  return lost
}

function rowsOf(loaded: Loaded, probes: PageResult, cores: readonly string[], lost: number): BenchRow[] {
  const sorted = probes.latencies.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  const rate = Math.round(loaded.readings / loaded.seconds).toLocaleString('en')
  return [
    {
      name: '20,000 readings/s end to end: scheduled publish → state applied in the page, p99',
      value: probes.missing > 0 ? Number.POSITIVE_INFINITY : at(0.99),
      unit: 'ms',
      spread: [at(0.5), at(1)],
      must: 1_200,
      reach: 600,
      smaller: true,
      note: `${Math.round(loaded.seconds)} s at ${rate} readings/s; the spread is the median and the maximum of ${probes.probes} probes, ${probes.missing} never seen; the generator was at most ${Math.round(loaded.lateMs)} ms late; cores used: ${cores.join(', ')}`,
    },
    {
      name: 'the same: readings lost, by the count and sum of InfluxDB',
      value: lost,
      unit: 'readings',
      must: 0,
      reach: 0,
      smaller: true,
    },
  ]
}

const jobFor = ({ mqttPort }: ClusterPlatform, seconds: number): LoadJob => ({
  port: mqttPort,
  connections: CONNECTIONS,
  streamsPerConnection: STREAMS,
  format: 'json',
  readings: 1,
  source: SOURCE,
  startAt: Date.now(),
  stepMs: (SERIES * 1_000) / RATE,
  window: 1_000,
  onePerSegment: true,
  seconds,
  rate: RATE,
})

async function consumeRow(engines: Engines, say: (line: string) => void): Promise<BenchRow> {
  const consumer = startChild('./kafka-consumer.ts')
  try {
    consumer.send({ brokers: engines.brokers, passes: PASSES })
    const result = await consumer.next((m): m is ConsumeResult => Array.isArray((m as ConsumeResult).perCpuSecond))
    const { records, readings, bytes, perCpuSecond } = result
    const note = `${records.toLocaleString('en')} records of ${Math.round(readings / records)} readings and ${Math.round(bytes / records)} bytes on average, as the run before left them`
    say(`consume from Kafka into columns: ${note}`)
    const row = { name: 'consume from Kafka into columns', unit: 'readings/CPU-s', must: 3e6, reach: 8e6, note }
    return rowOf(row, perCpuSecond.slice(PASSES_TO_WARM_UP))
  } finally {
    consumer.kill()
  }
}
