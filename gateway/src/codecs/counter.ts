import type { CodecMemory, ReadingSink } from './codec.ts'

/** What is remembered of one counter: what it showed last, when, and what that came to. */
interface Counter {
  measuredAt: number
  total: number
  delta: number
}
type Counters = Map<string, Counter>

/** Counters of one camera. */
const MAX_COUNTERS = 256
const VERSION = 1

export const OUT_OF_ORDER = -1
export const NOTHING_BEFORE = -2

/**
 * What has been counted since the message before: the difference of two totals, or the whole total after a reset,
 * which shows in a total that is smaller. The same message once more gives the same answer.
 * @param key  names the device that counts
 * @returns the difference, ≥ 0; NOTHING_BEFORE for the first total that is seen; OUT_OF_ORDER for one that is older than
 *   what has been counted already, and so is in it
 */
export function countedSince(
  sink: ReadingSink,
  key: string,
  counter: string,
  measuredAt: number,
  total: number,
): number {
  const state = sink.recall?.(key)
  if (state === undefined) return NOTHING_BEFORE
  if (!(state.value instanceof Map)) state.value = new Map()
  const counters = state.value as Counters
  const before = counters.get(counter)
  if (before === undefined) {
    if (counters.size >= MAX_COUNTERS) return NOTHING_BEFORE
    counters.set(counter, { measuredAt, total, delta: NOTHING_BEFORE })
    state.keep()
    return NOTHING_BEFORE
  }
  if (measuredAt < before.measuredAt) return OUT_OF_ORDER
  if (measuredAt === before.measuredAt && total === before.total) return before.delta
  const delta = total >= before.total ? total - before.total : total
  const isCorrection = measuredAt === before.measuredAt && before.delta >= 0
  before.delta = isCorrection && total >= before.total ? before.delta + delta : delta
  before.measuredAt = measuredAt
  before.total = total
  state.keep()
  return before.delta
}

/** Counters survive a restart as a JSON array. */
export const counterMemory: CodecMemory = {
  save: (value) =>
    Buffer.from(
      JSON.stringify([
        VERSION,
        ...[...(value instanceof Map ? (value as Counters) : [])].map(([name, c]) => [
          name,
          c.measuredAt,
          c.total,
          c.delta,
        ]),
      ]),
    ),
  restore(bytes) {
    let saved: unknown
    try {
      saved = JSON.parse(Buffer.from(bytes).toString())
    } catch {
      return undefined
    }
    if (!Array.isArray(saved) || saved[0] !== VERSION) return undefined
    const counters: Counters = new Map()
    for (const row of saved.slice(1)) {
      if (!Array.isArray(row)) return undefined
      const [name, measuredAt, total, delta] = row as unknown[]
      if (typeof name !== 'string' || typeof measuredAt !== 'number') return undefined
      if (typeof total !== 'number' || typeof delta !== 'number') return undefined
      counters.set(name, { measuredAt, total, delta })
    }
    return counters
  },
}
