import { setTimeout as delay } from 'node:timers/promises'
import { QuartierError } from '@quartier/contracts'
import { isDisconnect, type Pool } from '@quartier/contracts/postgres'
import type { SessionLimits, SessionStats } from '../types.ts'
import type { Change } from './changes.ts'
import { apply } from './statements.ts'

interface Waiting {
  readonly change: Change
  resolve(result: unknown): void
  reject(error: unknown): void
}

const CHANGES_PER_COMMIT = 2_000
const RETRY_FIRST_MS = 50
const RETRY_LAST_MS = 1_000
/** Deadlock, serialisation, and a session that another gateway ended meanwhile: the same again succeeds. */
const AGAIN = new Set(['40P01', '40001', '23503'])

/** What a commit has done beside the changes themselves. */
export interface Outcome {
  /** By change, in order: what it found, or the error that it alone met. */
  readonly results: readonly unknown[]
  /** Clients whose subscriptions are others now. */
  readonly resubscribed: readonly string[]
  /** The counts as they are after it. */
  readonly stats: SessionStats
}

/**
 * Writes changes in one transaction at a time; what comes while one is under way makes the next. A change resolves
 * when it is durable. A server that cannot be reached is tried again until it answers: what waits is bounded by
 * whoever asks `pending`.
 */
export class Writer {
  /** The server cannot be reached, or refuses. */
  stalled = false
  readonly #pool: Pool
  readonly #limits: SessionLimits
  readonly #stats: SessionStats
  readonly #committed: (outcome: Outcome) => Promise<void>
  #waiting: Waiting[] = []
  #underWay = 0
  #running: Promise<void> | undefined
  #closed = false

  /** `committed` runs after each commit and before its changes resolve. */
  constructor(pool: Pool, limits: SessionLimits, stats: SessionStats, committed: (o: Outcome) => Promise<void>) {
    this.#pool = pool
    this.#limits = limits
    this.#stats = stats
    this.#committed = committed
  }

  get pending(): number {
    return this.#waiting.length + this.#underWay
  }

  submit<T>(change: Change): Promise<T> {
    if (this.#closed) return Promise.reject(closed())
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ change, resolve: resolve as (result: unknown) => void, reject })
      this.#running ??= this.#run()
    })
  }

  /** Resolves once everything submitted so far is durable, or was refused. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running
  }

  /** Writes what waits; when the server does not answer, what waits is lost and rejects. */
  async close(): Promise<void> {
    this.#closed = true
    await this.settled()
  }

  async #run(): Promise<void> {
    await new Promise(setImmediate) // whatever else this turn of the event loop brings
    while (this.#waiting.length > 0) {
      const some = this.#waiting.splice(0, CHANGES_PER_COMMIT)
      this.#underWay = some.length
      await this.#write(some)
      this.#underWay = 0
    }
    this.#running = undefined
  }

  async #write(some: readonly Waiting[]): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        const { results } = await this.#commit(some.map((w) => w.change))
        this.stalled = false
        for (const [i, { resolve, reject }] of some.entries()) {
          const result = results[i]
          if (result instanceof QuartierError) reject(result)
          else resolve(result)
        }
        return
      } catch (error) {
        this.#stats.failures++
        const cause = error instanceof QuartierError && error.cause !== undefined ? error.cause : error
        const passing = isPassing(error) || isPassing(cause)
        if (!passing) return this.#refuse(some, cause)
        if (this.#closed && attempt > 0) return this.#lose(some, cause)
        this.stalled = attempt > 0
      }
      await delay(Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** attempt) * (0.5 + Math.random()))
    }
  }

  async #commit(changes: readonly Change[]): Promise<Outcome> {
    const startedAt = performance.now()
    const client = await this.#pool.connect()
    let outcome: Outcome
    try {
      await client.query('begin')
      outcome = await apply(client, changes, this.#limits, this.#stats)
      await client.query('commit')
    } catch (error) {
      const broken =
        isDisconnect(error) ||
        (await client.query('rollback').then(
          () => false,
          () => true,
        ))
      client.release(broken)
      throw error
    }
    client.release()
    Object.assign(this.#stats, outcome.stats)
    this.#stats.commits++
    this.#stats.commitSeconds += (performance.now() - startedAt) / 1000
    this.#stats.rowsWritten += changes.length
    await this.#committed(outcome)
    return outcome
  }

  /** One change that the server will never take must not keep the others out: each is tried alone. */
  async #refuse(some: readonly Waiting[], cause: unknown): Promise<void> {
    if (some.length > 1) for (const one of some) await this.#write([one])
    else some[0]?.reject(new QuartierError('SESSIONS_FAILED', 'write to the sessions', { cause }))
  }

  #lose(some: readonly Waiting[], cause: unknown): void {
    for (const { reject } of some) reject(new QuartierError('SESSIONS_CLOSED', 'write to the sessions', { cause }))
  }
}

const closed = () => new QuartierError('SESSIONS_CLOSED', 'change a session: the sessions are closed')

function isPassing(error: unknown): boolean {
  const { code = '' } = error as { code?: string }
  return isDisconnect(error) || AGAIN.has(code) || /^(53|57)/.test(code)
}
