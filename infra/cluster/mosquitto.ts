// The MQTT broker of the peer that benchmarks compare with: Mosquitto, from Debian's packages, on loopback.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { endProcesses, freePort, isRunning, run, type Say, waitFor } from './cache.ts'

const PROGRAM = '/usr/sbin/mosquitto'

export interface MosquittoServer {
  readonly port: number
  readonly pids: readonly number[]
  stop(): Promise<void>
}

export const isInstalled = (): boolean => existsSync(PROGRAM)

export async function install(say: Say): Promise<void> {
  if (isInstalled()) return
  say("installing Mosquitto from Debian's packages: apt-get install mosquitto")
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  await run('apt-get', ['update', '-qq'], { env })
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'mosquitto'], { env })
}

/** What it calls itself, such as "mosquitto version 2.0.11". */
export async function version(): Promise<string> {
  // Only its help tells the version, with a status of its own.
  const text = await run('sh', ['-c', `${PROGRAM} -h || true`])
  return text.split('\n')[0]?.trim() ?? ''
}

/** Starts it with anonymous access; its queues are without bounds, so that no message is dropped. */
export async function start(options: { readonly folder: string; readonly port?: number }): Promise<MosquittoServer> {
  const { folder, port = await freePort() } = options
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'mosquitto.conf')
  const output = join(folder, 'mosquitto.log')
  writeFileSync(file, configuration(port))
  const log = openSync(output, 'a')
  const child = spawn(PROGRAM, ['-c', file], { stdio: ['ignore', log, log], detached: true })
  child.unref()
  const pid = child.pid
  if (pid === undefined) throw new Error(`${PROGRAM} could not be started`)
  await waitFor(`Mosquitto on port ${port}`, 15_000, () => {
    if (!isRunning(pid)) throw new Error(`Mosquitto has ended: ${readFileSync(output, 'utf8').slice(-1000)}`)
    return answers(port)
  })
  return { port, pids: [pid], stop: () => endProcesses([pid]) }
}

/** As fast as it can be: nothing on disk, no limit on what is on its way, whatever is small sent at once. */
const configuration = (port: number): string => `listener ${port} 127.0.0.1
allow_anonymous true
persistence false
max_queued_messages 0
max_inflight_messages 0
set_tcp_nodelay true
log_type error
log_type warning
`

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
