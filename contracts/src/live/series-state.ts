import {
  MARK_HISTORICAL,
  MARK_OUT_OF_RANGE,
  QUALITY_BAD,
  QUALITY_LEVEL,
  QUALITY_STALE,
  QUALITY_UNCERTAIN,
} from '../readings/quality.ts'
import { staleAfterMs } from './frame.ts'

/** What is to be said about a series now. The number travels in frames and is a place in {@link Rollup.counts}. */
export const NORMAL = 0
export const OUT_OF_RANGE = 1
/** Its gateway says nothing at all. */
export const SILENT = 2
export const BAD = 3
export const STALE = 4
/** Nothing has ever come. */
export const NEVER = 5
export const UNCERTAIN = 6
/** Says nothing, and the platform has not listened for long enough to hold that against it. */
export const WAITING = 7
export const SERIES_STATES = 8
export const STATE_WORDS = [
  'normal',
  'out-of-range',
  'silent',
  'bad',
  'stale',
  'never',
  'uncertain',
  'waiting',
] as const
export type StateWord = (typeof STATE_WORDS)[number]
export type SeriesState = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7

/** What the judgement of one series needs. Times are platform ms. */
export interface Judged {
  readonly value: number
  /** Since its newest value, NaN when there is none. */
  readonly ageMs: number
  readonly quality: number
  /** Expected between two readings; 0: none is expected. */
  readonly intervalMs: number
  /** NaN where there is no limit. */
  readonly validMin: number
  readonly validMax: number
  /** How long the platform has been listening. */
  readonly listenedMs: number
  /** Platform ms per real ms. */
  readonly speed: number
}

/** Judges one series by itself; {@link SILENT} needs its gateway and is decided above. */
export function judge(s: Judged): SeriesState {
  const patienceMs = staleAfterMs(s.intervalMs, s.speed)
  if (Number.isNaN(s.ageMs)) return s.listenedMs > patienceMs ? NEVER : WAITING
  const level = s.quality & QUALITY_LEVEL
  const historical = (s.quality & MARK_HISTORICAL) !== 0
  if (s.intervalMs > 0 && s.ageMs > patienceMs && !historical) return s.listenedMs > patienceMs ? STALE : WAITING
  if (level === QUALITY_STALE) return STALE
  if (level === QUALITY_BAD) return BAD
  if (s.value < s.validMin || s.value > s.validMax || s.quality & MARK_OUT_OF_RANGE) return OUT_OF_RANGE
  return level === QUALITY_UNCERTAIN ? UNCERTAIN : NORMAL
}

/** Whether a series in this state tells something about now. */
export const isReporting = (state: number): boolean =>
  state === NORMAL || state === OUT_OF_RANGE || state === BAD || state === UNCERTAIN

/** Whether nothing is known although something is expected. */
export const isBlind = (state: number): boolean => state === SILENT || state === STALE || state === NEVER

const PRESSURE = Uint8Array.of(7, 0, 1, 2, 3, 4, 5, 6)

/** 0 is the most pressing state, 7 is normal. */
export const pressure = (state: number): number => PRESSURE[state] as number

export const moreUrgent = (a: SeriesState, b: SeriesState): SeriesState => (pressure(a) <= pressure(b) ? a : b)
