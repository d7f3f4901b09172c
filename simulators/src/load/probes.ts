import { type SeriesId, seriesIdOf } from '@quartier/contracts'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import { Histogram } from './histogram.ts'

/** Times a few readings from the instant when they were due until a query returns them. */
export interface Probes {
  readonly all: Histogram
  /** Since the last call of `takeRecent`. */
  takeRecent(): Histogram
  /** Follows a reading that has just been sent. */
  follow(key: string, measuredAt: number, dueAt: number): void
  /** Waits for those on their way, at most `ms`; what does not come counts as slow as that. */
  finish(ms: number): Promise<number>
}

const EVERY_MS = 20
/** A reading that takes longer is not waited for; it counts with this. */
const PATIENCE_MS = 60_000

interface Open {
  readonly id: SeriesId
  readonly measuredAt: number
  readonly dueAt: number
}

export function createProbes(store: TelemetryStore, now: () => number): Probes {
  const all = new Histogram()
  let recent = new Histogram()
  let open: Open[] = []
  let stopped = false
  let unseen = 0
  const record = (ms: number) => {
    all.add(ms)
    recent.add(ms)
  }
  const look = async () => {
    const asked = open
    const last = await store.last(asked.map((o) => o.id))
    const at = now()
    const waiting = asked.filter((o, i) => {
      if (last.measuredAt[i]! >= o.measuredAt) record(at - o.dueAt)
      else if (at - o.dueAt < PATIENCE_MS) return true
      else {
        unseen++
        record(at - o.dueAt)
      }
      return false
    })
    open = [...waiting, ...open.slice(asked.length)]
  }
  const looking = (async () => {
    while (!stopped) {
      // While the store does not answer nothing is seen, and that is the latency.
      if (open.length > 0) await look().catch(() => {})
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
    }
  })()
  return {
    all,
    takeRecent: () => {
      const taken = recent
      recent = new Histogram()
      return taken
    },
    follow: (key, measuredAt, dueAt) => void open.push({ id: seriesIdOf(key), measuredAt, dueAt }),
    finish: async (ms) => {
      const end = now() + ms
      while (open.length > 0 && now() < end) await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
      stopped = true
      await looking
      for (const o of open) record(Math.max(ms, now() - o.dueAt))
      return unseen + open.length
    },
  }
}
