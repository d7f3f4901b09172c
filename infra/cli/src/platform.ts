import { announceClock } from '@quartier/contracts/clock'
import type { Launch } from '@quartier/contracts/runtime'
import { type Installation, withLog } from './installation.ts'
import type { ServiceName } from './services.ts'
import { type Supervised, supervise } from './supervisor.ts'

export interface UpOptions extends Installation {
  readonly sensors: number
  /** Seconds between two readings of every simulated sensor; each kind of device has its own when absent. */
  readonly interval?: number
  readonly seed: number
  /** The configuration's when absent. */
  readonly port?: number
  readonly mqttPort?: number
  readonly speed: number
  readonly logLevel?: string
  readonly processes: boolean
  readonly demo: boolean
  /** Anonymous MQTT access on loopback without the demonstration; for tests. */
  readonly anonymous?: boolean
  /** Settings by service over everything else; for benchmarks. */
  readonly settings?: Readonly<Record<string, object>>
  /** Services left out; for benchmarks. */
  readonly without?: readonly ServiceName[]
}

export interface Platform {
  readonly url: string
  readonly mqttUrl: string
  readonly services: readonly Supervised[]
  stop(): Promise<void>
}

/** Each service gets this long to drain and stop; all together stay below the five seconds promised for Ctrl-C. */
const GRACE_MS: Readonly<Record<ServiceName, number>> = {
  simulators: 800,
  gateway: 1_500,
  'command-center': 800,
  ingest: 1_800,
}

/** Starts every service in order; stops what was started when one fails. */
export async function startPlatform(options: UpOptions): Promise<Platform> {
  const services: Supervised[] = []
  const stop = async () => {
    for (const service of services.toReversed()) await service.stop(GRACE_MS[service.name])
  }
  const say = (line: string) => process.stderr.write(`Quartier: ${line}\n`)
  const setting = { originAt: Date.now(), startedAt: Date.now(), speed: options.speed }
  const clock = options.speed === 1 ? null : setting
  await withLog(options, (log) => announceClock(log, setting))
  const open = async (name: ServiceName, overrides: object) => {
    const launch: Launch = {
      configFile: options.config,
      engines: options.engines,
      overrides: {
        dataDir: options.data,
        logLevel: options.logLevel ?? (options.demo ? 'error' : 'warn'),
        clock,
        ...overrides,
        ...options.settings?.[name],
      },
    }
    const service = await supervise(name, launch, {
      processes: options.processes,
      onRestart: (who, how, delayMs) => say(`${who} ${how}; starting it again in ${delayMs} ms`),
      onReady: (who) => say(`${who} is back`),
    })
    services.push(service)
    return service.info
  }
  try {
    await open('ingest', {})
    const gateway = await open('gateway', {
      port: options.mqttPort,
      allowAnonymous: options.demo || options.anonymous === true,
    })
    const mqttUrl = `mqtt://127.0.0.1:${gateway.port}`
    const page = options.without?.includes('command-center') ? {} : await open('command-center', { port: options.port })
    if (options.demo)
      await open('simulators', {
        url: mqttUrl,
        sensors: options.sensors,
        intervalMs: options.interval === undefined ? undefined : options.interval * 1_000,
        seed: options.seed,
      })
    return { url: String(page.url ?? ''), mqttUrl, services, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
