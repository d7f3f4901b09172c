import { setTimeout as wait } from 'node:timers/promises'
import type { SeriesDefinition } from '@quartier/contracts'
import { announcePending } from '@quartier/contracts/records/announce'
import type { ServiceDeps } from '@quartier/contracts/runtime'
import { widened } from '../live/id-table.ts'
import type { Projection } from '../live/projection.ts'
import { retrying } from '../retrying.ts'
import { idOf } from '../series/lookup.ts'
import type { ServerDeps } from '../server.ts'
import { hasChanged, intervalOf } from './interval.ts'

type Deps = Pick<ServerDeps, 'records' | 'store' | 'log'> & Pick<ServiceDeps, 'clock' | 'logger'>

/** Readings that an interval is learnt from. */
const READINGS = 64
/** How far back they are looked for; the first span that shows an interval counts. */
const LOOK_BACK_MS = [600_000, 3 * 3_600_000, 2 * 86_400_000, 14 * 86_400_000]
const SERIES_AT_ONCE = 200
/** Series looked at in one round, so that a round costs the store little whatever the district. */
const SERIES_A_ROUND = 4_000
/** Rounds until a series is looked at again: more and more where nothing is learnt, so many where something was. */
const WAIT_MOST = 64
const LEASE = 'learn-intervals'

/**
 * Learns the interval of series that nobody declared one for, from the readings in the store, in rounds: by the series that
 * come next in the table. What is learnt goes into the registry and from there to everybody. At one replica at a time.
 */
export async function learnIntervals(
  deps: Deps,
  projection: Pick<Projection, 'table'>,
  roundMs: number,
  signal: AbortSignal,
): Promise<void> {
  if (roundMs === 0) return
  const act = async (held: AbortSignal) => {
    const rounds = new LearningRounds(deps, projection)
    while (!held.aborted) {
      await wait(roundMs, undefined, { signal: held }).catch(() => {})
      if (!held.aborted) await rounds.next()
    }
  }
  const { logger, records } = deps
  const lease = () => records.lease(LEASE, act, { signal })
  await retrying(lease, { signal, logger, what: 'learn intervals' })
}

export class LearningRounds {
  #place = 0
  #round = 0
  /** By place: the round in which a series is due, and how long it has waited for that. */
  #due = new Uint32Array(1024)
  #waited = new Uint8Array(1024)
  readonly #deps: Deps
  readonly #projection: Pick<Projection, 'table'>

  constructor(deps: Deps, projection: Pick<Projection, 'table'>) {
    this.#deps = deps
    this.#projection = projection
  }

  /** Looks at the next series without a declared interval; resolves to how many intervals are news. */
  async next(): Promise<number> {
    this.#round++
    const places = this.#candidates()
    let learnt = 0
    for (let from = 0; from < places.length; from += SERIES_AT_ONCE)
      learnt += await this.#learn(places.slice(from, from + SERIES_AT_ONCE))
    if (learnt === 0) return 0
    await announcePending(this.#deps.log, this.#deps.records)
    this.#deps.logger.info({ series: learnt }, 'intervals.learnt')
    return learnt
  }

  /** Series that are due, have readings, and whose interval nobody declared, from where the last round ended. */
  #candidates(): number[] {
    const { table } = this.#projection
    while (this.#due.length < table.length) {
      this.#due = widened(this.#due, this.#due.length * 2)
      this.#waited = widened(this.#waited, this.#waited.length * 2)
    }
    const places: number[] = []
    for (let looked = 0; looked < table.length && places.length < SERIES_A_ROUND; looked++) {
      const place = this.#place % table.length
      this.#place = place + 1
      const isDue = (this.#due[place] as number) <= this.#round
      if (isDue && table.shown(place) && !table.isDeclared(place) && table.state.measuredAt(place) > 0)
        places.push(place)
    }
    return places
  }

  async #learn(places: readonly number[]): Promise<number> {
    const { table } = this.#projection
    const { registry } = this.#deps.records
    const known = await registry.seriesByKeys(places.map((place) => table.key(place)))
    const open = [...known.values()].filter((d) => d.intervalMs === 0 && !d.historical)
    const found = await this.#intervals(open)
    for (const place of places) this.#putOff(place, found.has(table.key(place)))
    const news = open.flatMap(({ key, learntIntervalMs = 0 }) => {
      const seen = found.get(key)
      if (seen === undefined || (learntIntervalMs > 0 && !hasChanged(learntIntervalMs, seen))) return []
      return [[key, seen] as const]
    })
    return news.length === 0 ? 0 : registry.learnIntervals(new Map(news))
  }

  #putOff(place: number, isLearnt: boolean): void {
    const rounds = isLearnt ? WAIT_MOST : Math.min(WAIT_MOST, Math.max(1, (this.#waited[place] as number) * 2))
    this.#waited[place] = rounds
    this.#due[place] = this.#round + rounds
  }

  /** Short spans first: what comes every few seconds need not be read for days. */
  async #intervals(series: readonly SeriesDefinition[]): Promise<ReadonlyMap<string, number>> {
    const { store } = this.#deps
    const { table } = this.#projection
    const found = new Map<string, number>()
    const newestOf = (d: SeriesDefinition) => {
      const { lo, hi } = idOf(d)
      return table.state.measuredAt(table.find(lo, hi))
    }
    for (const backMs of LOOK_BACK_MS) {
      const open = series.filter((d) => !found.has(d.key))
      for (const [endAt, some] of Map.groupBy(open, (d) => Math.ceil((newestOf(d) + 1) / backMs) * backMs)) {
        const ranges = await store.range(some.map(idOf), endAt - 2 * backMs, endAt, READINGS)
        ranges.forEach(({ measuredAt }, i) => {
          const interval = intervalOf(measuredAt)
          if (interval !== undefined) found.set((some[i] as SeriesDefinition).key, interval)
        })
      }
    }
    return found
  }
}
