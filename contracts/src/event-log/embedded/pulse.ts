const SHORTEST_MS = 2
const LIVE_MS = 8
const IDLE_MS = 40
/** A topic counts as live for so long after its last record. */
const LIVE_FOR_MS = 2000

interface Waiter {
  readonly topic: string
  readonly changed: () => boolean
  readonly resolve: () => void
}

/**
 * Wakes consumers that wait for records. Appends of this log wake them at once; what other processes append is
 * noticed by looking: one timer for all waiters, every 2 ms right after traffic, every 8 ms while it is live and
 * every 40 ms when nothing has come for two seconds.
 */
export class Pulse {
  readonly #waiters = new Set<Waiter>()
  #timer: NodeJS.Timeout | undefined
  #newsAt = Number.NEGATIVE_INFINITY

  /** Resolves when `changed` says so, on {@link wake} or when the signal aborts. @throws what `changed` throws */
  wait(topic: string, changed: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        topic,
        changed: () => {
          try {
            return changed()
          } catch (error) {
            reject(error)
            return true
          }
        },
        resolve: () => {
          this.#waiters.delete(waiter)
          signal.removeEventListener('abort', waiter.resolve)
          resolve()
        },
      }
      if (signal.aborted) return resolve()
      signal.addEventListener('abort', waiter.resolve)
      this.#waiters.add(waiter)
      this.#schedule()
    })
  }

  /** Lets those who wait for a topic look again. */
  wake(topic: string): void {
    for (const waiter of [...this.#waiters]) {
      if (waiter.topic !== topic) continue
      this.#newsAt = performance.now()
      waiter.resolve()
    }
  }

  #schedule(): void {
    if (this.#timer) return
    const quietMs = performance.now() - this.#newsAt
    const delay = quietMs > LIVE_FOR_MS ? IDLE_MS : Math.min(LIVE_MS, Math.max(SHORTEST_MS, quietMs / 2))
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      for (const waiter of [...this.#waiters]) {
        if (!waiter.changed()) continue
        this.#newsAt = performance.now()
        waiter.resolve()
      }
      if (this.#waiters.size > 0) this.#schedule()
    }, delay)
  }
}
