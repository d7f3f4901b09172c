import { Readable } from 'node:stream'
import { QuartierError } from '@quartier/contracts'
import { type Clock, wallClock } from '@quartier/contracts/runtime'
import { Incoming } from './incoming.ts'
import { Journal } from './journal.ts'
import { DEFAULT_LIMITS, newStats } from './limits.ts'
import { Outgoing } from './outgoing.ts'
import { PacketTable } from './packet-table.ts'
import { copyPacket, packetFrom } from './packets.ts'
import { Presence } from './presence.ts'
import { Retained } from './retained.ts'
import { Subscriptions } from './subscriptions.ts'
import type {
  SessionBroker,
  SessionClient,
  SessionLimits,
  SessionOptions,
  Sessions,
  StoredPacket,
  StoredSubscription,
} from './types.ts'

/** Sessions in memory, every change of which is also written to SQLite. One process at a time has the file. */
export class SqliteSessions implements Sessions {
  readonly stats = newStats()
  readonly #limits: SessionLimits
  readonly #clock: Clock
  readonly #journal: Journal
  readonly #presence: Presence
  readonly #subscriptions: Subscriptions
  readonly #outgoing: Outgoing
  readonly #incoming: Incoming
  readonly #wills: PacketTable
  readonly #retained: Retained
  #broker: SessionBroker | undefined
  #timer: NodeJS.Timeout | undefined
  #isDestroyed = false

  constructor({ path, limits, clock = wallClock }: SessionOptions) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits }
    this.#clock = clock
    const journal = new Journal(path, this.#limits.fileBytes, this.stats)
    this.#journal = journal
    this.#presence = new Presence(journal, clock.now())
    this.#subscriptions = new Subscriptions(journal)
    this.#outgoing = new Outgoing(journal, this.#limits, this.stats)
    this.#incoming = new Incoming(journal, this.#limits)
    this.#wills = new PacketTable('wills', journal)
    for (const [client, head, payload] of journal.read('wills'))
      this.#wills.set([client as string], packetFrom(head as string, payload as string), 'loaded')
    this.#retained = new Retained(journal, this.#limits, this.stats)
    this.stats.sessions = this.#presence.count
  }

  get broker(): SessionBroker | undefined {
    return this.#broker
  }

  async setup(broker: SessionBroker): Promise<void> {
    this.#broker = broker
    // A broker that keeps its id over a restart must not give a number that a stored packet has.
    broker.counter = Math.max(broker.counter, this.#outgoing.counters.get(broker.id) ?? 0)
    broker.on?.('client', this.#onPresent)
    broker.on?.('clientDisconnect', this.#onAbsent)
    this.#timer = setInterval(() => this.expire(), Math.max(1_000, Math.min(60_000, this.#limits.expiryMs / 4))).unref()
  }

  async storeRetained(packet: StoredPacket): Promise<void> {
    // A removal makes room and is always welcome.
    if (packet.payload?.length || this.#isDestroyed) this.#admit()
    if (this.#retained.store(packet)) await this.#journal.whenDurable()
  }

  createRetainedStream(filter: string): Readable {
    return this.createRetainedStreamCombi([filter])
  }

  createRetainedStreamCombi(filters: readonly string[]): Readable {
    const retained = this.#retained
    return Readable.from(
      (function* () {
        for (const filter of filters) yield* retained.matching(filter)
      })(),
    )
  }

  async addSubscriptions(client: SessionClient, subscriptions: readonly StoredSubscription[]): Promise<void> {
    this.#admit()
    if (subscriptions.length === 0) return
    this.#begin(client.id)
    for (const s of subscriptions) this.#subscriptions.add(client.id, s)
    await this.#journal.whenDurable()
  }

  async removeSubscriptions(client: SessionClient, filters: readonly string[]): Promise<void> {
    let changed = false
    for (const filter of filters) changed = this.#subscriptions.remove(client.id, filter) || changed
    this.#endIfEmpty(client.id)
    if (changed) await this.#journal.whenDurable()
  }

  async subscriptionsByClient(client: SessionClient): Promise<StoredSubscription[]> {
    return this.#subscriptions.of(client.id)
  }

  async subscriptionsByTopic(topic: string): Promise<(StoredSubscription & { clientId: string })[]> {
    return this.#subscriptions.matching(topic)
  }

  async cleanSubscriptions(client: SessionClient): Promise<void> {
    const changed = this.#subscriptions.removeAll(client.id)
    this.#endIfEmpty(client.id)
    if (changed) await this.#journal.whenDurable()
  }

  async countOffline(): Promise<{ subsCount: number; clientsCount: number }> {
    return { subsCount: this.#subscriptions.count, clientsCount: this.#subscriptions.clientCount }
  }

  async outgoingEnqueue(subscription: { clientId: string }, packet: StoredPacket): Promise<void> {
    await this.outgoingEnqueueCombi([subscription], packet)
  }

  async outgoingEnqueueCombi(subscriptions: readonly { clientId: string }[], packet: StoredPacket): Promise<void> {
    if (subscriptions.length === 0) return
    this.#admit()
    for (const { clientId } of subscriptions) {
      this.#begin(clientId)
      this.#outgoing.enqueue(clientId, packet)
    }
    await this.#journal.whenDurable()
  }

  async outgoingUpdate(client: SessionClient, packet: StoredPacket): Promise<void> {
    if (this.#outgoing.update(client.id, packet)) await this.#journal.whenDurable()
  }

  async outgoingClearMessageId(
    client: SessionClient,
    packet: { messageId?: number },
  ): Promise<StoredPacket | undefined> {
    const cleared = this.#outgoing.clear(client.id, packet.messageId)
    if (cleared) this.#endIfEmpty(client.id)
    return cleared
  }

  outgoingStream(client: SessionClient): Readable {
    return Readable.from(this.#outgoing.packets(client.id))
  }

  async incomingStorePacket(client: SessionClient, packet: StoredPacket): Promise<void> {
    this.#admit()
    const id = packet.messageId as number
    const copy = copyPacket(packet)
    copy.messageId = id
    this.#incoming.admit(client.id, id, copy)
    if (!client.clean) this.#begin(client.id)
    this.#incoming.store(client.id, id, copy, !client.clean)
    if (!client.clean) await this.#journal.whenDurable()
  }

  async incomingGetPacket(client: SessionClient, packet: { messageId?: number }): Promise<StoredPacket> {
    const held = this.#incoming.get(client.id, packet.messageId as number)
    if (!held) throw new Error('no such packet')
    return held
  }

  async incomingDelPacket(client: SessionClient, packet: { messageId?: number }): Promise<void> {
    if (!this.#incoming.delete(client.id, packet.messageId as number)) throw new Error('no such packet')
    this.#endIfEmpty(client.id)
    if (!client.clean) await this.#journal.whenDurable()
  }

  async cleanIncoming(client: SessionClient): Promise<void> {
    this.#incoming.removeAll(client.id)
    this.#endIfEmpty(client.id)
  }

  async putWill(client: SessionClient, packet: StoredPacket): Promise<void> {
    this.#admit()
    packet.brokerId = this.#broker?.id
    packet.clientId = client.id
    this.#wills.set([client.id], packet, 'write')
    await this.#journal.whenDurable()
  }

  async getWill(client: SessionClient): Promise<StoredPacket | undefined> {
    return this.#wills.get([client.id])
  }

  async delWill(client: SessionClient): Promise<StoredPacket | undefined> {
    const will = this.#wills.delete([client.id])
    if (will) await this.#journal.whenDurable()
    return will
  }

  streamWill(brokers: Readonly<Record<string, unknown>> = {}): Readable {
    const wills = this.#wills.packets()
    return Readable.from(
      (function* () {
        for (const will of wills) if (!brokers[will.brokerId ?? '']) yield will
      })(),
    )
  }

  getClientList(filter: string): Readable {
    return Readable.from(this.#subscriptions.clientsOf(filter))
  }

  expire(): void {
    const before = this.#clock.now() - this.#limits.expiryMs
    for (let o = this.#presence.oldest(); o && o.absentAt < before; o = this.#presence.oldest()) {
      this.#end(o.client)
      this.stats.expiredSessions++
    }
  }

  async destroy(): Promise<void> {
    if (this.#isDestroyed) throw new QuartierError('SESSIONS_CLOSED', 'close the sessions: they are closed')
    this.#isDestroyed = true
    clearInterval(this.#timer)
    this.#broker?.removeListener?.('client', this.#onPresent)
    this.#broker?.removeListener?.('clientDisconnect', this.#onAbsent)
    this.#journal.close()
  }

  #onPresent = (client: SessionClient): void => this.#presence.mark(client.id, undefined)
  #onAbsent = (client: SessionClient): void => this.#presence.mark(client.id, this.#clock.now())

  /** Refuses to take more while the disk refuses what there is. */
  #admit(): void {
    if (this.#isDestroyed) throw new QuartierError('SESSIONS_CLOSED', 'change a session: the sessions are closed')
    if (!this.#journal.stalled || this.#journal.pending < this.#limits.pendingRows) return
    throw new QuartierError('SESSIONS_OVERLOADED', 'change a session: too much waits for the disk', { retriable: true })
  }

  /** Makes sure that the client has a session; where there are too many, whoever has most gives way. */
  #begin(client: string): void {
    if (this.#presence.has(client)) return
    if (this.#presence.count >= this.#limits.sessions) {
      const dispensable = this.#presence.mostDispensable(client)
      if (dispensable === undefined)
        throw new QuartierError('SESSIONS_LIMIT', `keep a session for ${client}: there are too many`, {
          retriable: true,
        })
      this.#end(dispensable)
      this.stats.evictedSessions++
    }
    this.#presence.add(client, this.#broker?.clients?.[client] ? undefined : this.#clock.now())
    this.stats.sessions = this.#presence.count
  }

  #end(client: string): void {
    this.#subscriptions.removeAll(client)
    this.#outgoing.removeAll(client)
    this.#incoming.removeAll(client)
    this.#presence.remove(client)
    this.stats.sessions = this.#presence.count
  }

  #endIfEmpty(client: string): void {
    if (!this.#presence.has(client)) return
    if (this.#subscriptions.has(client) || this.#outgoing.has(client) || this.#incoming.has(client)) return
    this.#presence.remove(client)
    this.stats.sessions = this.#presence.count
  }
}
