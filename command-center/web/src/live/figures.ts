import {
  BAD,
  NEVER,
  NORMAL,
  OUT_OF_RANGE,
  pressure,
  SERIES_STATES,
  type SeriesState,
  SILENT,
  STALE,
  UNCERTAIN,
  WAITING,
} from '@quartier/contracts/live'

/** Series by state: eight numbers, anywhere in an array of them. */
export type Counts = ArrayLike<number>

/** What a number of series say together. Silence is never taken for good: what waits is neither. */
export interface Figures {
  readonly series: number
  readonly reporting: number
  /** Something is expected and nothing is known. */
  readonly blind: number
  /** The platform has not listened for long enough to tell. */
  readonly waiting: number
  /** Out of range or bad. */
  readonly abnormal: number
  readonly worst: SeriesState
}

/** @param at place of the first of the eight numbers */
export function figuresOf(counts: Counts, at = 0): Figures {
  const of = (state: number) => counts[at + state]!
  const abnormal = of(OUT_OF_RANGE) + of(BAD)
  const reporting = of(NORMAL) + of(UNCERTAIN) + abnormal
  const blind = of(SILENT) + of(STALE) + of(NEVER)
  const waiting = of(WAITING)
  return { series: reporting + blind + waiting, reporting, blind, waiting, abnormal, worst: worstOf(counts, at) }
}

/** The most pressing state that occurs; normal where there is none. */
export function worstOf(counts: Counts, at = 0): SeriesState {
  let worst: SeriesState = NORMAL
  for (let state = 0; state < SERIES_STATES; state++) {
    if (counts[at + state]! > 0 && pressure(state) < pressure(worst)) worst = state as SeriesState
  }
  return worst
}

/** How many are in one of these states. @param states one bit each */
export function countIn(counts: Counts, states: number, at = 0): number {
  let sum = 0
  for (let state = 0; state < SERIES_STATES; state++) if (states & (1 << state)) sum += counts[at + state]!
  return sum
}

/** From so large a share on somebody who sees nothing wrong sees nothing at all. */
const BLIND_SHARE = 0.5

/** Whether a place is blind rather than quiet: most of what is expected there says nothing. */
export const isMostlyBlind = ({ blind, series }: Figures): boolean => series > 0 && blind / series >= BLIND_SHARE
