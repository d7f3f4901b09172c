import type { PoolClient } from '@quartier/contracts/postgres'
import type { SessionLimits, SessionStats } from '../../types.ts'
import type { Change, Of } from '../changes.ts'

export type Numbered<C> = C & { readonly i: number }

/** Changes that are written within one transaction, and what comes of them. */
export class Batch {
  readonly results: unknown[]
  /** Clients whose subscriptions are others now. */
  readonly resubscribed = new Set<string>()
  /** Clients whose session may have nothing left. */
  readonly emptied = new Set<string>()
  /** As it will be once the transaction is committed. */
  readonly stats: SessionStats
  readonly changes: readonly Numbered<Change>[]
  readonly limits: SessionLimits
  readonly #client: PoolClient

  constructor(client: PoolClient, changes: readonly Change[], limits: SessionLimits, stats: SessionStats) {
    this.#client = client
    this.changes = changes.map((change, i) => ({ ...change, i }))
    this.limits = limits
    this.results = new Array(changes.length)
    this.stats = stats
  }

  /** Changes of a kind that were not refused. */
  of<K extends Change['kind']>(kind: K): Numbered<Of<K>>[] {
    const all = this.changes.filter((c) => c.kind === kind && this.results[c.i] === undefined)
    return all as unknown as Numbered<Of<K>>[]
  }

  /** The last change for each key: a statement must not touch a row twice. */
  latest<K extends Change['kind']>(kind: K, keyOf: (change: Numbered<Of<K>>) => string): Numbered<Of<K>>[] {
    return [...new Map(this.of(kind).map((change) => [keyOf(change), change])).values()]
  }

  async rows<R>(sql: string, ...values: unknown[]): Promise<R[]> {
    return (await this.#client.query(sql, values)).rows as R[]
  }
}
