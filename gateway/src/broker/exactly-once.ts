import type { Client, PublishPacket } from 'aedes'

/** Where QoS 2 messages that await their release are stored, as this file uses it. */
export interface Incoming {
  incomingGetPacket(client: { id: string }, packet: object): Promise<unknown>
  incomingStorePacket(client: { id: string }, packet: object): Promise<unknown>
}

/**
 * Takes QoS 2 telemetry once. A message is stored once it is taken: whatever comes under its id before its release is
 * a repetition [MQTT-4.3.3-2], and so aedes answers it.
 */
export class ExactlyOnce {
  readonly #incoming: Incoming
  readonly #limit: number
  /** What is being taken, by client and message id. */
  readonly #taking = new Map<string, Map<number, Promise<void>>>()

  /** At most `limit` messages of one connection may await their release. */
  constructor(incoming: Incoming, limit: number) {
    this.#incoming = incoming
    this.#limit = limit
    storeNoPayload(incoming)
  }

  /** Whether something of the client is being taken. */
  isBusy(engineId: string): boolean {
    return this.#taking.has(engineId)
  }

  /** Resolves when the message is taken and stored, by this call or an earlier one. */
  take(client: Client, packet: PublishPacket, id: number, take: () => Promise<void>): Promise<void> {
    const ours = this.#taking.get(client.id) ?? new Map<number, Promise<void>>()
    const before = ours.get(id)
    if (before) return before
    this.#taking.set(client.id, ours)
    const taken = this.#takeAndStore(client, packet, id, take).finally(() => {
      ours.delete(id)
      if (ours.size === 0) this.#taking.delete(client.id)
    })
    ours.set(id, taken)
    return taken
  }

  async #takeAndStore(client: Client, packet: PublishPacket, id: number, take: () => Promise<void>): Promise<void> {
    const isStored = await this.#incoming.incomingGetPacket(client, packet).then(
      () => true,
      () => false,
    )
    if (isStored) return
    const awaiting = inflightOf(client)
    if (awaiting.size >= this.#limit) throw new Error('too many QoS 2 messages await their release')
    awaiting.add(id)
    try {
      await take()
      // A clean session that has ended meanwhile keeps nothing.
      if (!client.closed || !client.clean) await this.#incoming.incomingStorePacket(client, packet)
    } catch (error) {
      awaiting.delete(id)
      throw error
    }
  }
}

/** What was received at QoS 2 is kept to know it again, and never read: its id is enough. */
function storeNoPayload(incoming: Incoming): void {
  const store = incoming.incomingStorePacket.bind(incoming)
  incoming.incomingStorePacket = (client, packet) => store(client, { ...packet, payload: NOTHING })
}

const NOTHING = Buffer.alloc(0)

/** Message ids of QoS 2 that aedes counts as not yet released. */
const inflightOf = (client: Client): Set<number> =>
  (client as unknown as { _inboundInflight: Set<number> })._inboundInflight
