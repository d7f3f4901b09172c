import type { Logger } from '@quartier/contracts/runtime'
import { Aedes, type AedesPublishPacket, type Client, type PublishPacket } from 'aedes'
import type { Access } from '../access.ts'
import type { RetainedMessage } from '../retained-writer.ts'
import { ownerOf } from '../sessions/shares.ts'
import { covers } from '../topics/filter.ts'
import { Emitter } from './emitter.ts'
import { ExactlyOnce, type Incoming } from './exactly-once.ts'
import type { FullRoad, RoadHead } from './full-road.ts'

/** A connection as the engine's hooks need it. */
export interface BrokerClient extends RoadHead {
  readonly access: Access | undefined
  /** The batch that must be durable before a newer connection of the client may come in. */
  lastBatch: number
  readonly waitingBytes: number
  close(reason: string): void
  /** Whether the client may subscribe to one filter more; says no beyond its limit. */
  admitSubscription(filter: string): boolean
  dropSubscription(filter: string): void
}

/** aedes' persistence as this file uses it; the rest is between aedes and the sessions. */
export interface Persistence extends Incoming {
  storeRetained(packet: object): Promise<void>
  subscriptionsByClient(client: { id: string }): Promise<readonly unknown[]>
  outgoingUpdate(client: { id: string }, packet: { cmd?: string }): Promise<unknown>
  destroy(): Promise<void>
}

export interface BrokerDeps {
  readonly persistence: Persistence
  /** Hands messages around: one that other gateways hear too, where there are several. */
  readonly emitter?: Emitter
  readonly logger: Logger
  readonly instance: string
  readonly outgoingBytes: number
  readonly inflight: number
  readonly topicLevels: number
  /** How long a client's next connection waits for the last one to be gone, ms. */
  readonly leaveMs: number
  /** Whether a message belongs to the fast lane, whoever carries it. */
  readonly isTelemetry: (mqttTopic: string) => boolean
  /** Takes telemetry that arrived by the full road; resolves when it is durable. */
  readonly take: (sender: Sender, packet: Taken) => Promise<void>
}

/** A connection, or for what it left behind the id by which the engine knew it. */
export type Sender = BrokerClient | string

export interface Taken {
  readonly topic: string
  readonly payload: Buffer
  readonly retain: boolean
  readonly qos: number
}

const HEARTBEAT_MS = 15_000
/** Messages of QoS 1 and 2 may wait in this many times the bound of QoS 0. */
const PROMISED = 8

/** The MQTT engine behind the fast lane: sessions, subscriptions, retained messages, wills and QoS 2. */
export class Broker {
  readonly stats = { published: 0, dropped: 0, retainedRefused: 0 }
  readonly #deps: BrokerDeps
  readonly #aedes: Aedes
  /** Publications of one client that must not overtake each other while one is persisted. */
  readonly #lines = new WeakMap<Client, (() => void)[]>()
  readonly #once: ExactlyOnce

  static async open(deps: BrokerDeps): Promise<Broker> {
    const broker = new Broker(deps)
    await broker.#aedes.listen()
    return broker
  }

  private constructor(deps: BrokerDeps) {
    this.#deps = deps
    forgivePubrec(deps.persistence)
    this.#once = new ExactlyOnce(deps.persistence, deps.inflight)
    this.#aedes = new Aedes({
      id: `quartier-${deps.instance}`,
      mq: deps.emitter ?? new Emitter(),
      persistence: deps.persistence,
      heartbeatInterval: HEARTBEAT_MS,
      drainTimeout: 0,
      maxInflightInbound: deps.inflight,
      maxClientsIdLength: 1_000,
      maxTopicLevels: deps.topicLevels,
      queueLimit: 1_000_000,
    })
    this.#hook()
  }

  /** Begins to serve a client; its CONNECT is already on the road. */
  attach(road: FullRoad): void {
    this.#aedes.handle(road)
  }

  /**
   * Waits until no earlier connection of the client is left in the engine, and none of its QoS 2 messages is being
   * taken in. Resolves to false when that takes too long: its end may wait for a disk that is full.
   */
  async gone(engineId: string): Promise<boolean> {
    const { clients } = this.#aedes as unknown as { clients: Record<string, unknown> }
    const until = performance.now() + this.#deps.leaveMs
    for (let round = 0; clients[engineId] || this.#once.isBusy(engineId); round++) {
      if (performance.now() > until) return false
      await new Promise<void>((later) => (round < 10 ? setImmediate(later) : setTimeout(later, 5)))
    }
    return true
  }

  get id(): string {
    return this.#aedes.id
  }

  /** Clients here whose sessions outlive their connection. */
  persistentClients(): string[] {
    const { clients } = this.#aedes as unknown as { clients: Record<string, { clean: boolean }> }
    return Object.keys(clients).filter((id) => clients[id]?.clean === false)
  }

  /** Whether a session of the client is kept, which one with a clean start must end. */
  async hasSession(engineId: string): Promise<boolean> {
    return (await this.#deps.persistence.subscriptionsByClient({ id: engineId })).length > 0
  }

  /** Hands a message of the gateway's own to whoever has subscribed; a retained one is kept for later subscribers. */
  send(topic: string, payload: Uint8Array, { retain = false, qos = 0 as 0 | 1 } = {}): Promise<void> {
    const packet = { cmd: 'publish', topic, payload: Buffer.from(payload), qos, retain, dup: false } as const
    return new Promise((done, failed) => {
      this.#aedes.publish(packet as unknown as AedesPublishPacket, (error) => (error ? failed(error) : done()))
    })
  }

  /** Hears of every message on a topic, whoever sends it. */
  watch(topic: string, hear: (payload: Buffer) => void): Promise<void> {
    const deliver = (packet: AedesPublishPacket, next: () => void) => {
      hear(Buffer.from(packet.payload))
      next()
    }
    return new Promise((done) => this.#aedes.subscribe(topic, deliver, () => done()))
  }

  /** Ends every connection, publishing wills. */
  close(): Promise<void> {
    return new Promise((done) => this.#aedes.close(done))
  }

  /** Persists retained messages of the fast lane. */
  readonly storeRetained = async (messages: readonly RetainedMessage[]): Promise<void> => {
    const counter = this.#aedes as unknown as { counter: number }
    await Promise.all(
      messages.map((m) =>
        this.#deps.persistence.storeRetained({
          cmd: 'publish',
          brokerId: this.#aedes.id,
          brokerCounter: ++counter.counter,
          topic: m.topic,
          payload: m.payload,
          qos: m.qos,
          retain: true,
          dup: false,
          clientId: encodeURIComponent(m.principal),
        }),
      ),
    )
  }

  #hook(): void {
    const { logger } = this.#deps
    const aedes = this.#aedes
    const engine = aedes.publish.bind(aedes) as unknown as Engine
    aedes.publish = ((packet: PublishPacket, client: unknown, done?: unknown) => {
      if (typeof client === 'function') this.#publish(engine, packet, null, client as Done)
      else this.#publish(engine, packet, client as Client | null, (done as Done) ?? (() => {}))
    }) as Aedes['publish']
    // A client that went while it was being let in would else stay registered for ever.
    const register = aedes as unknown as { registerClient(client: Client): void }
    const registerClient = register.registerClient.bind(aedes)
    register.registerClient = (client) => {
      if (!client.closed) registerClient(client)
    }
    aedes.authorizePublish = (client, packet, done) => this.#authorizePublish(client, packet, done)
    aedes.authorizeSubscribe = (client, subscription, done) => {
      const admitted = clientOf(client).admitSubscription(subscription.topic)
      done(null, admitted ? subscription : null)
    }
    aedes.authorizeForward = (client, packet) => this.#forward(client, packet)
    aedes.on('unsubscribe', (filters, client) => {
      if (client) for (const filter of filters) clientOf(client).dropSubscription(filter)
    })
    const failed = (_client: Client, error: Error) => logger.debug({ reason: error.message }, 'client.failed')
    aedes.on('clientError', failed)
    aedes.on('connectionError', failed)
    ;(aedes as unknown as NodeJS.EventEmitter).on('error', (error: Error) =>
      logger.error({ err: error }, 'sessions.failed'),
    )
  }

  /** Telemetry is taken in here, so that aedes acknowledges it only when it is durable. */
  #authorizePublish(client: Client | null, packet: PublishPacket, done: (error?: Error | null) => void): void {
    if (!this.#deps.isTelemetry(packet.topic)) {
      done(null)
      return
    }
    const sender = client ? clientOf(client) : ((packet as { clientId?: string }).clientId ?? '')
    const take = () => this.#deps.take(sender, takenFrom(packet))
    const id = packet.qos === 2 ? packet.messageId : undefined
    const taken = client && id !== undefined ? this.#once.take(client, packet, id, take) : take()
    taken.then(() => done(null), done)
  }

  #publish(engine: Engine, packet: PublishPacket, client: Client | null, done: Done): void {
    this.stats.published++
    const id = client && packet.qos === 1 ? packet.messageId : undefined
    const finish = (error?: Error | null) => {
      if (id !== undefined && client && !error) roadOf(client).release(id)
      done(error)
    }
    if (this.#deps.isTelemetry(packet.topic)) {
      finish(null)
      return
    }
    const owned = packet.retain ? this.#owned(packet, client) : packet
    if (!client) {
      engine(owned, null, finish)
      return
    }
    this.#inLine(client, owned.retain, (next) =>
      engine(owned, client, (error) => {
        next()
        finish(error)
      }),
    )
  }

  /** A retained message under the name of its principal; beyond what that may retain, one that is only handed on. */
  #owned(packet: PublishPacket & { clientId?: string }, client: Client | null): PublishPacket {
    const sender = client?.id ?? packet.clientId
    const access = client ? clientOf(client).access : undefined
    const retain = !access || access.mayRetain(packet.topic, packet.payload.length)
    if (!retain) this.stats.retainedRefused++
    const owner = sender === undefined ? {} : { clientId: ownerOf(sender) }
    return { ...packet, ...owner, retain } as PublishPacket
  }

  /** Keeps one client's messages in order: after a retained one, which waits for the disk, all others wait as well. */
  #inLine(client: Client, slow: boolean, run: (next: () => void) => void): void {
    const line = this.#lines.get(client)
    if (line) {
      line.push(() => run(() => this.#next(client)))
      return
    }
    if (!slow) {
      run(() => {})
      return
    }
    this.#lines.set(client, [])
    run(() => this.#next(client))
  }

  #next(client: Client): void {
    const then = this.#lines.get(client)?.shift()
    if (then) then()
    else this.#lines.delete(client)
  }

  /** The packet a subscriber gets: at the QoS it was granted at most, or none when it reads too slowly. */
  #forward(client: Client, packet: AedesPublishPacket): AedesPublishPacket | null {
    const reader = clientOf(client)
    // A session may hold messages that its client may not read any more.
    if (!reader.access?.maySubscribe(packet.topic)) return null
    const { outgoingBytes } = this.#deps
    if (reader.waitingBytes > outgoingBytes && packet.qos === 0) {
      this.stats.dropped++
      return null
    }
    // What was promised cannot be dropped: the session keeps it, the connection goes.
    if (reader.waitingBytes > outgoingBytes * PROMISED) reader.close('slow-reader')
    // Only what a new subscriber is sent from the store keeps the flag, and aedes gives that no origin [MQTT-3.3.1-9].
    if (packet.brokerId) packet.retain = false
    if (packet.qos > 0) packet.qos = Math.min(packet.qos, grantedFor(client, packet.topic)) as 0 | 1 | 2
    return packet
  }
}

/**
 * aedes sends retained messages at QoS 2 without storing them, and then closes the connection when the client's
 * PUBREC finds nothing stored. Such a handshake goes on instead.
 */
function forgivePubrec(persistence: Persistence): void {
  const update = persistence.outgoingUpdate.bind(persistence)
  persistence.outgoingUpdate = (client, packet) =>
    update(client, packet).catch((error) => {
      if (packet.cmd !== 'pubrel') throw error
    })
}

type Done = (error?: Error | null) => void
type Engine = (packet: PublishPacket, client: Client | null, done: Done) => void

const roadOf = (client: Client): FullRoad => client.conn as unknown as FullRoad
const clientOf = (client: Client): BrokerClient => roadOf(client).head as BrokerClient

const takenFrom = (packet: PublishPacket): Taken => ({
  topic: packet.topic,
  payload: typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload,
  retain: packet.retain,
  qos: packet.qos,
})

/** The highest QoS among the client's subscriptions that match [MQTT-3.3.5-1]. */
function grantedFor(client: Client, topic: string): number {
  const subscriptions = (client as unknown as { subscriptions: Record<string, { qos: number }> }).subscriptions
  let granted = 0
  for (const filter in subscriptions)
    if (covers(filter, topic)) granted = Math.max(granted, subscriptions[filter]?.qos ?? 0)
  return granted
}
