import { ensureFirstAdministrator } from '@quartier/server/first-administrator'
import type { StartPlatform } from '@quartier/tests/load/bench-platform'
import type { StartOnEngines } from '@quartier/tests/load/cluster-bench'
import { paths, withRecords } from './installation.ts'
import { startPlatform } from './platform.ts'

const BENCH = {
  sensors: 0,
  seed: 0,
  port: 0,
  mqttPort: 0,
  speed: 1,
  logLevel: 'error',
  processes: true,
  demo: false,
  anonymous: true,
} as const

/** A platform for a benchmark: every service a process of its own, no simulated district, free ports. */
export const startForBench: StartPlatform = async ({ data, commandCenter, settings }) => {
  const platform = await startPlatform({
    ...BENCH,
    data,
    settings,
    without: commandCenter ? [] : ['command-center'],
  })
  return {
    url: platform.url,
    mqttPort: Number(new URL(platform.mqttUrl).port),
    mqttsPort: platform.mqttsUrl ? Number(new URL(platform.mqttsUrl).port) : 0,
    storeSocket: paths(data).storeSocket,
    pids: () => platform.services.map(({ name, pid }) => ({ name, pid: pid as number })),
    stop: () => platform.stop(),
  }
}

/** The same on the engines that a configuration file names, with its page and somebody who may sign in to it. */
export const startOnEngines: StartOnEngines = async ({ data, configFile }) => {
  const administrator = await withRecords({ data, config: configFile }, ensureFirstAdministrator)
  if (!administrator) throw new Error(`the installation of ${configFile} has an administrator already`)
  const platform = await startPlatform({ ...BENCH, data, config: configFile })
  return {
    url: platform.url,
    administrator,
    mqttPort: Number(new URL(platform.mqttUrl).port),
    pids: () => platform.services.map(({ name, pid }) => ({ name, pid: pid as number })),
    stop: () => platform.stop(),
  }
}
