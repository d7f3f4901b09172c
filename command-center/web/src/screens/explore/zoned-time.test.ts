import { describe, expect, it } from 'vitest'
import { daysBack, fromWallClock, offsetOf, toWallClock } from './zoned-time.ts'

const HOUR = 3_600_000
const NEW_YORK = 'America/New_York'

describe('the wall clock of a zone', () => {
  it('is ahead of UTC or behind it', () => {
    const at = Date.UTC(2026, 6, 1)
    expect([offsetOf('Asia/Qatar', at), offsetOf('Asia/Kolkata', at), offsetOf(NEW_YORK, at)]).toEqual([
      3 * HOUR,
      5.5 * HOUR,
      -4 * HOUR,
    ])
  })

  it.each(['Asia/Qatar', NEW_YORK, 'Asia/Kolkata', 'UTC'])('is read back as it is written, in %s', (zone) => {
    for (const at of [Date.UTC(2026, 0, 1), Date.UTC(2026, 6, 15, 13, 7), Date.UTC(2026, 10, 26, 23, 59)])
      expect(fromWallClock(toWallClock(at, zone), zone)).toBe(at)
  })

  it('that shows an hour twice means the first one', () => {
    expect(new Date(fromWallClock('2026-11-01T01:30', NEW_YORK)).toISOString()).toBe('2026-11-01T05:30:00.000Z')
  })

  it('that leaves an hour out means an instant beside it', () => {
    const at = fromWallClock('2026-03-08T02:30', NEW_YORK)
    expect(Math.abs(at - Date.UTC(2026, 2, 8, 7))).toBeLessThanOrEqual(HOUR)
  })

  it('says nothing for a field that is not filled in', () => {
    expect(fromWallClock('', 'Asia/Qatar')).toBeNaN()
  })
})

describe('the same time of an earlier day', () => {
  it('is whole days back where the clock stands', () => {
    expect(daysBack(7, Date.UTC(2026, 10, 26, 15), 'Asia/Qatar')).toBe(7 * 24 * HOUR)
  })

  it('is an hour more or less where the clock was changed between', () => {
    expect(daysBack(1, Date.UTC(2026, 10, 1, 17), NEW_YORK)).toBe(25 * HOUR)
    expect(daysBack(1, Date.UTC(2026, 2, 8, 17), NEW_YORK)).toBe(23 * HOUR)
  })
})
