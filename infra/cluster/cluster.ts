// The engines of a city as ordinary processes on loopback, no containers: Kafka, two InfluxDB servers, PostgreSQL.
//   cluster.ts up [--brokers 1|3] [--only kafka,influxdb,postgres]   fetches, builds and starts what is missing
//   cluster.ts status | down [--wipe]
//   cluster.ts test [--brokers 1|3] [--only …] [--skip-missing] [--faults] [vitest's arguments]   a cluster of its own, then the tests
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { endProcesses, isRunning } from './cache.ts'
import * as influxdb from './influxdb.ts'
import * as kafka from './kafka.ts'
import * as postgres from './postgres.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const FOLDER = join(ROOT, '.quartier', 'cluster')
const ENGINES = ['kafka', 'influxdb', 'postgres'] as const
type Engine = (typeof ENGINES)[number]
/** Where `up` puts the engines, so that infra/cluster.yaml finds them; a cluster of a test takes free ports. */
const PORTS = { kafka: 19_092, influxdb: [18_086, 18_087], postgres: 15_432 } as const

interface Started {
  readonly engine: Engine
  readonly what: string
  readonly pids: readonly number[]
  /** Variables that tell tests and services where it is. */
  readonly env: Readonly<Record<string, string>>
}

interface Wanted {
  readonly engines: readonly Engine[]
  readonly brokers: 1 | 3
  readonly ports?: typeof PORTS
  /** Leaves out an engine that cannot be had here: its tests say that they were skipped. */
  readonly skipMissing?: boolean
}

const say = (line: string): void => void process.stderr.write(`${line}\n`)

async function main(): Promise<number> {
  const [command = 'status', ...rest] = process.argv.slice(2)
  const options = {
    brokers: { type: 'string' },
    only: { type: 'string' },
    faults: { type: 'boolean' },
    'skip-missing': { type: 'boolean' },
    wipe: { type: 'boolean' },
  } as const
  const { values, tokens } = parseArgs({ args: rest, options, strict: false, allowPositionals: true, tokens: true })
  const engines =
    typeof values.only === 'string' ? ENGINES.filter((e) => String(values.only).split(',').includes(e)) : ENGINES
  const skipMissing = values['skip-missing'] === true
  const wanted: Wanted = { engines, brokers: values.brokers === '3' ? 3 : 1, skipMissing }
  if (command === 'up') return up(wanted)
  if (command === 'down') return down(values.wipe === true)
  if (command === 'status') return status()
  if (command !== 'test') throw new Error(`unknown command ${command}: up, down, status or test`)
  const ours = new Set<string>(Object.keys(options))
  const theirs = tokens.flatMap((t) => {
    if (t.kind === 'positional') return [t.value]
    if (t.kind !== 'option' || ours.has(t.name)) return []
    return [t.inlineValue && t.value !== undefined ? `${t.rawName}=${t.value}` : t.rawName]
  })
  return test(wanted, values.faults === true, theirs)
}

async function up(wanted: Wanted): Promise<number> {
  const before = readState().filter((s) => s.pids.some(isRunning))
  if (before.length > 0) {
    say('The cluster is up already:')
    return status()
  }
  mkdirSync(FOLDER, { recursive: true })
  await insistOnPorts(wanted)
  await install(wanted)
  await start(FOLDER, { ...wanted, ports: PORTS }, writeState)
  return status()
}

async function down(wipe: boolean): Promise<number> {
  await end(readState())
  rmSync(stateFile(), { force: true })
  if (wipe) rmSync(FOLDER, { recursive: true, force: true })
  say(wipe ? 'The cluster is down, its data removed.' : `The cluster is down; its data stay in ${FOLDER}.`)
  return 0
}

function status(): number {
  const started = readState()
  if (started.length === 0) say('The cluster is down.')
  for (const { what, pids, env } of started) {
    const alive = pids.filter(isRunning).length
    say(`${what}: ${alive === pids.length ? 'up' : `${alive} of ${pids.length} processes up`} (${pids.join(', ')})`)
    for (const [name, value] of Object.entries(env)) process.stdout.write(`export ${name}='${value}'\n`)
  }
  return started.every((s) => s.pids.every(isRunning)) ? 0 : 1
}

/** Starts a cluster in a folder of its own, runs the tests that need one, and removes every trace of it. */
async function test(wanted: Wanted, faults: boolean, vitest: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'quartier-cluster-'))
  chmodSync(folder, 0o711) // PostgreSQL runs as a user of its own
  const started: Started[] = []
  const stop = async () => {
    await end(started)
    rmSync(folder, { recursive: true, force: true })
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void stop().finally(() => process.exit(130)))
  try {
    const engines = await install(wanted)
    await start(folder, { ...wanted, engines }, (all) => void started.splice(0, started.length, ...all))
    const env = {
      ...process.env,
      ...Object.assign({}, ...started.map((s) => s.env)),
      ...(faults && { QUARTIER_TEST_FAULTS: '1' }),
    }
    const args = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'cluster', ...vitest]
    const child = spawn(process.execPath, [...process.execArgv, ...args], {
      cwd: ROOT,
      env,
      stdio: 'inherit',
    })
    return await new Promise<number>((done, fail) => {
      child.on('error', fail)
      child.on('exit', (code) => done(code ?? 1))
    })
  } finally {
    await stop()
  }
}

/** Says beforehand what an engine would only say in its own log. */
async function insistOnPorts({ engines, brokers }: Wanted): Promise<void> {
  const kafkas = Array.from({ length: brokers }, (_, i) => [0, 1, 2].map((n) => PORTS.kafka + 10 * i + n)).flat()
  const wanted = { kafka: kafkas, influxdb: PORTS.influxdb, postgres: [PORTS.postgres] }
  const taken: number[] = []
  for (const port of engines.flatMap((engine) => wanted[engine])) if (!(await isFree(port))) taken.push(port)
  if (taken.length > 0) throw new Error(`the cluster needs ports on 127.0.0.1 that others have: ${taken.join(', ')}`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** Fetches and builds what is missing, and says which engines are there then. */
async function install({ engines, skipMissing }: Wanted): Promise<Engine[]> {
  const modules = { kafka, influxdb, postgres }
  const there: Engine[] = []
  for (const engine of engines) {
    try {
      await modules[engine].install(say)
      there.push(engine)
    } catch (error) {
      if (!skipMissing) throw error
      say(`${engine} cannot be had here, its tests are skipped: ${error instanceof Error ? error.message : error}`)
    }
  }
  return there
}

/** Starts the engines side by side; `tell` hears after each of them what is there, so that nothing is left behind. */
async function start(
  folder: string,
  { engines, brokers, ports }: Wanted,
  tell: (all: readonly Started[]) => void,
): Promise<void> {
  const all: Started[] = []
  const add = (started: Started): void => {
    all.push(started)
    tell(all)
    say(`${started.what}: up`)
  }
  const starts: Record<Engine, () => Promise<void>> = {
    kafka: async () => add(await startKafka(join(folder, 'kafka'), brokers, ports?.kafka)),
    influxdb: async () => add(await startInflux(join(folder, 'influxdb'), ports?.influxdb)),
    postgres: async () => add(await startPostgres(join(folder, 'postgres'), ports?.postgres)),
  }
  const results = await Promise.allSettled(engines.map((engine) => starts[engine]()))
  const failed = results.find((r) => r.status === 'rejected')
  if (!failed) return
  await end(all)
  tell([])
  throw failed.reason
}

async function startKafka(folder: string, brokers: 1 | 3, port?: number): Promise<Started> {
  const { bootstrap, secure, pids } = await kafka.start({ folder, brokers, port })
  const env = { QUARTIER_TEST_KAFKA: bootstrap, QUARTIER_TEST_KAFKA_SECURE: JSON.stringify(secure) }
  return {
    engine: 'kafka',
    what: `Apache Kafka ${kafka.KAFKA_VERSION}, ${brokers} broker${brokers > 1 ? 's' : ''}`,
    pids,
    env,
  }
}

async function startInflux(folder: string, ports: readonly number[] = []): Promise<Started> {
  const one = (name: string, i: number) => influxdb.start({ folder: join(folder, name), port: ports[i] })
  const servers = await Promise.all(['1', '2'].map(one))
  const access = servers.map(({ url, token, org }) => ({ url, token, org }))
  const pids = servers.flatMap((s) => s.pids)
  return {
    engine: 'influxdb',
    what: 'InfluxDB 2, two servers',
    pids,
    env: { QUARTIER_TEST_INFLUX: JSON.stringify(access) },
  }
}

async function startPostgres(folder: string, port?: number): Promise<Started> {
  const { url, pids, version } = await postgres.start({ folder, port })
  return { engine: 'postgres', what: version, pids, env: { QUARTIER_TEST_POSTGRES: url } }
}

/** PostgreSQL waits for its clients on SIGTERM and sends them away on SIGINT. */
async function end(started: readonly Started[]): Promise<void> {
  await Promise.all(started.map((s) => endProcesses(s.pids, 30_000, s.engine === 'postgres' ? 'SIGINT' : 'SIGTERM')))
}

const stateFile = (): string => join(FOLDER, 'cluster.json')

const readState = (): readonly Started[] =>
  existsSync(stateFile()) ? (JSON.parse(readFileSync(stateFile(), 'utf8')) as Started[]) : []

const writeState = (all: readonly Started[]): void =>
  writeFileSync(stateFile(), JSON.stringify(all, null, 2), { mode: 0o600 })

process.exitCode = await main().catch((error: unknown) => {
  say(
    error instanceof Error
      ? `${error.message}${error.cause instanceof Error ? `\n${error.cause.message}` : ''}`
      : String(error),
  )
  return 1
})
