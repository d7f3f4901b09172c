import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import {
  Base,
  type BaseOptions,
  type ClusterMetadata,
  type Connection,
  FindCoordinatorKeyTypes,
  findCoordinatorV4,
  type SASLMechanismValue,
} from '@platformatic/kafka'
import { QuartierError } from '../../errors.ts'
import { fromCode, isStale } from './errors.ts'

/** How to reach the brokers and prove who we are. */
export interface KafkaAccess {
  /** `host:port` of some brokers, separated by commas; the others are learnt from them. */
  readonly brokers: string
  /** Name by which brokers know this client (default `quartier`). */
  readonly clientId?: string
  readonly sasl?: {
    readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
    readonly user: string
    /** Asked for anew at each connection, so that a password that changes is read again. */
    readonly password: string | (() => string | Promise<string>)
  }
  /** TLS, checked against the system's authorities or `caFile`; with a certificate of our own when the brokers ask. */
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string }
  /** How long one request may take (default 15 s). */
  readonly requestMs?: number
}

/** The options of the client library that follow from our own. */
export function clientOptions(access: KafkaAccess): BaseOptions {
  const { sasl, tls } = access
  const bootstrapBrokers = access.brokers.split(',').map((b) => b.trim())
  const named = isIP(bootstrapBrokers[0]?.replace(/:\d+$/, '') ?? '') === 0
  const file = (path: string | undefined) => (path ? readFileSync(path) : undefined)
  return {
    clientId: access.clientId ?? 'quartier',
    bootstrapBrokers,
    connectTimeout: 5_000,
    requestTimeout: access.requestMs ?? 15_000,
    timeout: access.requestMs ?? 15_000,
    retries: 0,
    metadataMaxAge: 60_000,
    ...(sasl && {
      sasl: { mechanism: sasl.mechanism as SASLMechanismValue, username: sasl.user, password: sasl.password },
    }),
    ...(tls && {
      tls: { ca: file(tls.caFile), cert: file(tls.certFile), key: file(tls.keyFile) },
      tlsServerName: named,
    }),
  }
}

/**
 * Connections to the brokers and what is known of topics and leaders. Nothing is retried here. Kafka answers the
 * requests of one connection one after the other: whoever waits for records takes a client of its own.
 */
export class Client {
  readonly #base: Base
  readonly #coordinators = new Map<string, number>()

  constructor(access: KafkaAccess) {
    this.#base = new Base(clientOptions(access))
  }

  /** What is known of topics; asks when something is missing, older than a minute, or `fresh` is wanted. */
  metadata(topics: readonly string[], fresh = false): Promise<ClusterMetadata> {
    return this.#base.metadata({ topics: [...topics], forceUpdate: fresh })
  }

  /** Node id of a partition's leader as far as it is known, without asking. */
  knownLeader(topic: string, partition: number): number | undefined {
    const leader = this.#base.currentMetadata?.topics.get(topic)?.partitions[partition]?.leader
    return leader === undefined || leader < 0 ? undefined : leader
  }

  /** Forgets leaders, so that the next look asks again. */
  forget(): void {
    this.#base.clearMetadata()
  }

  async node(id: number): Promise<Connection> {
    const broker = this.#base.currentMetadata?.brokers.get(id) ?? (await this.metadata([], true)).brokers.get(id)
    if (!broker) throw new QuartierError('LOG_UNAVAILABLE', `reach broker ${id}: it is away`, { retriable: true })
    return this.#base.connections.get(broker)
  }

  /** Any broker that answers. */
  async anyNode(): Promise<Connection> {
    const { brokers } = await this.metadata([])
    const tried: unknown[] = []
    for (const broker of brokers.values()) {
      try {
        return await this.#base.connections.get(broker)
      } catch (error) {
        tried.push(error)
      }
    }
    this.forget()
    throw tried[0] ?? new QuartierError('LOG_UNAVAILABLE', 'reach a broker: none is known', { retriable: true })
  }

  /** Runs `work` with the broker that keeps the group's offsets; looks for it again when it has moved. */
  async atCoordinator<T>(group: string, work: (connection: Connection) => Promise<T>): Promise<T> {
    try {
      let id = this.#coordinators.get(group)
      if (id === undefined) {
        const answer = await findCoordinatorV4.api.async(await this.anyNode(), FindCoordinatorKeyTypes.GROUP, [group])
        const found = answer.coordinators[0]
        if (found?.errorCode !== 0) throw fromCode(found?.errorCode ?? 15, found?.errorMessage)
        id = found.nodeId
        this.#coordinators.set(group, id)
      }
      return await work(await this.node(id))
    } catch (error) {
      this.#coordinators.delete(group)
      if (isStale(error)) this.forget()
      throw error
    }
  }

  async close(): Promise<void> {
    await this.#base.close()
  }
}
