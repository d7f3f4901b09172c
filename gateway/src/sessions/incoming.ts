import type { Journal } from './journal.ts'
import { PacketTable } from './packet-table.ts'
import { packetFrom } from './packets.ts'
import type { StoredPacket } from './types.ts'

/** QoS 2 messages that were received and wait for their release, by client and message id. */
export class Incoming {
  readonly #ids = new Map<string, Set<number>>()
  readonly #packets: PacketTable

  constructor(journal: Journal) {
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

  store(client: string, id: number, packet: StoredPacket, isDurable: boolean): void {
    this.#set(client, id, packet, isDurable ? 'write' : 'memory')
  }

  /** Returns whether there was such a packet. */
  delete(client: string, id: number): boolean {
    const ids = this.#ids.get(client)
    if (!ids?.delete(id)) return false
    if (ids.size === 0) this.#ids.delete(client)
    this.#packets.delete([client, id])
    return true
  }

  removeAll(client: string): void {
    for (const id of [...(this.#ids.get(client) ?? [])]) this.delete(client, id)
  }

  #set(client: string, id: number, packet: StoredPacket, how: 'write' | 'loaded' | 'memory'): void {
    const ids = this.#ids.get(client) ?? new Set()
    this.#ids.set(client, ids.add(id))
    this.#packets.set([client, id], packet, how)
  }
}
