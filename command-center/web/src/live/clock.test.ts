import { describe, expect, it } from 'vitest'
import { createPlatformClock } from './clock.ts'

function setup() {
  const time = { elapsed: 1000, wall: 5_000_000 }
  const clock = createPlatformClock(
    () => time.elapsed,
    () => time.wall,
  )
  return { time, clock }
}

describe('the platform clock', () => {
  it('is the wall clock until the platform tells its time', () => {
    const { clock } = setup()
    expect(clock.known).toBe(false)
    expect(clock.now()).toBe(5_000_000)
  })

  it('runs on between messages', () => {
    const { time, clock } = setup()
    clock.hear(9_000_000)
    time.elapsed += 750
    expect(clock.now()).toBe(9_000_750)
  })

  it('does not go back when a message is late', () => {
    const { time, clock } = setup()
    clock.hear(9_000_000)
    time.elapsed += 1000
    const before = clock.now()
    clock.hear(9_000_700)
    expect(before - clock.now()).toBeLessThanOrEqual(2)
  })

  it('follows a jump of the platform clock at once', () => {
    const { clock } = setup()
    clock.hear(9_000_000)
    clock.hear(9_000_000 - 3_600_000)
    expect(clock.now()).toBe(9_000_000 - 3_600_000)
  })

  it('runs at the speed of a simulated day', () => {
    const { time, clock } = setup()
    clock.setSpeed(600)
    clock.hear(9_000_000)
    time.elapsed += 1000
    expect(clock.now()).toBe(9_600_000)
  })
})
