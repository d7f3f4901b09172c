import { COOPERATIVE_STICKY_ASSIGNOR, Consumer } from '@platformatic/kafka'
import type { Logger } from '../../runtime/logger.ts'
import type { Position } from '../port.ts'
import { type Client, clientOptions, type KafkaAccess } from './client.ts'
import { saysSo, translate } from './errors.ts'
import { commitTo, NOBODY } from './offsets.ts'
import { insist, type Patience, pause } from './patience.ts'

export interface MembershipSettings {
  readonly access: KafkaAccess
  /** For commits. */
  readonly client: Client
  readonly group: string
  readonly topic: string
  /** After this long without a sign of life the brokers give our partitions to others, ms. */
  readonly sessionMs: number
  readonly patienceMs: number
  readonly logger: Logger
  /** Called after every change of {@link Membership.assigned}. */
  readonly onChange: () => void
}

const PROTOCOL = { name: COOPERATIVE_STICKY_ASSIGNOR, version: 3 }
const LOST = ['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS']

/**
 * One member of a consumer group with cooperative rebalancing: partitions that stay with us are read on while the
 * others move. The client library keeps the heartbeat; when that fails for good we join anew.
 */
export class Membership {
  readonly #settings: MembershipSettings
  readonly #over = new AbortController()
  #consumer: Consumer | undefined
  #owned: readonly number[] = []

  constructor(settings: MembershipSettings) {
    this.#settings = settings
  }

  /** The partitions that are ours now. */
  get assigned(): readonly number[] {
    const own = this.#consumer?.assignments?.find((a) => a.topic === this.#settings.topic)?.partitions ?? []
    return [...own].sort((a, b) => a - b)
  }

  async join(): Promise<void> {
    const { group, patienceMs, logger } = this.#settings
    const patience: Patience = { limitMs: patienceMs, logger, signal: this.#over.signal }
    await insist(`join the group ${group}`, patience, () => this.#enter())
  }

  /**
   * Commits what is still ours; what has moved to another member is left to it. After we have left, the position is
   * stored unless others are in the group.
   */
  async commit(position: Position): Promise<void> {
    const { client, group, topic } = this.#settings
    for (let attempt = 1; ; attempt++) {
      const consumer = this.#over.signal.aborted ? undefined : this.#consumer
      const owned = consumer ? this.assigned : this.#owned
      const ours = Object.fromEntries(Object.entries(position).filter(([p]) => owned.includes(Number(p))))
      const by = consumer?.memberId ? { memberId: consumer.memberId, generation: consumer.generationId } : NOBODY
      try {
        return await commitTo(client, group, topic, ours, by)
      } catch (error) {
        if (!LOST.some((id) => saysSo(error, id))) throw error
        if (by === NOBODY && this.#over.signal.aborted) return
        if (attempt >= 8) throw translate(error, `commit as a member of ${group}`)
        await new Promise((go) => setTimeout(go, pause(attempt)))
      }
    }
  }

  /** Gives the partitions back, at once; does not wait for brokers that do not answer. */
  async leave(): Promise<void> {
    this.#owned = this.assigned
    this.#over.abort()
    await this.#close(this.#consumer)
  }

  async #enter(): Promise<void> {
    const { access, group, topic, sessionMs, onChange } = this.#settings
    const consumer = new Consumer({
      ...clientOptions({ ...access, requestMs: sessionMs + 5_000 }), // a join waits for the other members to join too
      groupId: group,
      sessionTimeout: sessionMs,
      rebalanceTimeout: sessionMs,
      heartbeatInterval: Math.min(1_000, sessionMs / 6),
      heartbeatStallTimeout: sessionMs,
      protocols: [PROTOCOL],
      retries: 8,
      retryDelay: (_client, _operation, attempt) => pause(attempt),
      autocommit: false,
    })
    consumer.on('error', (error: unknown) => this.#renew(consumer, error))
    consumer.on('consumer:heartbeat:stalled', () => this.#renew(consumer, undefined))
    consumer.on('consumer:group:join', onChange)
    consumer.on('consumer:group:rebalance', onChange)
    consumer.topics.track(topic)
    this.#consumer = consumer
    const aborted = new Promise<void>((go) => this.#over.signal.addEventListener('abort', () => go(), { once: true }))
    try {
      await Promise.race([consumer.joinGroup({}), aborted])
    } catch (error) {
      await this.#close(consumer)
      throw error
    }
  }

  #renew(failed: Consumer, error: unknown): void {
    if (failed !== this.#consumer || this.#over.signal.aborted) return
    const { logger, group, onChange } = this.#settings
    logger.warn(
      { group, ...(error ? { err: translate(error, 'stay in the group').message } : {}) },
      'log.group.rejoining',
    )
    this.#consumer = undefined
    onChange()
    const again = (attempt: number): void => {
      if (this.#over.signal.aborted) return
      this.#enter().catch(() => setTimeout(() => again(attempt + 1), pause(attempt)))
    }
    void this.#close(failed).then(() => again(1))
  }

  async #close(consumer: Consumer | undefined): Promise<void> {
    if (!consumer) return
    const limit = new Promise<void>((go) => setTimeout(go, 1_000).unref())
    await Promise.race([consumer.close(true).catch(() => {}), limit])
  }
}
