import type { StartPlatform } from '@quartier/tests/load/bench-platform'
import { paths } from './installation.ts'
import { startPlatform } from './platform.ts'

/** A platform for a benchmark: every service a process of its own, no simulated district, free ports. */
export const startForBench: StartPlatform = async ({ data, commandCenter, settings }) => {
  const platform = await startPlatform({
    sensors: 0,
    seed: 0,
    port: 0,
    mqttPort: 0,
    data,
    speed: 1,
    logLevel: 'error',
    processes: true,
    demo: false,
    anonymous: true,
    settings,
    without: commandCenter ? [] : ['command-center'],
  })
  return {
    mqttPort: Number(new URL(platform.mqttUrl).port),
    storeSocket: paths(data).storeSocket,
    pids: () => platform.services.map(({ name, pid }) => ({ name, pid: pid as number })),
    stop: () => platform.stop(),
  }
}
