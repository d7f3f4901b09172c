import { describe, expect, it } from 'vitest'
import { timeReader } from './time-format.ts'

describe('reading times', () => {
  it.each([
    ['iso', 'UTC', '2026-03-01T12:00:00.5Z', Date.UTC(2026, 2, 1, 12, 0, 0, 500)],
    ['iso', 'UTC', '2026-03-01 12:00+03:00', Date.UTC(2026, 2, 1, 9)],
    ['iso', 'Asia/Qatar', '2026-03-01', Date.UTC(2026, 1, 28, 21)],
    ['s', 'UTC', '1790000000.25', 1_790_000_000_250],
    ['ms', 'UTC', '1790000000250', 1_790_000_000_250],
    ['%d/%m/%Y %H:%M', 'America/Los_Angeles', '4/1/2016 0:05', Date.UTC(2016, 0, 4, 8, 5)],
    ['%m/%d/%y %I:%M %p', 'UTC', '12/31/05 12:05 AM', Date.UTC(2005, 11, 31, 0, 5)],
    ['%d.%b.%Y %H:%M:%S', 'UTC', '07.Mar.2012 01:02:03', Date.UTC(2012, 2, 7, 1, 2, 3)],
    ['%Y-%m-%dT%H:%M:%S%z', 'UTC', '2012-01-01T00:00:00+1100', Date.UTC(2011, 11, 31, 13)],
    ['iso', -7 * 3_600_000, '2026-03-01T00:00:00', Date.UTC(2026, 2, 1, 7)],
  ])('%s in %s: %s', (format, zone, text, expected) => {
    expect(timeReader(format, zone)(text)).toBe(expected)
  })

  it.each(['', 'yesterday', '2026-02-30T00:00:00Z', '2026-01-01T25:00:00Z', '2026-13-01'])('refuses "%s"', (text) => {
    expect(timeReader('iso', 'UTC')(text)).toBeNaN()
  })

  it('moves a time that spring skips to after the gap, and takes the first of two in autumn', () => {
    const read = timeReader('iso', 'Europe/Berlin')
    expect(read('2026-03-29T02:30:00')).toBe(Date.UTC(2026, 2, 29, 1, 30))
    expect(read('2026-10-25T02:30:00')).toBe(Date.UTC(2026, 9, 25, 0, 30))
    expect(read('2026-10-25T03:30:00')).toBe(Date.UTC(2026, 9, 25, 2, 30))
  })

  it('names a pattern or zone that does not exist', () => {
    expect(() => timeReader('%Q', 'UTC')).toThrow(/%Q/)
    expect(() => timeReader('iso', 'Mars/Olympus')).toThrow(/Mars\/Olympus/)
  })
})
