import { QuartierError } from '@quartier/contracts'
import type { Journal } from './journal.ts'
import { PacketTable } from './packet-table.ts'
import { packetBytes, packetFrom } from './packets.ts'
import { ownerOf } from './shares.ts'
import type { SessionLimits, StoredPacket } from './types.ts'

/** QoS 2 messages that were received and wait for their release, by client and message id. */
export class Incoming {
  readonly #ids = new Map<string, Set<number>>()
  readonly #packets: PacketTable
  readonly #limits: SessionLimits
  /** Bytes of clients, of principals, and of all. */
  readonly #clients = new Map<string, number>()
  readonly #owners = new Map<string, number>()
  #bytes = 0

  constructor(journal: Journal, limits: SessionLimits) {
    this.#limits = limits
    this.#packets = new PacketTable('incoming', journal)
    for (const [client, id, head, payload] of journal.read('incoming'))
      this.#set(client as string, id as number, packetFrom(head as string, payload as string), 'loaded')
  }

  clients(): Iterable<string> {
    return this.#ids.keys()
  }

  has(client: string): boolean {
    return this.#ids.has(client)
  }

  get(client: string, id: number): StoredPacket | undefined {
    return this.#packets.get([client, id])
  }

  /** @throws QuartierError SESSIONS_LIMIT where too much awaits its release */
  admit(client: string, id: number, packet: StoredPacket): void {
    const before = this.get(client, id)
    const bytes = packetBytes(packet) - (before ? packetBytes(before) : 0)
    const { incomingBytes, incomingOwnerBytes, totalIncomingBytes } = this.#limits
    const isTooMuch =
      (this.#clients.get(client) ?? 0) + bytes > incomingBytes ||
      (this.#owners.get(ownerOf(client)) ?? 0) + bytes > incomingOwnerBytes ||
      this.#bytes + bytes > totalIncomingBytes
    if (isTooMuch)
      throw new QuartierError('SESSIONS_LIMIT', `keep a message of ${client}: too much awaits its release`, {
        retriable: true,
      })
  }

  store(client: string, id: number, packet: StoredPacket, isDurable: boolean): void {
    this.#set(client, id, packet, isDurable ? 'write' : 'memory')
  }

  /** Returns whether there was such a packet. */
  delete(client: string, id: number): boolean {
    const ids = this.#ids.get(client)
    if (!ids?.delete(id)) return false
    if (ids.size === 0) this.#ids.delete(client)
    const packet = this.#packets.delete([client, id])
    if (packet) this.#count(client, -packetBytes(packet))
    return true
  }

  removeAll(client: string): void {
    for (const id of [...(this.#ids.get(client) ?? [])]) this.delete(client, id)
  }

  #set(client: string, id: number, packet: StoredPacket, how: 'write' | 'loaded' | 'memory'): void {
    const ids = this.#ids.get(client) ?? new Set()
    this.#ids.set(client, ids.add(id))
    const before = this.get(client, id)
    this.#count(client, packetBytes(packet) - (before ? packetBytes(before) : 0))
    this.#packets.set([client, id], packet, how)
  }

  #count(client: string, bytes: number): void {
    this.#bytes += bytes
    addTo(this.#clients, client, bytes)
    addTo(this.#owners, ownerOf(client), bytes)
  }
}

function addTo(sums: Map<string, number>, key: string, n: number): void {
  const sum = (sums.get(key) ?? 0) + n
  if (sum > 0) sums.set(key, sum)
  else sums.delete(key)
}
