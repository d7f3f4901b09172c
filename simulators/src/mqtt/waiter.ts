/** Waiting for something that changes now and then. */
export interface Waiter {
  /** Something may have changed. */
  wake(): void
  /** Resolves to true when `ready` holds or the signal aborts, to false when nothing woke it for `patienceMs`. */
  until(ready: () => boolean, patienceMs: number, signal?: AbortSignal): Promise<boolean>
}

export function createWaiter(): Waiter {
  let wake = () => {}
  return {
    wake: () => wake(),
    until: async (ready, patienceMs, signal) => {
      while (!ready() && !signal?.aborted) {
        const { promise, resolve } = Promise.withResolvers<boolean>()
        wake = () => resolve(true)
        const timer = setTimeout(resolve, patienceMs, false)
        signal?.addEventListener('abort', wake, { once: true })
        const woken = await promise
        clearTimeout(timer)
        signal?.removeEventListener('abort', wake)
        if (!woken && !ready()) return false
      }
      return true
    },
  }
}
