import type { Journal, Row } from './journal.ts'
import { packetBytes, packetColumns, packetFrom } from './packets.ts'
import { ownerOf, Shares } from './shares.ts'
import type { SessionLimits, SessionStats, StoredPacket } from './types.ts'

interface Entry extends Row {
  readonly key: readonly [topic: string]
  bytes: number
  packet: StoredPacket | undefined
}

const SHARE_BYTES = 4_096

/** The latest retained message of each topic, bounded: what whoever holds most stored longest ago gives way. */
export class Retained {
  readonly #entries = new Map<string, Entry>()
  /** By the principal that a packet names as its client; a client id counts for its principal. */
  readonly #shares = new Shares<Entry>(SHARE_BYTES)
  readonly #journal: Journal
  readonly #limits: SessionLimits
  readonly #stats: SessionStats

  constructor(journal: Journal, limits: SessionLimits, stats: SessionStats) {
    this.#journal = journal
    this.#limits = limits
    this.#stats = stats
    for (const [topic, head, payload] of journal.read('retained'))
      this.#keep(topic as string, packetFrom(head as string, payload as string), newEntry(topic as string, true))
  }

  /** Keeps a copy of the packet; one with an empty payload removes what is kept. Returns whether anything changed. */
  store(packet: StoredPacket): boolean {
    const topic = packet.topic as string
    const before = this.#entries.get(topic)
    if (before) this.#forget(topic, before)
    if ((packet.payload?.length ?? 0) === 0) return before !== undefined
    this.#journal.touch(this.#keep(topic, { ...packet }, before ?? newEntry(topic)))
    const { retainedMessages, retainedBytes, retainedPerClient } = this.#limits
    const owner = packet.clientId === undefined ? undefined : ownerOf(packet.clientId)
    if (owner !== undefined && this.#shares.countOf(owner) > retainedPerClient) this.#drop(this.#shares.oldestOf(owner))
    while (this.#stats.retainedMessages > retainedMessages || this.#stats.retainedBytes > retainedBytes)
      this.#drop(this.#shares.oldestOfMost() ?? this.#entries.values().next().value)
    return true
  }

  /** The messages whose topics match the filter. */
  *matching(filter: string): Generator<StoredPacket> {
    if (!/[+#]/.test(filter)) {
      const exact = this.#entries.get(filter)?.packet
      if (exact) yield exact
      return
    }
    const levels = filter.split('/')
    for (const [topic, { packet }] of this.#entries) if (packet && isMatch(levels, topic)) yield packet
  }

  #drop(entry: Entry | undefined): void {
    if (!entry) return
    this.#stats.droppedRetained++
    this.#forget(entry.key[0], entry)
  }

  #keep(topic: string, packet: StoredPacket, entry: Entry): Entry {
    entry.packet = packet
    entry.bytes = packetBytes(packet)
    this.#entries.set(topic, entry)
    this.#count(entry, packet.clientId, 1)
    return entry
  }

  #forget(topic: string, entry: Entry): void {
    this.#entries.delete(topic)
    this.#count(entry, entry.packet?.clientId, -1)
    entry.packet = undefined
    this.#journal.touch(entry)
  }

  #count(entry: Entry, client: string | undefined, sign: 1 | -1): void {
    this.#stats.retainedMessages += sign
    this.#stats.retainedBytes += sign * entry.bytes
    if (client === undefined) return
    if (sign > 0) this.#shares.add(ownerOf(client), entry, entry.bytes)
    else this.#shares.remove(ownerOf(client), entry, entry.bytes)
  }
}

function newEntry(topic: string, stored = false): Entry {
  const entry: Entry = {
    table: 'retained',
    key: [topic],
    bytes: 0,
    packet: undefined,
    stored,
    values: () => entry.packet && packetColumns(entry.packet),
  }
  return entry
}

/** Whether a topic matches a filter's levels; wildcards at its beginning leave out topics that begin with `$` [MQTT-4.7.2-1]. */
export function isMatch(filter: readonly string[], topic: string): boolean {
  if (topic.startsWith('$') && (filter[0] === '+' || filter[0] === '#')) return false
  const levels = topic.split('/')
  for (let i = 0; i < filter.length; i++) {
    if (filter[i] === '#') return true
    if (i >= levels.length || (filter[i] !== '+' && filter[i] !== levels[i])) return false
  }
  return filter.length === levels.length
}
