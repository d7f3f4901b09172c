import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EnginesConfig, loadEngines, openLog, openRecords, openStoreReader } from '@quartier/contracts/engines'
import { type FaultyProxy, startProxy } from '../../../contracts/src/telemetry-store/influxdb/testing/servers.ts'
import * as influxdb from '../../../infra/cluster/influxdb.ts'
import * as kafka from '../../../infra/cluster/kafka.ts'
import * as postgres from '../../../infra/cluster/postgres.ts'
import * as toxiproxy from '../../../infra/cluster/toxiproxy.ts'
import { heldIn } from '../../load/influx-check.ts'
import type { FaultOptions } from '../fault.ts'
import type { Findings } from '../findings.ts'
import { undoLater } from '../leftovers.ts'
import type { OpenTrial, TrialEngines } from '../trial.ts'

/** Kafka, two InfluxDB servers and PostgreSQL as processes of our own, and what stands in front of them. */
export interface CityEngines {
  readonly kafka: kafka.KafkaCluster
  /** The network between clients and each broker. */
  readonly links: readonly toxiproxy.Link[]
  readonly influx: readonly InfluxNode[]
  readonly postgres: postgres.PostgresServer
  /** For one more platform on these servers, with topics, buckets and tables of its own. */
  configure(): TrialEngines
  stop(): Promise<void>
}

export interface InfluxNode {
  /** Through this the platform speaks to the server. */
  readonly proxy: FaultyProxy
  kill(): void
  /** On its data, at the same address. */
  start(): Promise<void>
}

export interface EnginesOptions {
  readonly brokers?: 1 | 3
  /** Does something to the folder of Kafka before it starts; what it returns undoes that in the end. */
  readonly prepare?: (kafkaFolder: string) => () => void
}

const SERVERS = ['influx-1', 'influx-2'] as const

export async function installEngines(say: (line: string) => void): Promise<void> {
  for (const engine of [kafka, influxdb, postgres, toxiproxy]) await engine.install(say)
}

async function startEngines({ brokers = 1, prepare }: EnginesOptions = {}): Promise<CityEngines> {
  const folder = mkdtempSync(join(tmpdir(), 'quartier-engines-'))
  chmodSync(folder, 0o711) // PostgreSQL runs as a user of its own
  const started: { stop(): Promise<void> }[] = []
  let undo: (() => void) | undefined
  const later = <S extends { stop(): Promise<void> }>(server: S): S => {
    started.unshift(server)
    return server
  }
  const stop = undoLater(async () => {
    await Promise.allSettled(started.map((server) => server.stop()))
    undo?.()
    rmSync(folder, { recursive: true, force: true })
  })
  try {
    const network = later(await toxiproxy.start({ folder: join(folder, 'toxiproxy') }))
    const links: toxiproxy.Link[] = []
    const kafkaFolder = join(folder, 'kafka')
    mkdirSync(kafkaFolder)
    undo = prepare?.(kafkaFolder)
    const behind = async (id: number, port: number) => {
      const link = await network.link(`broker-${id}`, port)
      links.push(link)
      return link.port
    }
    const [log, records, ...influx] = await Promise.all([
      kafka.start({ folder: kafkaFolder, brokers, ...(brokers === 1 && { behind }) }).then(later),
      postgres.start({ folder: join(folder, 'postgres') }).then(later),
      ...SERVERS.map((name) => influxNode(join(folder, name), name).then(later)),
    ])
    let platforms = 0
    return {
      ...{ kafka: log, links, influx, postgres: records, stop },
      configure: () =>
        configure(join(folder, `platform-${++platforms}`), log.bootstrap, influx, records.url, platforms),
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Does `work` with engines of its own, which it may break, and with platforms that use them. */
export async function onEngines(
  engineOptions: EnginesOptions,
  options: FaultOptions,
  work: (engines: CityEngines, options: FaultOptions) => Promise<Findings>,
): Promise<Findings> {
  const engines = await startEngines(engineOptions)
  const open: OpenTrial = (trial = {}) => options.open({ ...trial, engines: engines.configure() })
  try {
    return await work(engines, { ...options, open })
  } finally {
    await engines.stop()
  }
}

interface Node extends InfluxNode {
  readonly direct: influxdb.InfluxServer
  stop(): Promise<void>
}

async function influxNode(folder: string, name: string): Promise<Node> {
  let running = await influxdb.start({ folder })
  const { url, org, token } = running
  const proxy = await startProxy({ url, org, token, name }, () => 'pass')
  return {
    proxy,
    direct: running,
    kill() {
      for (const pid of running.pids) process.kill(pid, 'SIGKILL')
    },
    async start() {
      running = await influxdb.start({ folder, port: Number(new URL(url).port) })
    },
    async stop() {
      await proxy.close()
      await running.stop()
    },
  }
}

function configure(
  folder: string,
  brokers: string,
  influx: readonly Node[],
  postgresUrl: string,
  number: number,
): TrialEngines {
  mkdirSync(folder)
  const secret = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return name
  }
  const url = new URL(postgresUrl)
  const passwordFile = secret('postgres-password', url.password)
  url.password = ''
  const file = (name: string, urlOf: (node: Node) => string): string => {
    const servers = influx.map((node, i) => ({
      ...{ name: SERVERS[i], url: urlOf(node), org: node.direct.org },
      tokenFile: secret(`influx-token-${i}`, node.direct.token),
    }))
    const engines = {
      log: { engine: 'kafka', brokers, prefix: `trial-${number}.` },
      store: { engine: 'influxdb', servers, bucket: `trial-${number}` },
      records: { engine: 'postgres', url: url.href, passwordFile, schema: `trial_${number}` },
    }
    const path = join(folder, name)
    writeFileSync(path, JSON.stringify({ engines }, null, 2))
    return path
  }
  const direct: EnginesConfig = loadEngines({ file: file('direct.json', (node) => node.direct.url) })
  return {
    config: file('platform.json', (node) => node.proxy.server.url),
    openLog: (dataDir) => openLog(direct, { dataDir }),
    openStore: (dataDir) => openStoreReader(direct, { dataDir }),
    openRecords: (dataDir) => openRecords(direct, { dataDir }),
    async held(source) {
      const all = await Promise.all(
        influx.map(({ direct: { url, org, token } }) =>
          heldIn({ url, org, token, bucket: direct.store.bucket }, 'n', source),
        ),
      )
      return { count: sum(all.map((h) => h.count)), checksum: sum(all.map((h) => h.checksum)) }
    },
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0)
