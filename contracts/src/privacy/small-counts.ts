import { MARK_SMALL_COUNT } from '../readings/quality.ts'
import { SMALL_COUNT } from './removals.ts'

/** The mark of a count of people or vehicles that is so small that public data must not show it, or 0. */
export const smallCountMark = (count: number): number => (count > 0 && count < SMALL_COUNT ? MARK_SMALL_COUNT : 0)

/** The value as public data may show it: NaN in place of a small count. */
export const publicValue = (value: number, quality: number): number => (quality & MARK_SMALL_COUNT ? Number.NaN : value)
