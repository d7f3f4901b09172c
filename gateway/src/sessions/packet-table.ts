import type { SQLInputValue } from 'node:sqlite'
import type { Journal, Row } from './journal.ts'
import { packetColumns } from './packets.ts'
import type { StoredPacket } from './types.ts'

interface Entry extends Row {
  packet: StoredPacket | undefined
}

/** Packets under a key each: wills, and the QoS 2 messages that wait for their release. */
export class PacketTable {
  readonly #entries = new Map<string, Entry>()
  readonly #table: 'wills' | 'incoming'
  readonly #journal: Journal

  constructor(table: 'wills' | 'incoming', journal: Journal) {
    this.#table = table
    this.#journal = journal
  }

  get(key: readonly SQLInputValue[]): StoredPacket | undefined {
    return this.#entries.get(nameOf(key))?.packet
  }

  /** Keeps the packet: writes it, or keeps it in memory alone because it was `loaded` from disk or need not be there. */
  set(key: readonly SQLInputValue[], packet: StoredPacket, how: 'write' | 'loaded' | 'memory'): void {
    const name = nameOf(key)
    let entry = this.#entries.get(name)
    if (!entry) {
      const fresh: Entry = {
        table: this.#table,
        key,
        packet,
        stored: how === 'loaded',
        values: () => fresh.packet && packetColumns(fresh.packet),
      }
      entry = fresh
      this.#entries.set(name, entry)
    }
    entry.packet = packet
    if (how === 'write') this.#journal.touch(entry)
  }

  delete(key: readonly SQLInputValue[]): StoredPacket | undefined {
    const name = nameOf(key)
    const entry = this.#entries.get(name)
    if (!entry) return undefined
    this.#entries.delete(name)
    const { packet } = entry
    entry.packet = undefined
    this.#journal.touch(entry)
    return packet
  }

  *packets(): Generator<StoredPacket> {
    for (const { packet } of this.#entries.values()) if (packet) yield packet
  }
}

const nameOf = (key: readonly SQLInputValue[]): string => key.join('\0')
