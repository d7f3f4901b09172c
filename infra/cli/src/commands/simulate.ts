import { writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { createLogger, loadConfig, wallClock } from '@quartier/contracts/runtime'
import { createDistrict, type Simulation, start, truthOf, USUAL, type WorldSettings } from '@quartier/simulators'
import { simulatorsConfig } from '@quartier/simulators/config'
import { type Command, Option } from 'commander'
import { Registry } from 'prom-client'
import { usage } from '../exit.ts'
import type { Installation } from '../installation.ts'
import { configOption, dataOption, decimal, durationMs, MQTT_PORT, whole } from '../options.ts'
import { duration } from '../progress.ts'

interface SimulateOptions extends Installation {
  readonly url: string
  readonly name: string
  readonly secret: string
  readonly source: string
  readonly sensors: number
  readonly seed: number
  readonly interval?: number
  readonly connections?: number
  readonly speed: number
  readonly for?: number
  readonly history?: number
  readonly every: number
  readonly truthFile?: string
  readonly profile?: string
  readonly report?: string
}

const REPORT_MS = 2_000
const SOURCE_DEFAULT = 'simulated'
const DAY = 86_400_000

export function add(program: Command): void {
  program
    .command('simulate')
    .description('drive the simulated district against a gateway on this machine')
    .addOption(new Option('--url <url>', 'MQTT gateway').default(`mqtt://127.0.0.1:${MQTT_PORT}`))
    .option('--name <name>', 'MQTT user name; anonymous without', '')
    .option('--secret <secret>', 'secret of that name', '')
    .option(
      '--source <name>',
      'first part of its series keys, so that it stands apart from the demonstration',
      SOURCE_DEFAULT,
    )
    .option('--sensors <n>', 'simulated sensors', whole(1, 650_000), 2_500)
    .option('--seed <n>', 'seed of the district and of all values', whole(0, 2 ** 31 - 1), 31)
    .option('--interval <s>', 'seconds between two readings of every sensor', decimal(0.05, 86_400))
    .option('--connections <n>', 'MQTT connections (one per gateway otherwise)', whole(1, 20_000))
    .option('--speed <x>', "how fast the district's days pass", decimal(0.001, 10_000), 1)
    .option('--for <duration>', 'stop after this long, such as 10m', durationMs)
    .option('--history <duration>', 'no MQTT: its past, such as 365d, straight into the store of --data', durationMs)
    .option('--every <duration>', 'of history: time between two readings of a series', durationMs, 300_000)
    .option(
      '--profile <file>',
      'a load test: a file, or look, evening-peak, small-messages, every-fault, district-650k; on a platform of its own without --url',
    )
    .option('--report <prefix>', 'of a load test: beginning of the names of its two report files')
    .option(
      '--truth-file <file>',
      'only write what really happens in the district, from a year ago to a month ahead, as JSON',
    )
    .addOption(dataOption())
    .addOption(configOption())
    .action(run)
}

async function run(options: SimulateOptions, command: Command): Promise<void> {
  mustBeAllowed(options.url, options.config)
  if (options.profile !== undefined) {
    const { simulateProfile } = await import('../simulate-profile.ts')
    const url = command.getOptionValueSource('url') === 'cli' ? options.url : undefined
    return await simulateProfile({ ...options, profile: options.profile, url })
  }
  if (options.truthFile) return writeTruth(options.truthFile, options)
  if (options.history === undefined) return await simulate(options)
  const { simulateHistory } = await import('../simulate-history.ts')
  // The demonstration's own district, so that `up` goes on where its past ends.
  const source = options.source === SOURCE_DEFAULT ? undefined : options.source
  await simulateHistory({ ...options, source, history: options.history, world: worldOf(options) })
}

function writeTruth(file: string, options: SimulateOptions): void {
  const { seed, sensors } = options
  const model = createDistrict({ seed, sensors })
  const now = Date.now()
  const truth = truthOf(model, seed, worldOf(options), now - 365 * DAY, now + 30 * DAY)
  writeFileSync(file, `${JSON.stringify(truth, null, 1)}\n`)
  process.stderr.write(
    `${file}: ${truth.failures.length} failures, ${truth.incidents.length} incidents, ${truth.events.length} events.\n`,
  )
}

async function simulate(options: SimulateOptions): Promise<void> {
  const simulation = await start(
    { logger: createLogger('simulate', 'warn'), clock: wallClock, metrics: new Registry() },
    {
      url: options.url,
      name: options.name,
      secret: options.secret,
      source: options.source,
      sensors: options.sensors,
      seed: options.seed,
      intervalMs: options.interval === undefined ? null : options.interval * 1_000,
      connections: options.connections ?? null,
      window: 32,
      backlog: 2_000,
      speed: options.speed,
      allowedTargets: [],
      world: worldOf(options),
    },
  )
  const startedAt = Date.now()
  let ending = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      ending = true
    })
  while (!ending && !(options.for && Date.now() - startedAt >= options.for)) {
    await wait(Math.min(REPORT_MS, options.for ?? REPORT_MS))
    report(simulation, startedAt)
  }
  await simulation.stop()
  report(simulation, startedAt)
  process.stderr.write('\n')
}

/** How often things go wrong in the district: as the configuration says. */
const worldOf = ({ config }: SimulateOptions): WorldSettings =>
  config ? loadConfig(simulatorsConfig, { service: 'simulators', file: config }).world : USUAL

/**
 * Load goes to this machine: a generator pointed at somebody else's broker is an attack. Another host must stand in the
 * configuration, `simulators.allowedTargets`.
 */
export function mustBeAllowed(url: string, config?: string): void {
  const host = new URL(url).hostname
  if (['localhost', '[::1]'].includes(host) || host.startsWith('127.')) return
  if (config && loadConfig(simulatorsConfig, { service: 'simulators', file: config }).allowedTargets.includes(host))
    return
  throw usage(
    `${url} is not on this machine. Simulated load goes to loopback addresses only, unless a configuration file names the host in simulators.allowedTargets.`,
  )
}

function report(simulation: Simulation, startedAt: number): void {
  const c = simulation.counts()
  const n = (value: number) => value.toLocaleString('en')
  const trouble = [
    c.lateMessages > 0 ? `${n(c.lateMessages)} messages late` : '',
    c.givenUpMessages > 0 ? `${n(c.givenUpMessages)} given up` : '',
  ].filter(Boolean)
  const line =
    `${duration((Date.now() - startedAt) / 1_000)}: ${n(c.connected)} connected, ${n(c.sentReadings)} readings sent, ` +
    `${n(c.acknowledgedReadings)} acknowledged${trouble.length > 0 ? `, ${trouble.join(', ')}` : ''}`
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[2K${line}` : `${line}\n`)
}
