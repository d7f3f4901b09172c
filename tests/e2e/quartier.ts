import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../infra/cli/src/main.ts', import.meta.url))
const NODE_FLAGS = [...process.execArgv, MAIN]

/** Runs a command of `quartier` to its end. */
export function quartier(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...NODE_FLAGS, ...args], { encoding: 'utf8' })
  return { code: status, stdout, stderr }
}

export interface Up {
  readonly url: string
  readonly mqttUrl: string
  readonly mqttPort: number
  /** Only at the first start on a data folder. */
  readonly password: string | undefined
  readonly process: ChildProcess
  /** What it has printed. */
  said(): string
  /** Sends SIGINT and resolves to the exit code and the milliseconds it took. */
  interrupt(): Promise<{ code: number | null; ms: number }>
}

/** Starts `quartier up` on free ports and resolves when it says that it runs. */
export async function up(data: string, ...args: string[]): Promise<Up> {
  const child = spawn(process.execPath, [
    ...NODE_FLAGS,
    'up',
    '--port',
    '0',
    '--mqtt-port',
    '0',
    '--data',
    data,
    ...args,
  ])
  let out = ''
  let trouble = ''
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  child.stderr.on('data', (chunk) => {
    trouble += chunk
  })
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      out += chunk
      if (out.includes('Ctrl-C')) resolve()
    })
    void ended.then((code) => reject(new Error(`quartier up ended with code ${code}: ${trouble}`)))
  })
  const mqttUrl = /(mqtt:\/\/\S+)/.exec(out)?.[1] ?? ''
  return {
    url: /Open\s+(http:\S+)/.exec(out)?.[1] ?? '',
    mqttUrl,
    mqttPort: Number(new URL(mqttUrl).port),
    password: /Password\s+(\S+)/.exec(out)?.[1],
    process: child,
    said: () => out,
    async interrupt() {
      const began = performance.now()
      child.kill('SIGINT')
      return { code: await ended, ms: performance.now() - began }
    },
  }
}
