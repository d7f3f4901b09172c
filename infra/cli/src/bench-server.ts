import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { StartServer } from '@quartier/tests/load/state-bench'
import { supervise } from './supervisor.ts'

/** A command-center server for a benchmark: a process of its own on a free port, on whatever the installation holds. */
export const startServerForBench: StartServer = async ({ data, configFile }) => {
  const launch = { configFile, overrides: { dataDir: data, port: 0, logLevel: 'warn' } }
  const server = await supervise('command-center', launch, { processes: true })
  return { url: String(server.info.url), pid: server.pid as number, stop: () => server.stop(5_000) }
}

/** `quartier import` as a process of its own, as people start it. */
export async function importForBench(file: string, data: string): Promise<void> {
  const program = fileURLToPath(new URL('main.ts', import.meta.url))
  const args = [...process.execArgv, program, 'import', file, '--data', data]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`quartier import ended with code ${code}`)
}
