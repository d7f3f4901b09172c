import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { type BenchReport, type BenchRow, machine, renderRows } from '@quartier/tests/load/bench-row'
import { type Command, Option } from 'commander'
import { startForBench, startOnEngines } from '../bench-platform.ts'
import { importForBench, startServerForBench } from '../bench-server.ts'
import { decimal, whole } from '../options.ts'

interface BenchOptions {
  readonly json?: string
  readonly seconds: number
  readonly runs: number
  readonly quick: boolean
}

export function add(program: Command): void {
  const bench = program.command('bench').description('measure this machine, and a peer in the same run')
  const figure = (name: string, description: string, run: Run) =>
    bench
      .command(name)
      .description(description)
      .addOption(
        new Option('--json <file>', 'also write name, value, unit, spread, peer, ratio, must and reach of each row'),
      )
      .option('--seconds <n>', 'seconds of each run under load', decimal(1, 86_400), 8)
      .option('--runs <n>', 'runs of each figure; the median counts', whole(1, 100), 3)
      .option('--quick', 'a smaller store or a shorter run: for a look, not for a record', false)
      .action(async (options: BenchOptions) => print(name, await run(options), options))

  const ingest: Run = async (options) => {
    const { runIngestBench } = await import('@quartier/tests/load/ingest-bench')
    return await runIngestBench({ ...options, startPlatform: startForBench, onProgress: say })
  }
  const district: Run = async (options) => {
    const { runDistrictBench } = await import('@quartier/tests/load/district-bench')
    const seconds = options.quick ? 60 : Math.max(options.seconds, 600)
    return await runDistrictBench({ seconds, startPlatform: startForBench, onProgress: say })
  }
  const connections: Run = async () => {
    const { runConnectionsBench } = await import('@quartier/tests/load/connections-bench')
    return await runConnectionsBench({ startPlatform: startForBench, onProgress: say })
  }
  const store: Run = async (options) => {
    const { runStoreBench } = await import('@quartier/tests/load/store-bench')
    return await runStoreBench({ quick: options.quick, onProgress: say })
  }
  const state: Run = async ({ quick, runs }) => {
    const { runStateBench } = await import('@quartier/tests/load/state-bench')
    return await runStateBench({ quick, runs, startServer: startServerForBench, onProgress: say })
  }
  const codecs: Run = async (options) => {
    const { runCodecsBench } = await import('@quartier/tests/load/codecs-bench')
    return await runCodecsBench({ ...options, startPlatform: startForBench, onProgress: say })
  }
  const events: Run = async (options) => {
    const { runEventsBench } = await import('@quartier/tests/load/events-bench')
    return await runEventsBench({ ...options, startPlatform: startForBench, onProgress: say })
  }
  const live: Run = async (options) => {
    const { runLiveBench } = await import('@quartier/tests/load/live-bench')
    return await runLiveBench({ ...options, startPlatform: startForBench, onProgress: say })
  }
  const simulator: Run = async (options) => {
    const { runSimulatorBench } = await import('@quartier/tests/load/simulator-bench')
    return await runSimulatorBench({ ...options, onProgress: say })
  }
  const history: Run = async ({ quick }) => {
    const { runHistoryBench } = await import('@quartier/tests/load/history-bench')
    return await runHistoryBench({ quick, startPlatform: startForBench, onProgress: say })
  }
  const registry: Run = async (options) => {
    const { runRegistryBench } = await import('@quartier/tests/load/registry-bench')
    return await runRegistryBench({
      ...options,
      ...{ startServer: startServerForBench, importFile: importForBench, onProgress: say },
    })
  }
  const tls: Run = async (options) => {
    const { runTlsBench } = await import('@quartier/tests/load/tls-bench')
    return await runTlsBench({ ...options, startPlatform: startForBench, onProgress: say })
  }
  const cluster: Run = async (options) => {
    const { runClusterBench } = await import('@quartier/tests/load/cluster-bench')
    const { quick, seconds, runs } = options
    const load = quick
      ? { seconds: 2, districtSeconds: 15, runs: 1 }
      : { seconds, districtSeconds: Math.max(seconds, 60), runs }
    return await runClusterBench({
      ...{ quick, ...load, onProgress: say },
      ...{ start: startOnEngines, startServer: startServerForBench },
    })
  }
  figure('ingest', 'messages per CPU-second from the socket to stored, against plain aedes with DuckDB', ingest)
  figure('codecs', 'the formats of others per CPU-second from MQTT to stored: Sparkplug, ChirpStack and more', codecs)
  figure('events', 'events per CPU-second from plain JSON over MQTT to stored', events)
  figure('district', 'a district of 650,000 series on an open-loop schedule: latency, memory, nothing lost', district)
  figure('connections', 'memory of an idle connection', connections)
  figure('store', 'the telemetry store: queries over 200 million readings, bytes per reading', store)
  figure('state', 'the live state of 650,000 series rebuilt by a new command-center server', state)
  figure('live', 'the live map of 650,000 series: from sensor to frame, a thousand dashboards, search', live)
  figure('registry', 'import of 650,000 series with their topology, and search among them', registry)
  figure('simulator', 'readings that the simulator generates and sends per CPU-second', simulator)
  figure('history', 'a year of 5-minute history of 5,000 series straight into the store', history)
  figure('tls', 'telemetry through TLS against plain TCP, and handshakes per CPU-second', tls)
  figure('cluster', 'on Kafka, InfluxDB and PostgreSQL, against Mosquitto with Telegraf and InfluxDB', cluster)
  figure('all', 'all of these but cluster and history, one after the other: about half an hour', async (options) => {
    const rows: BenchRow[] = []
    for (const run of [ingest, codecs, events, tls, connections, store, state, registry, simulator, district])
      rows.push(...(await run(options)))
    return rows
  })
}

type Run = (options: BenchOptions) => Promise<BenchRow[]>

const say = (line: string): void => void process.stderr.write(`${line}\n`)

function print(name: string, rows: BenchRow[], options: BenchOptions): void {
  const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).stdout?.trim() || 'unknown'
  const report: BenchReport = { bench: name, at: new Date().toISOString(), commit, machine: machine(), rows }
  process.stdout.write(
    `bench ${name}, ${report.at.slice(0, 10)}, commit ${commit}, ${report.machine}\n\n${renderRows(rows)}\n`,
  )
  if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`)
}
