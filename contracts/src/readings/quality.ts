/** What a reading's quality byte holds: a level in the two low bits, marks above. */
export const QUALITY_GOOD = 0
export const QUALITY_UNCERTAIN = 1
export const QUALITY_BAD = 2
export const QUALITY_STALE = 3
export const QUALITY_LEVEL = 0b11

/** The payload named no time: `measuredAt` is `receivedAt`, and the reading stands outside the exactly-once claim. */
export const MARK_UNTIMED = 1 << 2
/** Published with the retain flag. */
export const MARK_RETAINED = 1 << 3
/** Outside the valid range of its series. */
export const MARK_OUT_OF_RANGE = 1 << 4
/** Sent as history: stored, never alarmed upon, exempt from clock checks. */
export const MARK_HISTORICAL = 1 << 5
/** The device's own time was refused (clock skew) and replaced by ours. */
export const MARK_GATEWAY_TIME = 1 << 6
/** A count of people or vehicles below 5: public data must not show it. */
export const MARK_SMALL_COUNT = 1 << 7

export const QUALITY_WORDS = ['good', 'uncertain', 'bad', 'stale'] as const
export type QualityWord = (typeof QUALITY_WORDS)[number]
/** The word for a quality byte. */
export const qualityWord = (quality: number): QualityWord => QUALITY_WORDS[quality & QUALITY_LEVEL] as QualityWord
