import { setTimeout as delay } from 'node:timers/promises'
import { QuartierError } from '../../errors.ts'
import type { Logger } from '../../runtime/logger.ts'
import { InfluxError, type InfluxServer, writeLines } from './server.ts'

export interface SenderOptions {
  readonly server: InfluxServer
  readonly logger: Logger
  readonly gzip?: boolean
  /** How long one request may take, ms. */
  readonly timeoutMs: number
  /** First and longest pause between two attempts, ms. */
  readonly firstPauseMs?: number
  readonly longestPauseMs?: number
  /** Share of a pause that is left to chance, for tests: a number in [0, 1). */
  readonly random?: () => number
}

interface Waiter {
  readonly until: number
  readonly timer: NodeJS.Timeout
  readonly resolve: () => void
}

interface Item {
  readonly bucket: string
  readonly lines: Uint8Array
}

const NEWLINE = 10
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 10_000
/** A server that asks for more than this is asked again anyway. */
const LONGEST_WISH_MS = 60_000

/**
 * Sends lines to one server, one request after another in the order given, and each until the server has it: a later
 * line may correct an earlier one. Only lines that the server refuses for themselves are set aside, counted and told.
 */
export class Sender {
  readonly server: InfluxServer
  /** Bytes waiting, about. */
  waitingBytes = 0
  /** Lines that the server refused for good. */
  refused = 0
  #options: SenderOptions
  #queue: Item[] = []
  #given = 0
  #confirmed = 0
  #waiters: Waiter[] = []
  #trouble: { readonly since: number; readonly error: InfluxError } | undefined
  #running = false
  #ended = new AbortController()

  constructor(options: SenderOptions) {
    this.#options = options
    this.server = options.server
  }

  /** The last error, while the server has not taken anything since. */
  get trouble(): InfluxError | undefined {
    return this.#trouble?.error
  }

  get isIdle(): boolean {
    return this.#confirmed === this.#given
  }

  send(bucket: string, lines: Uint8Array): void {
    this.#queue.push({ bucket, lines })
    this.#given++
    this.waitingBytes += lines.length
    if (!this.#running) void this.#run()
  }

  /**
   * Resolves when the server has all that was given so far.
   * @throws QuartierError STORE_UNAVAILABLE when it took nothing for `patienceMs`; nothing is dropped
   */
  async drained(patienceMs: number): Promise<void> {
    await this.#until(this.#given, patienceMs)
  }

  /** Resolves when fewer than `bytes` wait; fails like {@link drained}. */
  async room(bytes: number, patienceMs: number): Promise<void> {
    while (this.waitingBytes >= bytes) await this.#until(this.#confirmed + 1, patienceMs)
  }

  /** Stops trying; what waits is given up. */
  stop(): void {
    this.#ended.abort()
    this.#queue.length = 0
  }

  #until(count: number, patienceMs: number): Promise<void> {
    if (this.#confirmed >= count) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters = this.#waiters.filter((w) => w !== waiter)
        reject(this.#unavailable())
      }, patienceMs)
      const waiter = { until: count, timer, resolve }
      this.#waiters.push(waiter)
    })
  }

  #unavailable(): QuartierError {
    const cause = this.trouble
    const why = cause ? cause.message : 'it is slow'
    const message = `write to InfluxDB server ${this.server.name}: ${this.#given - this.#confirmed} requests wait; ${why}`
    return new QuartierError('STORE_UNAVAILABLE', message, { cause, retriable: true })
  }

  async #run(): Promise<void> {
    this.#running = true
    for (let item = this.#queue.shift(); item; item = this.#queue.shift()) {
      await this.#insist(item)
      if (this.#ended.signal.aborted) break
      this.waitingBytes -= item.lines.length
      this.#confirmed++
      const done = this.#waiters.filter((w) => w.until <= this.#confirmed)
      if (done.length > 0) this.#waiters = this.#waiters.filter((w) => w.until > this.#confirmed)
      for (const { timer, resolve } of done) {
        clearTimeout(timer)
        resolve()
      }
      for (const { timer } of this.#waiters) timer.refresh()
    }
    this.#running = false
  }

  async #insist({ bucket, lines }: Item): Promise<void> {
    const { server, logger } = this.#options
    for (let attempt = 0; !this.#ended.signal.aborted; attempt++) {
      try {
        await this.#write(bucket, lines)
        if (this.#trouble) {
          const afterMs = Math.round(performance.now() - this.#trouble.since)
          logger.info({ server: server.name, attempt, afterMs }, 'store.server-back')
          this.#trouble = undefined
        }
        return
      } catch (error) {
        if (!(error instanceof InfluxError)) throw error
        if (this.#ended.signal.aborted) return
        if (!this.#trouble) logger.warn({ server: server.name, reason: error.message }, 'store.server-unavailable')
        this.#trouble = { since: this.#trouble?.since ?? performance.now(), error }
        await delay(this.#pauseMs(attempt, error), undefined, { signal: this.#ended.signal }).catch(() => {})
      }
    }
  }

  #pauseMs(attempt: number, { retryAfterMs }: InfluxError): number {
    const { firstPauseMs = FIRST_PAUSE_MS, longestPauseMs = LONGEST_PAUSE_MS, random = Math.random } = this.#options
    const grown = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempt, 20))
    return Math.max(Math.min(LONGEST_WISH_MS, retryAfterMs), grown / 2) + (random() * grown) / 2
  }

  /** Writes; when the server refuses what is written, halves it until the lines that it refuses stand alone. */
  async #write(bucket: string, lines: Uint8Array): Promise<void> {
    const { server, gzip, timeoutMs } = this.#options
    try {
      await writeLines(server, bucket, lines, { gzip, timeoutMs, signal: this.#ended.signal })
    } catch (error) {
      if (!(error instanceof InfluxError) || error.code !== 'STORE_REFUSED') throw error
      if (/beyond retention policy/.test(error.message)) return this.#expired(bucket, error)
      const middle = lines.indexOf(NEWLINE, lines.length >>> 1) + 1
      if (middle > 0 && middle < lines.length) {
        await this.#write(bucket, lines.subarray(0, middle))
        await this.#write(bucket, lines.subarray(middle))
      } else if (!(await this.#splitFirst(bucket, lines))) this.#setAside(bucket, lines, error)
    }
  }

  /** The second half is one long line: parts with what stands before it. */
  async #splitFirst(bucket: string, lines: Uint8Array): Promise<boolean> {
    const first = lines.indexOf(NEWLINE) + 1
    if (first <= 0 || first >= lines.length) return false
    await this.#write(bucket, lines.subarray(0, first))
    await this.#write(bucket, lines.subarray(first))
    return true
  }

  /** The server has taken all lines but those that its retention would remove at once. */
  #expired(bucket: string, { message }: InfluxError): void {
    const count = Number(/dropped=(\d+)/.exec(message)?.[1] ?? 1)
    this.refused += count
    const { server, logger } = this.#options
    logger.error({ server: server.name, bucket, count, reason: message }, 'store.lines-expired')
  }

  #setAside(bucket: string, line: Uint8Array, { message }: InfluxError): void {
    this.refused++
    const { server, logger } = this.#options
    logger.error(
      { server: server.name, bucket, reason: message, line: Buffer.from(line.subarray(0, 300)).toString() },
      'store.line-refused',
    )
  }
}
