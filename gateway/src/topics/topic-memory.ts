import type { TopicCache } from './topic-cache.ts'

/** The memory that the remembered topics of all principals share, in bytes. */
export class TopicMemory {
  bytes = 0
  readonly #limit: number
  readonly #caches = new Set<TopicCache>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** The cache has grown by `n`; makes room when that is too much. */
  charge(cache: TopicCache, n: number): void {
    this.#caches.add(cache)
    this.bytes += n
    if (this.bytes > this.#limit) this.#makeRoom()
  }

  release(cache: TopicCache): void {
    if (this.#caches.delete(cache)) this.bytes -= cache.bytes
  }

  /** Nothing is remembered of any topic: it may mean something else now. */
  forgetAll(): void {
    for (const cache of [...this.#caches]) cache.forget()
  }

  /** Those with more than half a fair share forget: that frees half of it all at least, and spares the small ones. */
  #makeRoom(): void {
    const spared = this.#limit / this.#caches.size / 2
    for (const cache of [...this.#caches]) if (cache.bytes > spared) cache.forget()
  }
}
