import { describe, expect, it } from 'vitest'
import { dayNumber, dayOf, hijri } from './calendar.ts'
import { prayersOn } from './prayers.ts'
import { createRhythms, METERS_SINCE, RHYTHMS } from './rhythms.ts'

const day = (date: string) => dayOf(Date.parse(date) / 86_400_000)
const HOUR = 3_600_000
/** Local midnight of a date in Doha. */
const midnight = (date: string) => Date.parse(`${date}T00:00:00+03:00`)

describe('the calendar', () => {
  it('knows the Qatari week and the public holidays', () => {
    expect(['2026-11-22', '2026-11-26', '2026-11-27', '2026-11-28'].map((d) => day(d).free)).toEqual([
      false,
      false,
      true,
      true,
    ])
    expect(day('2026-12-18').holiday).toBe('National Day')
    expect(day('2026-02-10').holiday).toBe('National Sport Day')
    expect(day('2026-03-20').holiday).toBe('Eid al-Fitr')
    expect(day('2026-05-27').holiday).toBe('Eid al-Adha')
    expect([day('2026-02-17').ramadan, day('2026-02-18').ramadan, day('2026-03-20').ramadan]).toEqual([
      false,
      true,
      false,
    ])
  })

  it('counts the tabular Islamic calendar as ICU does', () => {
    const format = new Intl.DateTimeFormat('en-u-ca-islamic-civil-nu-latn', {
      timeZone: 'UTC',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
    })
    for (let number = 18_000; number < 23_000; number += 7) {
      const [month, dayOfMonth, year] = format
        .format(new Date(number * 86_400_000))
        .match(/\d+/g)!
        .map(Number)
      expect(hijri(number)).toEqual({ year, month, day: dayOfMonth })
    }
  })

  it('computes the prayer times of Doha to two minutes', () => {
    const p = prayersOn(Date.parse('2026-11-23') / 86_400_000, false)
    const near = (hours: number, clock: string) => {
      const [h, m] = clock.split(':').map(Number)
      expect(Math.abs(hours - h! - m! / 60) * 60, clock).toBeLessThan(2.5)
    }
    near(p.fajr, '4:37')
    near(p.sunrise, '5:57')
    near(p.dhuhr, '11:20')
    near(p.asr, '14:23')
    near(p.maghrib, '16:43')
    near(p.isha, '18:13')
  })
})

describe('the rhythms', () => {
  const rhythms = createRhythms()

  it('integrate to what they say, whatever day is asked first', () => {
    for (const name of RHYTHMS) {
      const from = midnight('2026-02-17') + 5 * HOUR
      let sum = 0
      for (let at = from; at < from + 60 * HOUR; at += 60_000) sum += rhythms.busy(name, at + 30_000) / 60
      const exact = createRhythms().busyHours(name, from + 60 * HOUR) - rhythms.busyHours(name, from)
      expect(Math.abs(sum - exact), name).toBeLessThan(0.01)
    }
    expect(rhythms.busyHours('office', METERS_SINCE)).toBe(0)
  })

  it('fill the mosques on Friday noon, and move the evening of Ramadan into the night', () => {
    const friday = midnight('2026-11-27') + 11.7 * HOUR
    expect(rhythms.busy('mosque', friday)).toBeGreaterThan(0.9)
    expect(rhythms.busy('mosque', friday - 24 * HOUR)).toBeLessThan(0.6)
    const iftar = midnight('2026-03-03') + 17.95 * HOUR
    const ordinary = midnight('2026-01-20') + 17.95 * HOUR
    expect(rhythms.busy('traffic', iftar)).toBeLessThan(0.4 * rhythms.busy('traffic', ordinary))
    expect(rhythms.busy('retail', midnight('2026-03-03') + 23 * HOUR)).toBeGreaterThan(0.8)
  })

  it('grow calm for a prayer', () => {
    const { dhuhr } = prayersOn(dayNumber(midnight('2026-11-23')), false)
    const at = (hours: number) => rhythms.busy('retail', midnight('2026-11-23') + hours * HOUR)
    expect(at(dhuhr + 0.3)).toBeLessThan(0.9 * at(dhuhr + 1.2))
  })
})
