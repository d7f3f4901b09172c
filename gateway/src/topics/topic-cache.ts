import type { TopicEntry } from './topic-entry.ts'
import type { TopicMemory } from './topic-memory.ts'

/** What an entry costs beside its topic, measured with two remembered series. */
const ENTRY_BYTES = 500

/** Topic bytes → entry, open addressing; forgets everything when it is full, which bounds what topics can cost. */
export class TopicCache {
  /** What the entries cost, about. */
  bytes = 0
  #slots: (TopicEntry | undefined)[] = new Array(16).fill(undefined)
  #count = 0
  readonly #limit: number
  readonly #memory: TopicMemory

  /** @param limit  bytes that it may cost */
  constructor(limit: number, memory: TopicMemory) {
    this.#limit = limit
    this.#memory = memory
  }

  get(b: Uint8Array, from: number, to: number): TopicEntry | undefined {
    const mask = this.#slots.length - 1
    for (let i = hash(b, from, to) & mask; ; i = (i + 1) & mask) {
      const entry = this.#slots[i]
      if (entry === undefined || isTopic(entry, b, from, to)) return entry
    }
  }

  add(entry: TopicEntry): void {
    const cost = ENTRY_BYTES + entry.topicBytes.length
    if (this.bytes + cost > this.#limit) this.forget()
    if (++this.#count * 2 > this.#slots.length) this.#grow()
    this.#place(entry)
    this.charge(cost)
  }

  /** An entry has come to cost `n` bytes more. */
  charge(n: number): void {
    this.bytes += n
    this.#memory.charge(this, n)
  }

  forget(): void {
    this.#memory.release(this)
    this.#slots = new Array(16).fill(undefined)
    this.#count = 0
    this.bytes = 0
  }

  #place(entry: TopicEntry): void {
    const mask = this.#slots.length - 1
    let i = hash(entry.topicBytes, 0, entry.topicBytes.length) & mask
    while (this.#slots[i] !== undefined) i = (i + 1) & mask
    this.#slots[i] = entry
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Array(old.length * 2).fill(undefined)
    for (const entry of old) if (entry) this.#place(entry)
  }
}

/** Whether `b[from, to)` is the topic of the entry. */
export function isTopic(entry: TopicEntry, b: Uint8Array, from: number, to: number): boolean {
  const topic = entry.topicBytes
  const length = to - from
  if (topic.length !== length) return false
  // The last bytes differ first: topics of one district begin alike.
  for (let i = length - 1; i >= 0; i--) if (topic[i] !== b[from + i]) return false
  return true
}

// Seeded per process: nobody outside can make topics that collide.
const SEED = Math.floor(Math.random() * 0x7fffffff)

function hash(b: Uint8Array, from: number, to: number): number {
  let h = SEED
  let i = from
  for (; i + 4 <= to; i += 4) {
    const w =
      (b[i] as number) | ((b[i + 1] as number) << 8) | ((b[i + 2] as number) << 16) | ((b[i + 3] as number) << 24)
    h = Math.imul(h ^ w, 0x9e3779b1)
    h ^= h >>> 15
  }
  for (; i < to; i++) h = Math.imul(h ^ (b[i] as number), 0x01000193)
  return (h ^ (h >>> 13)) >>> 0
}
