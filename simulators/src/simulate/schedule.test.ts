import { describe, expect, it } from 'vitest'
import { createSchedule } from './schedule.ts'

const dueIn = (schedule: ReturnType<typeof createSchedule>, after: number, until: number) => {
  const out: [message: number, at: number][] = []
  schedule.due(after, until, (message, at) => out.push([message, at]))
  return out
}

describe('the schedule', () => {
  it('calls every message once in each of its intervals', () => {
    const schedule = createSchedule([1000, 500, 1000, 250])
    const due = dueIn(schedule, 9_999, 11_999)
    expect([0, 1, 2, 3].map((m) => due.filter(([message]) => message === m).length)).toEqual([2, 4, 2, 8])
  })

  it('spreads messages evenly over the interval', () => {
    const schedule = createSchedule(new Array(1000).fill(10_000))
    const perSecond = Array.from({ length: 10 }, (_, s) => dueIn(schedule, s * 1000 - 1, s * 1000 + 999).length)
    expect(new Set(perSecond)).toEqual(new Set([100]))
  })

  it('gives the same instants however the time is cut', () => {
    const schedule = createSchedule([1000, 700, 1300])
    const whole = dueIn(schedule, 0, 20_000)
    const cut = Array.from({ length: 200 }, (_, i) => dueIn(schedule, i * 100, (i + 1) * 100)).flat()
    const order = (a: [number, number], b: [number, number]) => a[1] - b[1] || a[0] - b[0]
    expect(cut.sort(order)).toEqual(whole.sort(order))
  })

  it('knows when each message fell due last', () => {
    const schedule = createSchedule([1_000, 1_000, 60_000])
    const now = 120_500
    const latest = new Map<number, number>()
    schedule.latest(now, (message, at) => latest.set(message, at))
    const due = new Map<number, number>()
    schedule.due(now - 60_000, now, (message, at) => due.set(message, at))
    expect(latest).toEqual(due)
  })
})
