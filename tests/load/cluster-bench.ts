import { setTimeout as wait } from 'node:timers/promises'
import type { StartedPlatform } from './bench-platform.ts'
import type { BenchRow } from './bench-row.ts'
import { runDistrictOnEngines } from './cluster-latency.ts'
import { runAgainstPeer } from './cluster-peer.ts'
import { installEngines, installPeer, withEngines } from './cluster-servers.ts'
import { runStateBench, type StartServer } from './state-bench.ts'

/** A platform that runs on the engines of a configuration file, and who may sign in to its page. */
export interface ClusterPlatform extends Omit<StartedPlatform, 'storeSocket' | 'mqttsPort'> {
  readonly url: string
  readonly administrator: { readonly name: string; readonly password: string }
}

export type StartOnEngines = (options: {
  readonly data: string
  readonly configFile: string
}) => Promise<ClusterPlatform>

export interface ClusterBenchOptions {
  readonly start: StartOnEngines
  readonly startServer: StartServer
  /** A tenth of the series, for a look. */
  readonly quick: boolean
  /** Seconds of load of each run against the peer, about, and of the end-to-end run. */
  readonly seconds: number
  readonly districtSeconds: number
  readonly runs: number
  readonly onProgress: (line: string) => void
}

/** Quartier on Kafka, InfluxDB and PostgreSQL, beside Mosquitto, Telegraf and InfluxDB on the same machine. */
export async function runClusterBench(options: ClusterBenchOptions): Promise<BenchRow[]> {
  const { onProgress: say } = options
  await installEngines(say)
  const missing = await installPeer(say)
  if (missing !== undefined) say(`the peer is missing: ${missing}`)
  const rows = await runAgainstPeer({ ...options, missing })
  await wait(1_000) // what the last servers left to the kernel
  rows.push(...(await runDistrictOnEngines(options)))
  const state = await withEngines(({ configFile }) => runStateBench({ ...options, configFile }))
  return [...rows, ...state]
}
