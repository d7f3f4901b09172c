/** The platform clock: the one source of "now" for skew checks, ages, windows, retention and timers. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number
  /** How many platform milliseconds pass in a real one. */
  readonly speed: number
}

export const wallClock: Clock = { now: Date.now, speed: 1 }

/** A clock that showed `originAt` at the real instant `startedAt` and runs `speed` times as fast since. */
export function scaledClock(setting: { originAt: number; startedAt: number; speed: number }): Clock {
  const { originAt, startedAt, speed } = setting
  return { speed, now: () => originAt + (Date.now() - startedAt) * speed }
}
