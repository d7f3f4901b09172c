import type { Journal, Row } from './journal.ts'
import { copyPacket, packetBytes, packetColumns, packetFrom } from './packets.ts'
import { ownerOf, Shares } from './shares.ts'
import type { SessionLimits, SessionStats, StoredPacket } from './types.ts'

interface Entry extends Row {
  readonly client: string
  readonly bytes: number
  packet: StoredPacket | undefined
}

interface Queue {
  entries: Entry[]
  bytes: number
}

const SHARE_BYTES = 16_384

/** Messages that wait for clients, or were sent and not yet acknowledged; in order per client, bounded. */
export class Outgoing {
  /** The highest counter of each broker among the stored packets. */
  readonly counters = new Map<string, number>()
  readonly #queues = new Map<string, Queue>()
  readonly #shares = new Shares<Entry>(SHARE_BYTES)
  #nextSeq = 1
  readonly #journal: Journal
  readonly #limits: SessionLimits
  readonly #stats: SessionStats

  constructor(journal: Journal, limits: SessionLimits, stats: SessionStats) {
    this.#journal = journal
    this.#limits = limits
    this.#stats = stats
    for (const [seq, client, head, payload] of journal.read('outgoing')) {
      const packet = packetFrom(head as string, payload as string)
      if (packet.brokerId !== undefined)
        this.counters.set(packet.brokerId, Math.max(packet.brokerCounter ?? 0, this.counters.get(packet.brokerId) ?? 0))
      this.#nextSeq = (seq as number) + 1
      this.#append(this.#entry(seq as number, client as string, revived(packet), true))
    }
  }

  clients(): Iterable<string> {
    return this.#queues.keys()
  }

  has(client: string): boolean {
    return this.#queues.has(client)
  }

  /** Adds a copy of the packet. The oldest give way where there are too many: the client's, or those of whoever has most. */
  enqueue(client: string, packet: StoredPacket): void {
    const entry = this.#entry(this.#nextSeq++, client, copyPacket(packet), false)
    const queue = this.#append(entry)
    this.#journal.touch(entry)
    const { queueMessages, queueBytes, totalQueueBytes } = this.#limits
    while (queue.entries.length > queueMessages || queue.bytes > queueBytes) this.#drop(queue.entries[0] as Entry)
    while (this.#stats.queuedBytes > totalQueueBytes) this.#drop(this.#shares.oldestOfMost() as Entry)
  }

  /**
   * A packet of the queue has got its message id, or has become a PUBREL. True when that must be durable before the
   * handshake goes on: for QoS 2; a QoS 1 message may be sent again under another id after a crash.
   * @throws Error when there is no such packet
   */
  update(client: string, packet: StoredPacket): boolean {
    for (const entry of this.#queues.get(client)?.entries ?? []) {
      const held = entry.packet as StoredPacket
      if (held.brokerId === packet.brokerId) {
        if (held.brokerCounter !== packet.brokerCounter) continue
        held.messageId = packet.messageId
        if (held.qos !== 2) return false
      } else if (held.messageId === packet.messageId) entry.packet = packet
      else continue
      this.#journal.touch(entry)
      return true
    }
    throw new Error('no such packet')
  }

  /** Removes the packet with this message id and returns it. After a crash it may be there again: it is sent twice. */
  clear(client: string, messageId: number | undefined): StoredPacket | undefined {
    const entry = this.#queues.get(client)?.entries.find((e) => e.packet?.messageId === messageId)
    const packet = entry?.packet
    if (entry) this.#remove(entry)
    return packet
  }

  /** The packets of a client as they are now, oldest first. */
  packets(client: string): StoredPacket[] {
    return (this.#queues.get(client)?.entries ?? []).map((e) => e.packet as StoredPacket)
  }

  removeAll(client: string): void {
    for (const entry of [...(this.#queues.get(client)?.entries ?? [])]) this.#remove(entry)
  }

  #entry(seq: number, client: string, packet: StoredPacket, stored: boolean): Entry {
    const entry: Entry = {
      table: 'outgoing',
      key: [seq],
      client,
      bytes: packetBytes(packet),
      packet,
      stored,
      values: () => entry.packet && [client, ...packetColumns(entry.packet)],
    }
    return entry
  }

  #append(entry: Entry): Queue {
    let queue = this.#queues.get(entry.client)
    if (!queue) {
      queue = { entries: [], bytes: 0 }
      this.#queues.set(entry.client, queue)
    }
    queue.entries.push(entry)
    queue.bytes += entry.bytes
    this.#shares.add(ownerOf(entry.client), entry, entry.bytes)
    this.#stats.queuedMessages++
    this.#stats.queuedBytes += entry.bytes
    return queue
  }

  #drop(entry: Entry): void {
    this.#stats.droppedMessages++
    this.#stats.droppedBytes += entry.bytes
    this.#remove(entry)
  }

  #remove(entry: Entry): void {
    const queue = this.#queues.get(entry.client) as Queue
    queue.entries.splice(queue.entries.indexOf(entry), 1)
    queue.bytes -= entry.bytes
    if (queue.entries.length === 0) this.#queues.delete(entry.client)
    this.#shares.remove(ownerOf(entry.client), entry, entry.bytes)
    entry.packet = undefined
    this.#stats.queuedMessages--
    this.#stats.queuedBytes -= entry.bytes
    this.#journal.touch(entry)
  }
}

/** A stored publication in aedes' own class; a PUBREL stays what it is. */
function revived(packet: StoredPacket): StoredPacket {
  if (packet.cmd !== 'publish') return packet
  const copy = copyPacket(packet)
  copy.messageId = packet.messageId
  return copy
}
