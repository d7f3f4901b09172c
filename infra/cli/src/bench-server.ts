import type { StartServer } from '@quartier/tests/load/state-bench'
import { supervise } from './supervisor.ts'

/** A command-center server for a benchmark: a process of its own on a free port, on whatever the installation holds. */
export const startServerForBench: StartServer = async ({ data, configFile }) => {
  const launch = { configFile, overrides: { dataDir: data, port: 0, logLevel: 'warn' } }
  const server = await supervise('command-center', launch, { processes: true })
  return { url: String(server.info.url), pid: server.pid as number, stop: () => server.stop(5_000) }
}
