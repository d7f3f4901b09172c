/**
 * Client ids are a principal's own: `{principal}/{client id}`. What all clients of one principal hold counts together,
 * so that rotating client ids gains nothing.
 */
export function ownerOf(client: string): string {
  const at = client.indexOf('/')
  return at < 0 ? client : client.slice(0, at)
}

interface Holder<E> {
  size: number
  /** Oldest first. */
  readonly entries: Set<E>
}

/**
 * Who holds how much of what all share. Where there is too much, the one who holds most gives way, and so nobody can
 * push out the others. Every call takes constant time.
 */
export class Shares<E> {
  readonly #unit: number
  readonly #holders = new Map<string, Holder<E>>()
  /** Holders by the whole units that they hold. */
  readonly #levels = new Map<number, Set<Holder<E>>>()
  #top = 0

  /** Those who hold equally many whole units are taken for equal. */
  constructor(unit = 1) {
    this.#unit = unit
  }

  add(owner: string, entry: E, size = 1): void {
    const holder = this.#holders.get(owner) ?? { size: 0, entries: new Set() }
    this.#holders.set(owner, holder)
    holder.entries.add(entry)
    this.#resize(holder, size)
  }

  remove(owner: string, entry: E, size = 1): void {
    const holder = this.#holders.get(owner)
    if (!holder?.entries.delete(entry)) return
    this.#resize(holder, -size)
    if (holder.entries.size === 0) this.#holders.delete(owner)
  }

  /** How many entries the owner holds. */
  countOf(owner: string): number {
    return this.#holders.get(owner)?.entries.size ?? 0
  }

  oldestOf(owner: string): E | undefined {
    return first(this.#holders.get(owner)?.entries)
  }

  /** The oldest entry of whoever holds most. */
  oldestOfMost(): E | undefined {
    while (this.#top > 0 && !this.#levels.has(this.#top)) this.#top--
    return first(first(this.#levels.get(this.#top))?.entries)
  }

  #resize(holder: Holder<E>, by: number): void {
    const before = Math.floor(holder.size / this.#unit)
    holder.size += by
    const level = Math.floor(holder.size / this.#unit)
    const old = this.#levels.get(before)
    if (level !== before || holder.entries.size === 0) {
      old?.delete(holder)
      if (old?.size === 0) this.#levels.delete(before)
    }
    if (holder.entries.size === 0) return
    const peers = this.#levels.get(level) ?? new Set()
    this.#levels.set(level, peers.add(holder))
    this.#top = Math.max(this.#top, level)
  }
}

function first<T>(all: Iterable<T> | undefined): T | undefined {
  for (const one of all ?? []) return one
  return undefined
}
