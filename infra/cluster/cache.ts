// What every engine of the test cluster needs: a place for binaries outside the repository, commands, ports, patience.
import { type SpawnOptions, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** Says one line about what is being installed or started. */
export type Say = (line: string) => void

/** The folder (made when missing) that keeps what was fetched or built for `name`, across checkouts. */
export function cacheFolder(name: string): string {
  const folder = join(process.env.QUARTIER_CACHE || join(homedir(), '.cache', 'quartier'), name)
  mkdirSync(folder, { recursive: true })
  return folder
}

/** Runs a command to its end and returns what it printed; throws with the tail of it when it fails. */
export function run(
  command: string,
  args: readonly string[],
  options: Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid'> & { readonly input?: string } = {},
): Promise<string> {
  const { input, ...spawnOptions } = options
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...spawnOptions, stdio: 'pipe' })
    let output = ''
    const keep = (chunk: Buffer) => {
      output += chunk.toString()
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.stdin.on('error', () => {}) // a command that reads no input closes it: its exit status says what happened
    child.stdin.end(input)
    child.on('error', (cause) => reject(new Error(`${command} could not be started: ${cause.message}`, { cause })))
    child.on('close', (status, signal) => {
      if (status === 0) resolve(output)
      else reject(new Error(`${[command, ...args].join(' ')} ended with ${status ?? signal}:\n${output.slice(-4000)}`))
    })
  })
}

/** A TCP port on loopback that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

/**
 * Asks `fn` until it gives something other than `undefined` or `false`, and returns that.
 * @throws with `what` and the last error when `limitMs` have passed
 */
export async function waitFor<T>(
  what: string,
  limitMs: number,
  fn: () => T | Promise<T>,
): Promise<Exclude<T, undefined | false>> {
  const until = Date.now() + limitMs
  let last: unknown
  for (;;) {
    try {
      const answer = await fn()
      if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>
      last = undefined
    } catch (error) {
      last = error
    }
    if (Date.now() >= until) throw new Error(`waited ${limitMs / 1000} s for ${what}`, { cause: last })
    await delay(50)
  }
}

/** Whether a process is there. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Ends processes: asks first, and makes sure after `patienceMs`. */
export async function endProcesses(
  pids: readonly number[],
  patienceMs = 15_000,
  ask: NodeJS.Signals = 'SIGTERM',
): Promise<void> {
  const signal = (pid: number, name: NodeJS.Signals) => {
    try {
      process.kill(pid, name)
    } catch {
      // already gone
    }
  }
  for (const pid of pids) signal(pid, ask)
  const gone = () => pids.every((pid) => !isRunning(pid))
  try {
    await waitFor('processes to end', patienceMs, gone)
  } catch {
    for (const pid of pids) signal(pid, 'SIGKILL')
    await waitFor('processes to be killed', 5_000, gone)
  }
}
