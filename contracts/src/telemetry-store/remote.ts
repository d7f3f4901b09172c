import { randomInt } from 'node:crypto'
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Socket, connect as socketTo } from 'node:net'
import { resolve as resolvePath } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { QuartierError } from '../errors.ts'
import { type CallFrame, createFrameReader, encodeFrame, type ReplyFrame } from './frames.ts'
import type { TelemetryStore } from './port.ts'

type Method = Exclude<keyof TelemetryStore, 'supports'>

const METHODS: readonly Method[] = [
  'position',
  'define',
  'write',
  'flush',
  'takeCounts',
  'last',
  'range',
  'windows',
  'export',
  'series',
  'usage',
]

/**
 * Serves `store` to other processes of this machine over a unix socket (mode 0600); see {@link connectStore}.
 * `close` ends every connection, calls in flight included, and leaves the store itself open.
 */
export async function serveStore(store: TelemetryStore, socketPath: string): Promise<{ close(): Promise<void> }> {
  rmSync(socketPath, { force: true })
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    socket.write(encodeFrame({ id: 0, value: store.supports }))
    const read = createFrameReader((frame) => void answer(store, socket, frame as CallFrame))
    socket.on('data', (chunk) => {
      if (!read(chunk)) socket.destroy()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(socketPath, resolve)
  })
  chmodSync(socketPath, 0o600)
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

async function answer(store: TelemetryStore, socket: Socket, call: CallFrame): Promise<void> {
  const reply = (frame: ReplyFrame) => {
    if (!socket.destroyed) socket.write(encodeFrame(frame))
  }
  try {
    const method = call.method as Method
    if (!METHODS.includes(method))
      throw new QuartierError('STORE_UNAVAILABLE', `call ${call.method}: there is no such call`)
    const progress = (share: number) => reply({ id: call.id, progress: share })
    const args = method === 'export' ? [call.args[0], progress] : call.args
    const value: unknown = await (store[method] as (...args: unknown[]) => Promise<unknown>)(...args)
    reply({ id: call.id, value })
  } catch (error) {
    const known = error instanceof QuartierError
    reply({
      id: call.id,
      error: {
        code: known ? error.code : 'STORE_UNAVAILABLE',
        message: error instanceof Error ? error.message : String(error),
        retriable: known && error.retriable,
      },
    })
  }
}

export interface ConnectOptions {
  /** How long to wait for the first connection, ms. */
  readonly waitMs?: number
}

/**
 * The store that another process serves at `socketPath`. Several calls may be in flight. When the connection is lost
 * they fail with STORE_UNAVAILABLE (retriable), and it reconnects with growing, jittered pauses of at most 2 s.
 * @throws QuartierError STORE_UNAVAILABLE when nobody answers within `waitMs` (default 10 s)
 */
export async function connectStore(socketPath: string, options: ConnectOptions = {}): Promise<TelemetryStore> {
  const link = new Link(socketPath)
  const supports = await link.open(options.waitMs ?? 10_000)
  const call = <T>(method: Method, args: unknown[] = [], onProgress?: (share: number) => void) =>
    link.call(method, args, onProgress) as Promise<T>
  return {
    supports,
    position: () => call('position'),
    define: (series) => call('define', [series]),
    write: (batches) => call('write', [batches.map((b) => ({ ...b, columns: trim(b.columns) }))]),
    flush: () => call('flush'),
    takeCounts: () => call('takeCounts'),
    last: (series) => call('last', [series]),
    range: (series, from, to, limit) => call('range', [series, from, to, limit]),
    windows: (series, from, to, stepMs) => call('windows', [series, from, to, stepMs]),
    export: (request, onProgress) => call('export', [{ ...request, path: resolvePath(request.path) }], onProgress),
    series: () => call('series'),
    usage: () => call('usage'),
    close: async () => link.close(),
  }
}

/** Columns without the room behind their last row. */
function trim(c: Parameters<TelemetryStore['write']>[0][number]['columns']) {
  const n = c.length
  return {
    length: n,
    seriesLo: c.seriesLo.subarray(0, n),
    seriesHi: c.seriesHi.subarray(0, n),
    measuredAt: c.measuredAt.subarray(0, n),
    receivedAt: c.receivedAt.subarray(0, n),
    value: c.value.subarray(0, n),
    quality: c.quality.subarray(0, n),
  }
}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
  readonly onProgress?: (share: number) => void
}

/** One connection that heals itself. */
class Link {
  #path: string
  #socket: Socket | undefined
  #waiting = new Map<number, Waiting>()
  #nextId = 1
  #closed = false
  #stop = new AbortController()

  constructor(path: string) {
    this.#path = path
  }

  async open(waitMs: number): Promise<TelemetryStore['supports']> {
    const deadline = performance.now() + waitMs
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#connect()
      } catch (cause) {
        if (performance.now() >= deadline) throw unavailable(`connect to the store at ${this.#path}`, cause)
        await delay(Math.min(pause(attempt), 250))
      }
    }
  }

  call(method: string, args: unknown[], onProgress?: (share: number) => void): Promise<unknown> {
    if (this.#closed) return Promise.reject(new QuartierError('STORE_CLOSED', `${method}: the store is closed`))
    const socket = this.#socket
    if (!socket) return Promise.reject(unavailable(`${method}: the store at ${this.#path} is not connected`))
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, onProgress })
      socket.write(encodeFrame({ id, method, args }))
    })
  }

  close(): void {
    this.#closed = true
    this.#stop.abort()
    this.#socket?.destroy()
    this.#fail(new QuartierError('STORE_CLOSED', 'the connection to the store was closed'))
  }

  #connect(): Promise<TelemetryStore['supports']> {
    return new Promise((resolve, reject) => {
      const socket = socketTo(this.#path)
      let greeted = false
      const read = createFrameReader((frame) => {
        const reply = frame as ReplyFrame
        if (greeted) return this.#settle(reply)
        greeted = true
        this.#socket = socket
        resolve(reply.value as TelemetryStore['supports'])
      })
      socket.on('data', (chunk) => {
        if (!read(chunk)) socket.destroy()
      })
      socket.on('error', (error) => (greeted ? undefined : reject(error)))
      socket.on('close', () => {
        if (!greeted) return reject(new Error('the connection was closed'))
        this.#socket = undefined
        this.#fail(unavailable(`the connection to the store at ${this.#path} was lost`))
        if (!this.#closed) void this.#reconnect()
      })
    })
  }

  async #reconnect(): Promise<void> {
    for (let attempt = 0; !this.#closed; attempt++) {
      try {
        await delay(pause(attempt), undefined, { signal: this.#stop.signal, ref: false })
        await this.#connect()
        if (this.#closed) this.#socket?.destroy()
        return
      } catch {
        // The next attempt follows after a longer pause; callers see STORE_UNAVAILABLE meanwhile.
      }
    }
  }

  #settle(reply: ReplyFrame): void {
    const waiting = this.#waiting.get(reply.id)
    if (!waiting) return
    if (reply.progress !== undefined) {
      waiting.onProgress?.(reply.progress)
      return
    }
    this.#waiting.delete(reply.id)
    if (reply.error) {
      const { code, message, retriable } = reply.error
      waiting.reject(new QuartierError(code, message, { retriable }))
    } else waiting.resolve(reply.value)
  }

  #fail(error: Error): void {
    const all = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const waiting of all) waiting.reject(error)
  }
}

const unavailable = (message: string, cause?: unknown) =>
  new QuartierError('STORE_UNAVAILABLE', message, { cause, retriable: true })

/** 20 ms doubling up to 2 s, half of it by chance. */
function pause(attempt: number): number {
  const full = Math.min(2000, 20 * 2 ** attempt)
  return full / 2 + randomInt(Math.ceil(full / 2) + 1)
}
