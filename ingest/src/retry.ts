import { setTimeout as delay } from 'node:timers/promises'
import { QuartierError } from '@quartier/contracts'
import type { Logger } from '@quartier/contracts/runtime'

const FIRST_MS = 50
const LAST_MS = 2000

/**
 * Repeats `work` while its errors are retriable, with growing, jittered pauses: what was read must be written before
 * anything that came later. Throws the last error when the signal aborts, and at once what is not retriable.
 */
export async function insist<T>(what: string, logger: Logger, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      const result = await work()
      if (attempt > 0) logger.info({ what, attempt }, 'ingest.recovered')
      return result
    } catch (error) {
      if (!(error instanceof QuartierError && error.retriable) || signal.aborted) throw error
      if (attempt === 0) logger.error({ what, code: error.code, reason: error.message }, 'ingest.waiting')
      const pauseMs = Math.min(LAST_MS, FIRST_MS * 2 ** attempt) * (0.5 + Math.random() / 2)
      await delay(pauseMs, undefined, { signal }).catch(() => {})
    }
  }
}

/** As {@link insist}, and `undefined` when the signal aborts before it works. */
export async function insistUntil<T>(
  what: string,
  logger: Logger,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return signal.aborted ? undefined : await insist(what, logger, signal, work)
  } catch (error) {
    if (!(error instanceof QuartierError && error.retriable && signal.aborted)) throw error
    return undefined
  }
}
