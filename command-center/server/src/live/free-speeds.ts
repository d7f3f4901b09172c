import { setTimeout as wait } from 'node:timers/promises'
import { SYSTEMS } from '@quartier/contracts/live'
import { retrying } from '../retrying.ts'
import type { ServerDeps } from '../server.ts'
import type { Judgement } from './judgement.ts'
import type { Projection } from './projection.ts'

/** How far back hourly means are looked at, and how many there must be. */
const LOOK_BACK_MS = 14 * 86_400_000
const HOUR_MS = 3_600_000
const HOURS_LEAST = 24
/** So many of a hundred hours are slower. */
const PERCENT = 95
const SERIES_AT_ONCE = 500
const ROUND_MS = 1_800_000
const TRAFFIC = SYSTEMS.indexOf('traffic')

type Deps = Pick<ServerDeps, 'store' | 'clock' | 'logger'>

/**
 * Learns how fast each detector of traffic is passed when nothing is in the way: the speed of its emptiest hours of the last
 * two weeks. From the store, so that all servers and every restart come to the same.
 */
export async function learnFreeSpeeds(
  deps: Deps,
  { projection, judgement }: { projection: Projection; judgement: Judgement },
  signal: AbortSignal,
): Promise<void> {
  const round = async () => {
    while (!signal.aborted) {
      const ready = projection.ready
      if (ready) await learnOnce(deps, projection, judgement)
      await wait(ready ? ROUND_MS : 1000, undefined, { signal }).catch(() => {})
    }
  }
  await retrying(round, { signal, logger: deps.logger, what: 'learn free speeds' })
}

/** One look at the store; resolves to how many free speeds are known. */
export async function learnOnce(
  { store, clock }: Pick<Deps, 'store' | 'clock'>,
  { table }: Pick<Projection, 'table'>,
  judgement: Judgement,
): Promise<number> {
  const places = [...judgement.rollup.measuredIn(TRAFFIC)]
  const to = Math.floor(clock.now() / HOUR_MS) * HOUR_MS
  let known = 0
  for (let first = 0; first < places.length; first += SERIES_AT_ONCE) {
    const some = places.slice(first, first + SERIES_AT_ONCE)
    const ids = some.map((place) => table.id(place))
    const { mean, count, windows } = await store.windows(ids, to - LOOK_BACK_MS, to, HOUR_MS)
    some.forEach((place, i) => {
      const hours = mean
        .subarray(i * windows, (i + 1) * windows)
        .filter((_, w) => (count[i * windows + w] as number) > 0)
      if (hours.length < HOURS_LEAST) return
      judgement.setFreeSpeed(place, hours.sort()[Math.floor((hours.length * PERCENT) / 100)] as number)
      known++
    })
  }
  return known
}
