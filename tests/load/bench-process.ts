import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { LoadJob, LoadResult } from './generator.ts'
import { usageOf } from './process-usage.ts'

/** A program of this folder as a child process that talks by messages. */
export interface Child {
  readonly pid: number
  /** The next message that `accept` recognises. */
  next<T>(accept: (message: unknown) => message is T): Promise<T>
  send(message: object | string): void
  kill(): void
}

export function startChild(file: string, args: readonly string[] = []): Child {
  const child: ChildProcess = fork(fileURLToPath(new URL(file, import.meta.url)), args)
  child.on('error', () => {}) // whoever waits for a message hears of it there
  return {
    pid: child.pid as number,
    next: (accept) =>
      new Promise((resolve, reject) => {
        const heard = (message: unknown) => {
          if (!accept(message)) return
          child.off('message', heard)
          child.off('exit', gone)
          child.off('error', reject)
          resolve(message)
        }
        const gone = (code: number | null) => reject(new Error(`${file} ended with code ${code}`))
        child.on('message', heard)
        child.on('exit', gone)
        child.on('error', reject)
      }),
    send: (message) => void child.send(message),
    kill: () => void child.kill('SIGKILL'),
  }
}

export const isReady = (m: unknown): m is { type: 'ready'; port: number } => (m as { type?: string }).type === 'ready'
const isResult = (m: unknown): m is LoadResult => typeof (m as { checksum?: unknown }).checksum === 'number'
const isConnected = (m: unknown): m is 'connected' => m === 'connected'

export interface Loaded extends LoadResult {
  /** CPU seconds of the servers from the first message until the last acknowledgement. */
  readonly serverCpuSeconds: number
}

/** Runs one job in a generator process and accounts what the servers used meanwhile. */
export async function generate(job: LoadJob, servers: () => readonly number[]): Promise<Loaded> {
  const child = startChild('./generator.ts')
  try {
    child.send(job)
    await child.next(isConnected)
    const before = cpuOf(servers())
    const result = await child.next(isResult)
    return { ...result, serverCpuSeconds: cpuOf(servers()) - before }
  } finally {
    child.kill()
  }
}

export const cpuOf = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + usageOf(pid).cpuSeconds, 0)
