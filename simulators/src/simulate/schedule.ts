/** What falls due when: every message once in its interval, evenly spread, on a grid that does not move. */
export interface Schedule {
  /** Calls `take` for everything due in `(after, until]`, epoch ms, in order of time within each interval. */
  due(after: number, until: number, take: (message: number, at: number) => void): void
  /** The instant at which each message fell due last, at or before `now`. */
  latest(now: number, take: (message: number, at: number) => void): void
}

/**
 * @param intervals  ms, of message 0, 1, 2 …
 * The instants depend on nothing but the intervals: after a restart the same messages fall due at the same instants.
 */
export function createSchedule(intervals: readonly number[]): Schedule {
  const rings = [...new Set(intervals)].map((intervalMs) => ring(intervals, intervalMs))
  return {
    due: (after, until, take) => {
      for (const { intervalMs, messages, phases } of rings) {
        let cycle = Math.floor(after / intervalMs) * intervalMs
        for (; cycle <= until; cycle += intervalMs) {
          for (let k = firstAfter(phases, after - cycle); k < messages.length; k++) {
            const at = cycle + phases[k]!
            if (at > until) break
            take(messages[k]!, at)
          }
        }
      }
    },
    latest: (now, take) => {
      for (const { intervalMs, messages, phases } of rings) {
        const cycle = Math.floor(now / intervalMs) * intervalMs
        for (const [k, message] of messages.entries()) {
          const at = cycle + phases[k]!
          take(message, at <= now ? at : at - intervalMs)
        }
      }
    },
  }
}

interface Ring {
  readonly intervalMs: number
  readonly messages: Uint32Array
  /** Ascending, whole ms, in [0, intervalMs). */
  readonly phases: Float64Array
}

/** Messages in order of their phase; neighbours in the list lie far apart in time, so no gateway sends in bursts. */
function ring(intervals: readonly number[], intervalMs: number): Ring {
  const members = intervals.flatMap((interval, m) => (interval === intervalMs ? [m] : []))
  const spread = members.map((m, k) => ({ m, turn: (k * 0.618_033_988_749_895) % 1 })).sort((a, b) => a.turn - b.turn)
  const phases = Float64Array.from(spread, (_, k) => Math.floor((k * intervalMs) / spread.length))
  return { intervalMs, messages: Uint32Array.from(spread, ({ m }) => m), phases }
}

/** Index of the first phase greater than `phase`. */
function firstAfter(phases: Float64Array, phase: number): number {
  let from = 0
  let to = phases.length
  while (from < to) {
    const middle = (from + to) >> 1
    if (phases[middle]! > phase) to = middle
    else from = middle + 1
  }
  return from
}
