import type { Now, Where } from '../world/world.ts'

/** The true value of one device at one instant. `own` is the device's seed. Pure but for what it is given. */
export type Process = (own: number, where: Where, now: Now) => number

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
