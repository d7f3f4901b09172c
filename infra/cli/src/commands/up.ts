import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { lockDataFolder } from '../data-lock.ts'
import { prepareDistrict } from '../demo-district.ts'
import { fail } from '../exit.ts'
import { decimal, HTTP_PORT, MQTT_PORT, whole } from '../options.ts'
import { type Platform, startPlatform, type UpOptions } from '../platform.ts'

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
    .option('--port <n>', 'port of the web page', whole(0, 65_535), HTTP_PORT)
    .option('--mqtt-port <n>', 'port of the MQTT gateway', whole(0, 65_535), MQTT_PORT)
    .option('--data <folder>', 'folder that holds everything the installation stores', '.quartier')
    .option('--config <file>', 'configuration file (JSON, one section per service)')
    .option('--speed <x>', 'platform clock: simulated seconds per real second', decimal(1, 1_000), 1)
    .option('--log-level <level>', 'debug, info, warn, error or silent', 'warn')
    .option('--processes', 'run every service as a process of its own', false)
    .option('--no-demo', 'no simulated district and no anonymous access: only what you connect')
    .action(up)
}

async function up(options: UpOptions): Promise<void> {
  if (options.config && !existsSync(options.config))
    fail(new Error(`there is no configuration file ${resolve(options.config)}`))
  const release = lockDataFolder(options.data)
  let platform: Platform | undefined
  let stopping = false
  const stop = async (code: number) => {
    if (stopping) return
    stopping = true
    const forced = setTimeout(() => process.exit(code || 1), STOP_WITHIN_MS)
    process.stderr.write('\nQuartier: stopping …\n')
    await platform?.stop()
    release()
    clearTimeout(forced)
    process.stderr.write('Quartier: stopped. Everything accepted is on disk.\n')
    process.exit(code)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0))
  try {
    const prepared = await prepareDistrict(options)
    platform = await startPlatform(options)
    greet(options, platform, prepared)
  } catch (error) {
    await platform?.stop()
    release()
    fail(error)
  }
}

function greet(options: UpOptions, platform: Platform, prepared: Awaited<ReturnType<typeof prepareDistrict>>): void {
  const out = (line = '') => process.stdout.write(`${line}\n`)
  out()
  out(`  Quartier is running.   Open  ${platform.url}`)
  out()
  if (prepared.administrator) {
    out(`  Sign in as     ${prepared.administrator.name}`)
    out(`  Password       ${prepared.administrator.password}`)
    out('                 shown this once; change it under People')
    out()
  }
  out(
    `  MQTT           ${platform.mqttUrl}${options.demo ? '   (demonstration: anonymous access, this machine only)' : ''}`,
  )
  out(`  Data           ${resolve(options.data)}`)
  if (options.demo) {
    out(`  Demonstration  ${prepared.district}: ${prepared.series.toLocaleString('en')} simulated sensors`)
  } else out('  Waiting for devices: docs/mqtt.md tells how to connect the first one.')
  if (options.speed !== 1) out(`  Clock          ${options.speed} simulated seconds per second`)
  out(
    `  Services       ${platform.services.map((s) => s.name).join(', ')} (${options.processes ? 'processes' : 'threads of one process'})`,
  )
  out()
  out('  Ctrl-C stops it; starting again goes on from the data on disk.')
}
