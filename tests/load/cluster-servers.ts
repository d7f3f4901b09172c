import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as influxdb from '../../infra/cluster/influxdb.ts'
import * as kafka from '../../infra/cluster/kafka.ts'
import * as mosquitto from '../../infra/cluster/mosquitto.ts'
import * as postgres from '../../infra/cluster/postgres.ts'
import * as telegraf from '../../infra/cluster/telegraf.ts'
import type { InfluxBucket } from './influx-check.ts'
import { usageOf } from './process-usage.ts'

/** A server of others, by name, with the processes that it began with. */
export interface Server {
  readonly name: string
  readonly pids: readonly number[]
}

export interface Engines {
  /** An empty folder for the platform's own data; it goes with the servers. */
  readonly data: string
  readonly brokers: string
  /** Where our raw readings go. */
  readonly bucket: InfluxBucket
  /** Configuration file of a platform that uses these servers; its secrets lie in files beside it. */
  readonly configFile: string
  readonly servers: readonly Server[]
}

const BUCKET = 'bench'

/** Kafka (one broker), InfluxDB (one server) and PostgreSQL on empty folders for the time of `work`. */
export async function withEngines<T>(work: (engines: Engines) => Promise<T>): Promise<T> {
  return await inFolder(async (folder, stopLater) => {
    const starting = [
      kafka.start({ folder: join(folder, 'kafka') }).then(stopLater),
      influxdb.start({ folder: join(folder, 'influxdb') }).then(stopLater),
      postgres.start({ folder: join(folder, 'postgres') }).then(stopLater),
    ] as const
    await Promise.allSettled(starting) // one that fails must not leave the others behind
    const [log, store, records] = await Promise.all(starting)
    const data = join(folder, 'platform')
    mkdirSync(data)
    return await work({
      data,
      brokers: log.bootstrap,
      bucket: { url: store.url, org: store.org, token: store.token, bucket: BUCKET },
      configFile: writeConfig(folder, log.bootstrap, store, records.url),
      servers: [
        { name: 'Kafka', pids: log.pids },
        { name: 'InfluxDB', pids: store.pids },
        { name: 'PostgreSQL', pids: records.pids },
      ],
    })
  })
}

export interface Peer {
  readonly mqttPort: number
  readonly bucket: InfluxBucket
  /** What stands where our services stand. */
  readonly processes: readonly Server[]
  readonly servers: readonly Server[]
}

/** Mosquitto, Telegraf and InfluxDB on empty folders for the time of `work`. */
export async function withPeer<T>(work: (peer: Peer) => Promise<T>): Promise<T> {
  return await inFolder(async (folder, stopLater) => {
    const store = stopLater(await influxdb.start({ folder: join(folder, 'influxdb') }))
    const broker = stopLater(await mosquitto.start({ folder: join(folder, 'mosquitto') }))
    const bucket = { url: store.url, org: store.org, token: store.token, bucket: influxdb.FIRST_BUCKET }
    const options = { folder: join(folder, 'telegraf'), mqttPort: broker.port, influx: bucket }
    const collector = stopLater(await telegraf.start(options))
    return await work({
      mqttPort: broker.port,
      bucket,
      processes: [
        { name: 'Mosquitto', pids: broker.pids },
        { name: 'Telegraf', pids: collector.pids },
      ],
      servers: [{ name: 'InfluxDB', pids: store.pids }],
    })
  })
}

/** Fetches or builds what is missing. @throws when one of our own engines cannot be had */
export async function installEngines(say: (line: string) => void): Promise<void> {
  for (const engine of [kafka, influxdb, postgres]) await engine.install(say)
}

/** The same for the peer. @returns why it cannot be had; `undefined` when it is there */
export async function installPeer(say: (line: string) => void): Promise<string | undefined> {
  try {
    for (const part of [mosquitto, telegraf]) await part.install(say)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** CPU seconds of processes and of those that they have started, as long as they run. */
export const cpuOfTree = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + cpuBelow(pid), 0)

function cpuBelow(pid: number): number {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean)
    return usageOf(pid).cpuSeconds + cpuOfTree(children.map(Number))
  } catch {
    return 0 // it has ended meanwhile
  }
}

interface Stoppable {
  stop(): Promise<void>
}

/** What runs now, apart from this process: a signal must not leave it behind. */
const running = new Set<() => Promise<void>>()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => void Promise.all([...running].map((stop) => stop())).finally(() => process.exit(130)))

/** Gives `work` a folder and a list of what is to be stopped; after it both are gone. */
async function inFolder<T>(
  work: (folder: string, stopLater: <S extends Stoppable>(server: S) => S) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'quartier-bench-cluster-'))
  chmodSync(folder, 0o711) // PostgreSQL runs as a user of its own
  const started: Stoppable[] = []
  const stop = async () => {
    await Promise.allSettled(started.splice(0).map((server) => server.stop()))
    rmSync(folder, { recursive: true, force: true })
  }
  running.add(stop)
  try {
    return await work(folder, (server) => {
      started.push(server)
      return server
    })
  } finally {
    running.delete(stop)
    await stop()
  }
}

function writeConfig(
  folder: string,
  brokers: string,
  influx: { readonly url: string; readonly org: string; readonly token: string },
  postgresUrl: string,
): string {
  const secret = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return name
  }
  const url = new URL(postgresUrl)
  const passwordFile = secret('postgres-password', url.password)
  url.password = ''
  const tokenFile = secret('influx-token', influx.token)
  const engines = {
    log: { engine: 'kafka', brokers },
    store: {
      engine: 'influxdb',
      servers: [{ name: 'influx-1', url: influx.url, org: influx.org, tokenFile }],
      bucket: BUCKET,
    },
    records: { engine: 'postgres', url: url.href, passwordFile },
  }
  const file = join(folder, 'quartier.json')
  writeFileSync(file, JSON.stringify({ engines }, null, 2))
  return file
}
