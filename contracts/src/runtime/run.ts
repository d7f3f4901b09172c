import { mkdirSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { z } from 'zod'
import type { EnginesConfig } from '../engines/config.ts'
import { loadEngines } from '../engines/load.ts'
import { type Clock, scaledClock, wallClock } from './clock.ts'
import { loadConfig } from './config.ts'
import { createLogger, type Logger } from './logger.ts'
import type { ServiceHandle } from './service.ts'
import { settleMemory } from './settle.ts'

/** What every service's configuration has in common; a service spreads these into its own schema. */
export const commonConfig = {
  dataDir: z.string().default('.quartier').describe('folder that holds everything the installation stores'),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info').describe('least level that is logged'),
  clock: z
    .strictObject({ originAt: z.number(), startedAt: z.number(), speed: z.number().positive() })
    .nullable()
    .default(null)
    .describe('scaled platform clock, as announced on clock.v1; null is the wall clock'),
}

export interface ServiceBase {
  /** What keeps log, readings and records; `@quartier/contracts/engines` opens them. */
  readonly engines: EnginesConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Registry
}

/** A service that tells its parent where it can be reached, such as `{ port: 1883 }`. */
export interface RunningService extends ServiceHandle {
  readonly info?: Readonly<Record<string, unknown>>
}

/** What the parent of a service passes in: a worker thread's `workerData`, a child process's QUARTIER_LAUNCH. */
export interface Launch {
  readonly configFile?: string
  readonly overrides?: object
  /** Over the section `engines`, which is the same for all services. */
  readonly engines?: object
}

export type FromService =
  | { readonly type: 'ready'; readonly info: Readonly<Record<string, unknown>> }
  | { readonly type: 'failed'; readonly code: string; readonly message: string }

/**
 * The body of every `main.ts`: reads the configuration, starts the service, serves its metrics on
 * `<dataDir>/run/<service>.sock`, stops it on SIGTERM, SIGINT or the parent's "stop". Runs alike as a worker thread
 * of `quartier up`, as its child process and as a program of its own.
 */
export async function runService<S extends z.ZodObject<typeof commonConfig>>(
  service: string,
  schema: S,
  start: (config: Readonly<z.output<S>>, base: ServiceBase) => Promise<RunningService>,
): Promise<void> {
  const launch = readLaunch()
  let running: RunningService | undefined
  let server: Server | undefined
  let stopping = false
  const stop = async (code: number) => {
    if (stopping) return
    stopping = true
    await running?.stop()
    server?.closeAllConnections()
    server?.close()
    leave(code)
  }
  try {
    const sources = { file: launch.configFile, env: process.env }
    const config = loadConfig(schema, { ...sources, service, overrides: launch.overrides })
    const engines = loadEngines({ ...sources, overrides: launch.engines })
    const logger = createLogger(service, config.logLevel)
    const metrics = new Registry()
    if (isMainThread) collectProcessMetrics(metrics)
    metrics.setDefaultLabels({ service })
    process.on('unhandledRejection', (error) => {
      logger.error({ err: error }, 'service.broken')
      leave(70)
    })
    const clock = config.clock ? scaledClock(config.clock) : wallClock
    running = await start(config, { engines, logger, metrics, clock })
    server = serveMetrics(config.dataDir, service, metrics)
    onStop(() => void stop(0))
    settleMemory()
    tell({ type: 'ready', info: running.info ?? {} })
  } catch (error) {
    const code = (error as { code?: string }).code ?? 'FAILED'
    const message = error instanceof Error ? error.message : String(error)
    tell({ type: 'failed', code, message })
    if (isMainThread && !process.send) process.stderr.write(`${message}\n`)
    leave(78)
  }
}

function readLaunch(): Launch {
  if (!isMainThread) return (workerData as { launch?: Launch } | null)?.launch ?? {}
  const text = process.env.QUARTIER_LAUNCH
  return text ? (JSON.parse(text) as Launch) : { configFile: process.env.QUARTIER_CONFIG }
}

function tell(message: FromService): void {
  if (parentPort) parentPort.postMessage(message)
  // A parent that has died hears nothing.
  else if (process.connected) process.send?.(message, undefined, {}, () => {})
}

function onStop(stop: () => void): void {
  const heard = (message: unknown) => {
    if (message === 'stop') stop()
  }
  if (parentPort) parentPort.on('message', heard)
  else {
    process.on('message', heard)
    process.on('disconnect', stop)
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
  }
}

function leave(code: number): void {
  if (isMainThread) process.exitCode = code
  parentPort?.close()
  setImmediate(() => process.exit(code))
}

/** Prometheus text on a local socket: the command centre gathers those of one machine, `/metrics` shows them. */
function serveMetrics(dataDir: string, service: string, metrics: Registry): Server {
  const folder = join(dataDir, 'run')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, `${service}.sock`)
  rmSync(path, { force: true })
  const server = createServer((_request, response) => {
    metrics.metrics().then(
      (text) => response.setHeader('content-type', metrics.contentType).end(text),
      (error) => response.writeHead(500).end(String(error)),
    )
  })
  server.listen(path)
  server.unref()
  return server
}

/** Those that make a list of all sockets to count them, each time somebody asks: a gateway of 17,000 paid 4 % for that. */
const COSTLY = ['nodejs_active_handles', 'nodejs_active_resources']

function collectProcessMetrics(metrics: Registry): void {
  collectDefaultMetrics({ register: metrics })
  for (const name of COSTLY) {
    metrics.removeSingleMetric(name)
    metrics.removeSingleMetric(`${name}_total`)
  }
}
