import type { Logger } from '@quartier/contracts/runtime'

export interface RetryOptions {
  readonly signal: AbortSignal
  readonly logger: Logger
  /** What is attempted, in words, for the log. */
  readonly what: string
}

/**
 * Tries until it works, waiting 0.25 to 8 s with jitter in between; `undefined` as soon as the signal aborts, while
 * the attempt in progress is left to end by itself.
 */
export async function retrying<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T | undefined> {
  const aborted = new Promise<undefined>((resolve) => {
    if (options.signal.aborted) resolve(undefined)
    else options.signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  for (let tries = 0; !options.signal.aborted; tries++) {
    try {
      return await Promise.race([attempt(), aborted])
    } catch (error) {
      if (options.signal.aborted) return undefined
      if (tries === 3) options.logger.warn({ err: error, what: options.what }, 'command-center.waiting')
      await waiting(Math.min(8000, 250 * 2 ** tries) * (0.75 + Math.random() / 2), options.signal)
    }
  }
  return undefined
}

/** Resolves after `ms`, at once when the signal aborts. */
export function waiting(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
