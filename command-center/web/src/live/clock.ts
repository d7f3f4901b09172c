/** Shows the platform's time between messages that tell it. */
export interface PlatformClock {
  /** Platform time now, epoch ms; the wall clock until the platform has told its own. */
  now(): number
  /** The platform showed `platformAt` when its message left. */
  hear(platformAt: number): void
  setSpeed(speed: number): void
  readonly speed: number
  readonly known: boolean
}

/** Another reading of the clock that is further off than this is a jump of the platform's clock, ms of real time. */
const JUMP_MS = 2000
/** How fast an over-early estimate is given up, ms per message. */
const FORGET_MS = 2

/**
 * Messages are late by a varying delay, so the least delayed of the recent ones sets the clock: ages neither jitter
 * nor run backwards.
 * @param elapsed a monotonic clock, ms
 */
export function createPlatformClock(elapsed: () => number, wall: () => number): PlatformClock {
  let offset = Number.NaN
  let speed = 1
  return {
    now: () => (Number.isNaN(offset) ? wall() : offset + elapsed() * speed),
    hear(platformAt) {
      const heard = platformAt - elapsed() * speed
      const difference = heard - offset
      const jumped = !(Math.abs(difference) < JUMP_MS * speed)
      offset = jumped ? heard : Math.max(offset - FORGET_MS * speed, heard)
    },
    setSpeed(next) {
      if (next === speed) return
      speed = next
      offset = Number.NaN
    },
    get speed() {
      return speed
    },
    get known() {
      return !Number.isNaN(offset)
    },
  }
}
