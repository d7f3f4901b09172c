import { resolve } from 'node:path'
import type { EnginesConfig } from '@quartier/contracts/engines'
import { ensureFirstAdministrator } from '@quartier/server/first-administrator'
import { type Command, InvalidArgumentError } from 'commander'
import { checkConfigFile } from '../check-config.ts'
import { lockDataFolder, watchDataFolder } from '../data-lock.ts'
import { type PreparedDistrict, prepareDistrict } from '../demo-district.ts'
import { EXIT, fail } from '../exit.ts'
import { enginesOf, withRecords } from '../installation.ts'
import { configOption, dataOption, decimal, HTTP_PORT, MQTT_PORT, whole } from '../options.ts'
import { type Platform, startPlatform, type UpOptions } from '../platform.ts'
import { SERVICES, type ServiceName } from '../services.ts'

const STOP_WITHIN_MS = 5_000

export function add(program: Command): void {
  program
    .command('up')
    .description('start the platform with a simulated district on this machine')
    .option('--sensors <n>', 'simulated sensors', whole(1, 650_000), 2_500)
    .option(
      '--interval <s>',
      'seconds between two readings of every sensor (each kind has its own otherwise)',
      decimal(0.1, 3_600),
    )
    .option('--seed <n>', 'seed of the simulated district', whole(0, 2 ** 31 - 1), 31)
    .option('--port <n>', `port of the web page (the configuration's otherwise, ${HTTP_PORT})`, whole(0, 65_535))
    .option(
      '--mqtt-port <n>',
      `port of the MQTT gateway (the configuration's otherwise, ${MQTT_PORT})`,
      whole(0, 65_535),
    )
    .option('--mqtts-port <n>', "port of MQTT through TLS (the configuration's otherwise: none)", whole(0, 65_535))
    .addOption(dataOption())
    .addOption(configOption())
    .option('--speed <x>', 'platform clock: simulated seconds per real second', decimal(1, 1_000), 1)
    .option('--log-level <level>', 'debug, info, warn, error or silent (warn; error in the demonstration)')
    .option(
      '--only <services>',
      'of gateway, ingest and command-center only these, separated by commas: the others of the installation run elsewhere',
      serviceNames,
    )
    .option('--processes', 'run every service as a process of its own', false)
    .option('--no-demo', 'no simulated district and no anonymous access: only what you connect')
    .action(up)
}

async function up(given: UpOptions): Promise<void> {
  const options = given.only ? { ...given, demo: false } : given
  if (options.config) checkConfigFile(options.config)
  const release = lockDataFolder(options.data)
  let platform: Platform | undefined
  let stopping = false
  const stop = async (code: number) => {
    if (stopping) return
    stopping = true
    const forced = setTimeout(() => process.exit(code || 1), STOP_WITHIN_MS)
    unwatch()
    process.stderr.write('\nQuartier: stopping …\n')
    await platform?.stop()
    release()
    clearTimeout(forced)
    process.stderr.write('Quartier: stopped. Everything accepted is on disk.\n')
    process.exit(code)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0))
  const unwatch = watchDataFolder(options.data, () => {
    const where = resolve(options.data)
    process.stderr.write(`\nQuartier: the data folder ${where} is gone. Nothing can be kept: stopping.\n`)
    process.exit(EXIT.unavailable)
  })
  try {
    const district = await prepareDistrict(options)
    platform = await startPlatform(options)
    // Last, so that nothing that fails before can take the password with it.
    const administrator = platform.url ? await withRecords(options, ensureFirstAdministrator) : undefined
    greet(options, platform, district, administrator)
  } catch (error) {
    await platform?.stop()
    release()
    fail(error)
  }
}

function greet(
  options: UpOptions,
  platform: Platform,
  district: PreparedDistrict | undefined,
  administrator: { readonly name: string; readonly password: string } | undefined,
): void {
  const out = (line = '') => process.stdout.write(`${line}\n`)
  out()
  out(`  Quartier is running.${platform.url ? `   Open  ${platform.url}` : ''}`)
  out()
  if (administrator) {
    out(`  Sign in as     ${administrator.name}`)
    out(`  Password       ${administrator.password}`)
    out('                 shown this once; `quartier password` makes a new one')
    out()
  }
  const access = options.demo ? '   (demonstration: anonymous access, this machine only)' : ''
  if (platform.mqttUrl) out(`  MQTT           ${platform.mqttUrl}${access}`)
  if (platform.mqttsUrl) out(`  MQTT and TLS   ${platform.mqttsUrl}`)
  out(`  Data           ${resolve(options.data)}`)
  const engines = describeEngines(enginesOf(options))
  if (engines) out(`  Engines        ${engines}`)
  if (district) out(`  Demonstration  ${district.name}: ${district.series.toLocaleString('en')} simulated sensors`)
  else if (platform.mqttUrl)
    out('  Waiting for devices: `quartier device add` lets one in, docs/sources/devices.md tells how.')
  if (options.speed !== 1) out(`  Clock          ${options.speed} simulated seconds per second`)
  out(
    `  Services       ${platform.services.map((s) => s.name).join(', ')} (${options.processes ? 'processes' : 'threads of one process'})`,
  )
  out()
  out('  Ctrl-C stops it; starting again goes on from the data on disk.')
}

function serviceNames(text: string): ServiceName[] {
  const known = Object.keys(SERVICES).filter((name) => name !== 'simulators')
  const names = text.split(',').map((name) => name.trim())
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0) throw new InvalidArgumentError(`there is no ${unknown.join(', ')}, but ${known.join(', ')}.`)
  return names as ServiceName[]
}

/** The engines that are not embedded; empty when all are. */
function describeEngines({ log, store, records }: EnginesConfig): string {
  const servers = store.servers.length === 1 ? 'one server' : `${store.servers.length} servers`
  return [
    log.engine === 'kafka' ? `Kafka (${log.brokers})` : '',
    store.engine === 'influxdb' ? `InfluxDB (${servers})` : '',
    records.engine === 'postgres' ? `PostgreSQL (${new URL(records.url).host})` : '',
  ]
    .filter(Boolean)
    .join(', ')
}
