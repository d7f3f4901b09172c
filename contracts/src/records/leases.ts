import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import { QuartierError } from '../errors.ts'
import type { LeaseOptions, Records } from './port.ts'
import type { Tables } from './tables.ts'

export const LEASE_MS = 3_000

/**
 * Leases as rows that their holder renews, three times within their time. They end by the database's clock, and for
 * their holder by its own monotonic one, counted from before it asked: it stops no later than another begins.
 * @param now  epoch ms as the database sees it
 */
export function leaseStore(db: Kysely<Tables>, now: () => RawBuilder<number>): Records['lease'] {
  const holder = randomUUID()

  /** The term when the lease is ours now, undefined when somebody else has it. */
  const take = async (name: string, ttlMs: number): Promise<number | undefined> => {
    const row = await db
      .insertInto('leases')
      .values({ name, holder, term: 1, expires_at: sql`${now()} + ${ttlMs}` })
      .onConflict((c) =>
        c
          .column('name')
          .doUpdateSet({
            holder,
            term: sql`case when leases.holder = ${holder} then leases.term else leases.term + 1 end`,
            expires_at: sql`excluded.expires_at`,
          })
          .where((e) => e.or([e('leases.holder', '=', holder), e('leases.expires_at', '<=', now())])),
      )
      .returning('term')
      .executeTakeFirst()
    return row && Number(row.term)
  }

  const give = async (name: string): Promise<void> => {
    await db
      .updateTable('leases')
      .set({ expires_at: 0 })
      .where('name', '=', name)
      .where('holder', '=', holder)
      .execute()
  }

  return async (name, act, options: LeaseOptions = {}) => {
    const { signal, ttlMs = LEASE_MS } = options
    while (!signal?.aborted) {
      const askedAt = performance.now()
      const term = await take(name, ttlMs).catch(unlessPassing)
      if (term !== undefined) {
        const held = new Held(() => take(name, ttlMs), term, askedAt, ttlMs, signal)
        try {
          await act(held.signal, term)
        } catch (error) {
          if (!held.isLost) throw error
        } finally {
          held.end()
          await give(name).catch(unlessPassing)
        }
        if (!held.isLost) return
      } else await delay((ttlMs / 6) * (0.5 + Math.random()), undefined, { signal }).catch(() => {})
    }
  }
}

/** Names of the leases that somebody holds, of those that begin with a prefix. */
export function heldLeases(db: Kysely<Tables>, now: () => RawBuilder<number>): Records['leases'] {
  return async (prefix) => {
    const rows = await db
      .selectFrom('leases')
      .select('name')
      .where(sql`substr(name, 1, ${prefix.length})`, '=', prefix)
      .where((e) => e('expires_at', '>', now()))
      .execute()
    return rows.map((row) => row.name)
  }
}

/** A lease that is ours: renews itself, and tells when it cannot be sure of that any more. */
class Held {
  isLost = false
  readonly #controller = new AbortController()
  readonly #renew: () => Promise<number | undefined>
  readonly #term: number
  readonly #ttlMs: number
  readonly #timer: NodeJS.Timeout
  readonly #outer: AbortSignal | undefined
  #end!: NodeJS.Timeout
  #renewing = false

  constructor(
    renew: () => Promise<number | undefined>,
    term: number,
    askedAt: number,
    ttlMs: number,
    outer: AbortSignal | undefined,
  ) {
    this.#renew = renew
    this.#term = term
    this.#ttlMs = ttlMs
    this.#outer = outer
    outer?.addEventListener('abort', this.#stop)
    this.#until(askedAt)
    this.#timer = setInterval(() => void this.#again(), ttlMs / 3)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  end(): void {
    clearInterval(this.#timer)
    clearTimeout(this.#end)
    this.#outer?.removeEventListener('abort', this.#stop)
  }

  #stop = (): void => this.#controller.abort(this.#outer?.reason)

  #lose = (): void => {
    this.isLost = true
    this.end()
    this.#controller.abort(new QuartierError('LEASE_LOST', 'hold a lease: it could not be renewed in time'))
  }

  #until(askedAt: number): void {
    clearTimeout(this.#end)
    this.#end = setTimeout(this.#lose, Math.max(0, askedAt + this.#ttlMs * 0.9 - performance.now()))
  }

  async #again(): Promise<void> {
    if (this.#renewing || this.isLost) return
    this.#renewing = true
    const askedAt = performance.now()
    const term = await this.#renew().catch(() => undefined)
    this.#renewing = false
    if (this.isLost) return
    // Renewed until the work has really ended, also after somebody wished that it ends. Another term means that somebody else had it in between; no answer, that the time is running out.
    if (term === this.#term) this.#until(askedAt)
    else if (term !== undefined) this.#lose()
  }
}

/** A database that is away gives nobody a lease; it is asked again. */
function unlessPassing(error: unknown): undefined {
  if (!(error instanceof QuartierError) || !error.retriable) throw error
}
