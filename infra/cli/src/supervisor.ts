import { type ChildProcess, spawn } from 'node:child_process'
import { Worker } from 'node:worker_threads'
import { QuartierError } from '@quartier/contracts'
import type { FromService, Launch } from '@quartier/contracts/runtime'
import { SERVICES, type ServiceName } from './services.ts'

export interface Supervised {
  readonly name: ServiceName
  readonly pid: number | undefined
  readonly info: Readonly<Record<string, unknown>>
  /** Asks the service to stop and waits; after `graceMs` it is ended. */
  stop(graceMs: number): Promise<void>
}

export interface SupervisorOptions {
  /** Operating-system processes in place of worker threads. */
  readonly processes: boolean
  /** Told whenever a service ends by itself; it is started again after a growing delay. */
  readonly onRestart?: (name: ServiceName, how: string, delayMs: number) => void
  /** Told when a restarted service is ready again. */
  readonly onReady?: (name: ServiceName, info: Readonly<Record<string, unknown>>) => void
}

/**
 * The C library keeps freed memory for itself, in many arenas and above a threshold that grows; a service that has
 * read a large district once would hold twice what it uses. These settings are glibc's own, others ignore them.
 */
const FRUGAL_MALLOC = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_TRIM_THRESHOLD_: '1048576',
  MALLOC_MMAP_THRESHOLD_: '131072',
}
/** Merging the store's files takes and frees pages of some 100 kB beside what stays: in one arena they leave no holes. */
const FRUGAL_STORE = { ...FRUGAL_MALLOC, MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '98304' }
/**
 * V8 begins with little room for young objects and doubles it, minutes apart, up to 128 MB as a stream goes on; a service
 * that is a process has one size of it from the start, so that its memory stands still.
 */
const STEADY_HEAP = ['--min-semi-space-size=16', '--max-semi-space-size=16']
const FIRST_DELAY_MS = 50
const LAST_DELAY_MS = 5_000
/** A service that ran this long after it was ready starts again with the first delay. */
const HEALTHY_MS = 1_000

/**
 * Starts a service and keeps it running until `stop`.
 * @throws QuartierError with the service's own code when its first start fails
 */
export async function supervise(name: ServiceName, launch: Launch, options: SupervisorOptions): Promise<Supervised> {
  let stopping = false
  let delay = FIRST_DELAY_MS
  let timer: NodeJS.Timeout | undefined
  let current = await open(name, launch, options.processes)
  let readyAt = Date.now()

  const watch = (running: Running) => {
    void running.ended.then((how) => {
      if (stopping) return
      if (Date.now() - readyAt > HEALTHY_MS) delay = FIRST_DELAY_MS
      options.onRestart?.(name, how, delay)
      timer = setTimeout(() => void again(), delay)
      delay = Math.min(delay * 2, LAST_DELAY_MS)
    })
  }
  const again = async () => {
    try {
      const next = await open(name, launch, options.processes)
      if (stopping) return await next.stop(1_000)
      current = next
      readyAt = Date.now()
      watch(current)
      options.onReady?.(name, current.info)
    } catch (error) {
      if (stopping) return
      options.onRestart?.(name, error instanceof Error ? error.message : String(error), delay)
      timer = setTimeout(() => void again(), delay)
      delay = Math.min(delay * 2, LAST_DELAY_MS)
    }
  }
  watch(current)
  return {
    name,
    get pid() {
      return current.pid
    },
    get info() {
      return current.info
    },
    async stop(graceMs) {
      stopping = true
      clearTimeout(timer)
      await current.stop(graceMs)
    },
  }
}

interface Running {
  readonly pid: number | undefined
  readonly info: Readonly<Record<string, unknown>>
  /** Resolves, with how it ended, once the service is gone. */
  readonly ended: Promise<string>
  stop(graceMs: number): Promise<void>
}

function open(name: ServiceName, launch: Launch, processes: boolean): Promise<Running> {
  return processes ? openProcess(name, launch) : openThread(name, launch)
}

async function openProcess(name: ServiceName, launch: Launch): Promise<Running> {
  const child: ChildProcess = spawn(process.execPath, [...process.execArgv, ...STEADY_HEAP, SERVICES[name]], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: {
      ...(name === 'ingest' ? FRUGAL_STORE : FRUGAL_MALLOC),
      ...process.env,
      QUARTIER_LAUNCH: JSON.stringify(launch),
    },
    // A group of its own: Ctrl-C reaches the supervisor alone, which then stops the services in order.
    detached: true,
  })
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ? `ended by ${signal}` : `ended with code ${code}`))
  })
  const info = await ready(name, (hear) => child.on('message', (m) => hear(m as FromService)), ended)
  return {
    pid: child.pid,
    info,
    ended,
    async stop(graceMs) {
      // One that dies just now breaks the pipe: that it has ended is all we want.
      if (child.connected) child.send('stop', () => {})
      await orElse(ended, graceMs, () => child.kill('SIGKILL'))
    },
  }
}

async function openThread(name: ServiceName, launch: Launch): Promise<Running> {
  const worker = new Worker(SERVICES[name], { name, workerData: { launch } })
  let why = ''
  const ended = new Promise<string>((resolve) => {
    worker.on('error', (error) => {
      why = error instanceof Error ? (error.stack ?? error.message) : String(error)
    })
    worker.once('exit', (code) => resolve(why || `ended with code ${code}`))
  })
  const info = await ready(name, (hear) => worker.on('message', (m) => hear(m as FromService)), ended)
  return {
    pid: process.pid,
    info,
    ended,
    async stop(graceMs) {
      worker.postMessage('stop')
      await orElse(ended, graceMs, () => void worker.terminate())
    },
  }
}

function ready(
  name: ServiceName,
  listen: (hear: (message: FromService) => void) => void,
  ended: Promise<string>,
): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve, reject) => {
    listen((message) => {
      if (message.type === 'ready') resolve(message.info)
      else if (message.type === 'failed')
        reject(new QuartierError(message.code, `${name} did not start: ${message.message}`))
    })
    void ended.then((how) => reject(new QuartierError('SERVICE_ENDED', `${name} did not start: it ${how}`)))
  })
}

async function orElse(done: Promise<unknown>, graceMs: number, force: () => void): Promise<void> {
  const timer = setTimeout(force, graceMs)
  await done
  clearTimeout(timer)
}
