import type { Principal } from '@quartier/contracts/records'
import type { Limits } from './config.ts'
import type { Share, Shares } from './share.ts'
import { covers, fillIn } from './topics/filter.ts'
import { TopicCache } from './topics/topic-cache.ts'

/** Everybody who gives no name where anonymous access is on: speaks for every source its topics name. */
export const ANONYMOUS: Principal = {
  name: 'anonymous',
  source: '',
  kind: 'service',
  publish: ['#'],
  subscribe: ['#', '$SYS/#'],
  devices: ['*'],
  personal: false,
  historical: false,
  enabled: true,
}

/** By what a principal is known, and until when that holds. */
export interface Known {
  readonly by?: string
  readonly until?: number
}

/** What one principal may do, and what has been worked out about it; shared by all its connections. */
export class Access {
  readonly principal: Principal
  /** By what it is known: the version of its secret, or the id of its certificate or token. */
  readonly knownBy: string
  /** When that is worth nothing any more, epoch ms. */
  readonly expiresAt: number
  readonly topics: TopicCache
  readonly allDevices: boolean
  readonly anySource: boolean
  readonly share: Share
  readonly messagesPerSecond: number
  readonly burst: number
  readonly subscriptions: number
  readonly retainedLimit: number
  readonly seriesLimit: number
  readonly connectionLimit: number
  /** Connections with just these rights; those of the principal are in its share. */
  connections = 0
  readonly #publish: readonly string[]
  readonly #subscribe: readonly string[]
  readonly #exact: Set<string>
  readonly #prefixes: readonly string[]
  #cleared = new Uint8Array(0)

  constructor(principal: Principal, limits: Limits, shares: Shares, known: Known = {}) {
    const p = principal
    const device = p.kind === 'device'
    this.principal = p
    this.knownBy = known.by ?? ''
    this.expiresAt = known.until ?? Number.POSITIVE_INFINITY
    this.anySource = p === ANONYMOUS
    this.topics = new TopicCache(device ? limits.deviceTopicMemory : limits.clientTopicMemory, shares.topics)
    this.#publish = p.publish.map((f) => fillIn(f, p))
    this.#subscribe = p.subscribe.map((f) => fillIn(f, p))
    this.allDevices = p.devices.includes('*')
    this.#exact = new Set(p.devices.filter((d) => !d.endsWith('*')))
    this.#prefixes = p.devices.filter((d) => d.endsWith('*')).map((d) => d.slice(0, -1))
    this.messagesPerSecond = device ? limits.deviceMessagesPerSecond : limits.clientMessagesPerSecond
    this.burst = device ? limits.deviceBurst : limits.clientBurst
    this.subscriptions = device ? limits.deviceSubscriptions : limits.clientSubscriptions
    this.retainedLimit = device ? limits.deviceRetained : limits.clientRetained
    const client = this.anySource
      ? { connections: limits.connections, series: limits.series, partialBytes: limits.partialBytes }
      : { connections: limits.clientConnections, series: limits.clientSeries, partialBytes: limits.clientPartialBytes }
    this.connectionLimit = device ? limits.deviceConnections : client.connections
    this.seriesLimit = device ? limits.deviceSeries : client.series
    this.share = shares.of(p.name, device ? limits.devicePartialBytes : client.partialBytes)
  }

  /** A connection speaks for the principal from now on. */
  enter(): void {
    this.connections++
    this.share.connections++
  }

  /** One connection less; after the last one no topics are remembered. */
  leave(): void {
    this.share.connections--
    if (--this.connections === 0) this.topics.forget()
  }

  mayPublish(topic: string): boolean {
    return !topic.startsWith('$') && this.#publish.some((f) => covers(f, topic))
  }

  maySubscribe(filter: string): boolean {
    return this.#subscribe.some((f) => covers(f, filter))
  }

  /** Whether a retained message of that many bytes may be kept for the topic; one of none is a removal. */
  mayRetain(topic: string, bytes: number): boolean {
    if (bytes === 0) {
      this.share.retained.delete(topic)
      return true
    }
    const { retained } = this.share
    if (!retained.has(topic) && retained.size >= this.retainedLimit) return false
    retained.add(topic)
    return true
  }

  maySpeakFor(device: string): boolean {
    return this.allDevices || this.#exact.has(device) || this.#prefixes.some((p) => device.startsWith(p))
  }

  /** Whether a series, known by its handle, was found to belong to a device of this principal. */
  isCleared(handle: number): boolean {
    return ((this.#cleared[handle >> 3] ?? 0) & (1 << (handle & 7))) !== 0
  }

  clear(handle: number): void {
    const at = handle >> 3
    if (at >= this.#cleared.length) {
      const bigger = new Uint8Array(Math.max(64, at * 2))
      bigger.set(this.#cleared)
      this.#cleared = bigger
    }
    this.#cleared[at] = (this.#cleared[at] as number) | (1 << (handle & 7))
  }
}
