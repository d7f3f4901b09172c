import { announceClock, type ClockSetting, readClockSetting } from '@quartier/contracts/clock'
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
  /** Of MQTT through TLS. */
  readonly mqttsPort?: number
  readonly speed: number
  readonly logLevel?: string
  readonly processes: boolean
  readonly demo: boolean
  /** Anonymous MQTT access on loopback without the demonstration; for tests. */
  readonly anonymous?: boolean
  /** Settings by service over everything else; for benchmarks. */
  readonly settings?: Readonly<Record<string, object>>
  /** The services that run here; all by default. The others of the installation run elsewhere. */
  readonly only?: readonly ServiceName[]
  /** Services left out; for benchmarks. */
  readonly without?: readonly ServiceName[]
}

export interface Platform {
  /** Of the page and of MQTT; empty when that service does not run here. */
  readonly url: string
  readonly mqttUrl: string
  /** The same through TLS; empty when the gateway does not speak it. */
  readonly mqttsUrl: string
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
  const clock = await clockOf(options)
  const isWanted = (name: ServiceName) => (options.only?.includes(name) ?? true) && !options.without?.includes(name)
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
    if (isWanted('ingest')) await open('ingest', {})
    let mqttUrl = ''
    let mqttsUrl = ''
    if (isWanted('gateway')) {
      const allowAnonymous = options.demo || options.anonymous === true
      const { mqttPort, mqttsPort } = options
      const tls = mqttsPort === undefined ? undefined : { port: mqttsPort }
      const { port, tlsPort } = await open('gateway', { port: mqttPort, allowAnonymous, tls })
      mqttUrl = `mqtt://127.0.0.1:${port}`
      if (typeof tlsPort === 'number') mqttsUrl = `mqtts://localhost:${tlsPort}`
    }
    const page = isWanted('command-center') ? await open('command-center', { port: options.port }) : {}
    if (options.demo && isWanted('simulators'))
      await open('simulators', {
        url: mqttUrl,
        sensors: options.sensors,
        intervalMs: options.interval === undefined ? undefined : options.interval * 1_000,
        seed: options.seed,
      })
    return { url: String(page.url ?? ''), mqttUrl, mqttsUrl, services, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The clock that all services of the installation go by: ours, or that of those who run elsewhere already. */
async function clockOf(options: UpOptions): Promise<ClockSetting | null> {
  const own = { originAt: Date.now(), startedAt: Date.now(), speed: options.speed }
  const setting = await withLog(options, async (log) => {
    if (options.only) return (await readClockSetting(log)) ?? own
    await announceClock(log, own)
    return own
  })
  return setting.speed === 1 ? null : setting
}
