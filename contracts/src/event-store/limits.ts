/** How far ahead of its arrival an event may be measured at most, ms: what gateways let pass, generously. */
export const AHEAD_MS = 3_600_000
/** Ids that are remembered at least, and twice that at most. */
export const REMEMBERED_IDS = 1_000_000
/** Events of one block at most. */
export const BLOCK_ROWS = 8192
/** A block of an hour with fewer is merged with what comes later for it. */
export const SMALL_ROWS = 2048
export const HOUR_MS = 3_600_000
