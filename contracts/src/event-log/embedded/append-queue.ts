import { Worker } from 'node:worker_threads'
import { QuartierError } from '../../errors.ts'
import type { Position } from '../port.ts'
import { closed } from './errors.ts'
import type { Removal } from './retention.ts'
import { type AppendRequest, type AppendResult, LogWriter, type WriterSettings } from './writer.ts'

/** What the queue asks of the writer; one request at a time is under way. */
export type WriterRequest =
  | { readonly kind: 'append'; readonly requests: readonly AppendRequest[] }
  | { readonly kind: 'commit'; readonly topic: string; readonly group: string; readonly position: Position }
  | { readonly kind: 'maintain'; readonly now: number }
  | { readonly kind: 'close' }

export type WriterReply =
  | { readonly kind: 'appended'; readonly results: readonly Portable[] }
  | { readonly kind: 'done'; readonly removals?: readonly Removal[] }
  | { readonly kind: 'failed'; readonly error: PortableError }

type Portable = { readonly offsets: readonly number[] } | { readonly failed: PortableError }
export interface PortableError {
  readonly code: string
  readonly message: string
  readonly retriable: boolean
}

/** The writer, on a thread of its own or in this one. */
export interface WriterChannel {
  ask(request: WriterRequest): Promise<WriterReply>
  end(): Promise<void>
}

interface Waiting<T> {
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
}

type WaitingAppend = Waiting<readonly number[]> & { readonly request: AppendRequest }
type WaitingRequest = Waiting<readonly Removal[]> & { readonly request: WriterRequest }

/**
 * Group commit: while one write is under way the following ones gather, and go together in the next. Keeps the order
 * of the calls.
 */
export class AppendQueue {
  readonly #channel: WriterChannel
  #appends: WaitingAppend[] = []
  #others: WaitingRequest[] = []
  #running: Promise<void> | undefined
  #closed = false

  constructor(channel: WriterChannel) {
    this.#channel = channel
  }

  append(request: AppendRequest): Promise<readonly number[]> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(closed())
      this.#appends.push({ request, resolve, reject })
      this.#start()
    })
  }

  /** Commits a group's position or does the housekeeping, between appends. */
  ask(request: WriterRequest): Promise<readonly Removal[]> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(closed())
      this.#others.push({ request, resolve, reject })
      this.#start()
    })
  }

  /** Writes what was given before, then ends the writer. */
  async close(): Promise<void> {
    this.#closed = true
    while (this.#running) await this.#running
    await this.#channel.end()
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
      if (this.#appends.length > 0 || this.#others.length > 0) this.#start()
    })
  }

  async #run(): Promise<void> {
    await undefined // lets the calls of this turn gather
    while (this.#appends.length > 0 || this.#others.length > 0) {
      if (this.#appends.length > 0) await this.#write(this.#takeAppends())
      const other = this.#others.shift()
      if (other) await this.#settle(other)
    }
  }

  async #write(batch: readonly WaitingAppend[]): Promise<void> {
    const reply = await this.#ask({ kind: 'append', requests: batch.map((waiting) => waiting.request) })
    batch.forEach((waiting, i) => {
      const result = reply.kind === 'appended' ? reply.results[i] : undefined
      if (result && 'offsets' in result) waiting.resolve(result.offsets)
      else waiting.reject(revive(result?.failed ?? (reply.kind === 'failed' ? reply.error : LOST)))
    })
  }

  async #settle(other: WaitingRequest): Promise<void> {
    const reply = await this.#ask(other.request)
    if (reply.kind === 'failed') other.reject(revive(reply.error))
    else other.resolve(reply.kind === 'done' ? (reply.removals ?? []) : [])
  }

  async #ask(request: WriterRequest): Promise<WriterReply> {
    try {
      return await this.#channel.ask(request)
    } catch (error) {
      return { kind: 'failed', error: { ...LOST, message: `write to the event log: ${String(error)}` } }
    }
  }

  /** Up to 32 MB for one write, so that a transaction stays small enough to be quick. */
  #takeAppends(): WaitingAppend[] {
    let bytes = 0
    let count = 0
    for (const { request } of this.#appends) {
      for (const row of request.rows) bytes += row.value.length
      if (bytes > 32e6 && count > 0) break
      count++
    }
    return this.#appends.splice(0, count)
  }
}

const LOST: PortableError = {
  code: 'LOG_UNAVAILABLE',
  message: 'write to the event log: its writer ended',
  retriable: true,
}

const revive = (e: PortableError): QuartierError => new QuartierError(e.code, e.message, { retriable: e.retriable })

/** Carries out one request; never throws. */
export function answer(writer: LogWriter, request: WriterRequest): WriterReply {
  try {
    if (request.kind === 'append') return { kind: 'appended', results: writer.append(request.requests).map(portable) }
    if (request.kind === 'commit') writer.commit(request.topic, request.group, request.position)
    if (request.kind === 'close') writer.close()
    return { kind: 'done', removals: request.kind === 'maintain' ? writer.maintain(request.now) : [] }
  } catch (error) {
    return { kind: 'failed', error: toPortable(error) }
  }
}

function portable(result: AppendResult): Portable {
  return 'failed' in result ? { failed: toPortable(result.failed) } : result
}

function toPortable(error: unknown): PortableError {
  const { code = 'LOG_UNAVAILABLE', message, retriable = true } = error as Partial<QuartierError>
  return { code, message: message ?? String(error), retriable }
}

/** The writer in the calling thread: every fsync blocks it. */
export function inlineWriter(settings: WriterSettings): WriterChannel {
  const writer = new LogWriter(settings)
  return {
    ask: (request) => Promise.resolve(answer(writer, request)),
    end: () => Promise.resolve(writer.close()),
  }
}

/** The writer on a thread of its own, started now, and again with the next request when it has ended. */
export function threadWriter(settings: WriterSettings): WriterChannel {
  let waiting: Waiting<WriterReply> | undefined
  const start = (): Worker => {
    const started = new Worker(new URL('./writer-thread.ts', import.meta.url), {
      workerData: settings,
      name: 'event-log',
    })
    started.on('message', (reply: WriterReply) => {
      started.unref()
      waiting?.resolve(reply)
    })
    started.on('error', (error) => {
      worker = undefined
      waiting?.reject(error)
    })
    started.on('exit', () => {
      if (worker === started) worker = undefined
      waiting?.reject(new Error('its thread ended'))
    })
    started.unref()
    return started
  }
  let worker: Worker | undefined = start()
  const ask = (request: WriterRequest): Promise<WriterReply> =>
    new Promise<WriterReply>((resolve, reject) => {
      worker ??= start()
      waiting = { resolve, reject }
      worker.ref()
      const buffers =
        request.kind === 'append' ? request.requests.flatMap((r) => r.rows.map((row) => row.value.buffer)) : []
      worker.postMessage(request, buffers as ArrayBuffer[])
    })
  return {
    ask,
    async end() {
      if (!worker) return
      await ask({ kind: 'close' })
      await worker?.terminate()
    },
  }
}
