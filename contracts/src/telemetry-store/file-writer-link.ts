import { Worker } from 'node:worker_threads'
import { QuartierError } from '../errors.ts'
import type { Logger } from '../runtime/logger.ts'
import type { FlushOrder, FromWorker, ToWorker, WorkerSetting } from './protocol.ts'

export type Flushed = Extract<FromWorker, { type: 'flushed' }>
export type Replaced = Extract<FromWorker, { type: 'replaced' }>

export interface FileWriterLink {
  /** @throws QuartierError STORE_FULL or STORE_UNAVAILABLE, both retriable: nothing has changed */
  flush(order: FlushOrder): Promise<Flushed>
  /** Compaction and retention; resolves when there is nothing left to do. */
  tidy(now: number): Promise<void>
  close(): Promise<void>
}

export interface LinkEvents {
  readonly onReplaced: (message: Replaced) => void
  /** The worker has ended unexpectedly. */
  readonly onBroken: (error: QuartierError) => void
}

/** Starts the worker thread that writes the store's files. */
export function startFileWriter(setting: WorkerSetting, logger: Logger, events: LinkEvents): Promise<FileWriterLink> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: setting })
  let flushing: { resolve: (done: Flushed) => void; reject: (error: Error) => void } | undefined
  const tidying: (() => void)[] = []
  let closing = false
  const send = (message: ToWorker) => worker.postMessage(message)
  return new Promise((resolve, reject) => {
    const broken = (cause: unknown) => {
      const error = new QuartierError('STORE_UNAVAILABLE', `write the store in ${setting.folder}: its thread ended`, {
        cause,
      })
      reject(error)
      flushing?.reject(error)
      for (const done of tidying.splice(0)) done()
      events.onBroken(error)
    }
    const link = (): FileWriterLink => ({
      flush: (order) =>
        new Promise((done, failed) => {
          flushing = { resolve: done, reject: failed }
          send(order)
        }),
      tidy: (now) =>
        new Promise((done) => {
          tidying.push(done)
          send({ type: 'tidy', now })
        }),
      close: () => {
        closing = true
        return new Promise((done) => {
          worker.once('exit', () => {
            for (const waiting of tidying.splice(0)) waiting()
            done()
          })
          send({ type: 'close' })
        })
      },
    })
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'opened') resolve(link())
      else if (message.type === 'failed') {
        closing = true
        reject(new QuartierError(message.code, message.message, { retriable: message.retriable }))
      } else if (message.type === 'flushed') flushing?.resolve(message)
      else if (message.type === 'flushFailed')
        flushing?.reject(new QuartierError(message.code, message.message, { retriable: true }))
      else if (message.type === 'replaced') events.onReplaced(message)
      else if (message.type === 'tidied') tidying.shift()?.()
      else logger[message.level](message.fields, message.event)
    })
    worker.on('error', broken)
    worker.on('exit', () => {
      if (!closing) broken(new Error('the thread exited'))
    })
  })
}
