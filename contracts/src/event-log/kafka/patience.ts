import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '../../runtime/logger.ts'
import { mayPass, translate } from './errors.ts'

const FIRST_MS = 50
const LONGEST_MS = 2_000

/** How long to wait before the next attempt (1, 2, …): growing, at most 2 s, and jittered so that clients spread out. */
export function pause(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1))
  return full / 2 + (full / 2) * random()
}

export interface Patience {
  /** How long to go on trying. */
  readonly limitMs: number
  readonly logger: Logger
  readonly signal?: AbortSignal
}

/**
 * Repeats `work` while its errors may pass and the limit allows.
 * @throws QuartierError with the last error as its cause
 */
export async function insist<T>(what: string, patience: Patience, work: (attempt: number) => Promise<T>): Promise<T> {
  const until = performance.now() + patience.limitMs
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt)
    } catch (error) {
      if (!mayPass(error) || performance.now() >= until || patience.signal?.aborted) throw translate(error, what)
      if (attempt === 4) patience.logger.warn({ what, err: translate(error, what).message }, 'log.kafka.waiting')
      await delay(pause(attempt), undefined, { signal: patience.signal }).catch(() => {})
    }
  }
}
