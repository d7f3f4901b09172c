import { describe, expect, it } from 'vitest'
import { ClockCheck } from './clock-check.ts'
import { RawClient, testGateway } from './testing.ts'
import { connect, publish } from './testing-packets.ts'

const HOUR = 3_600_000
const START = 1_767_225_600_000

function run(aheadOf: (device: number, minute: number) => number, { devices = 50, minutes = 3, speed = 1 } = {}) {
  const findings: number[] = []
  const check = new ClockCheck({ speed, onFinding: (aheadMs) => findings.push(aheadMs) })
  for (let minute = 0; minute <= minutes; minute++)
    for (let device = 0; device < devices; device++) {
      const now = START + (minute * 60_000 + device * 10) * speed
      check.note(now + aheadOf(device, minute) * speed, now)
    }
  return { check, findings }
}

describe('the suspicion of our own clock', () => {
  it('comes as one finding when most devices are off by the same amount', () => {
    const { findings, check } = run((device) => (device % 5 === 0 ? 40 : HOUR) - (device % 7) * 100)
    expect(findings).toHaveLength(1)
    expect(Math.abs(check.aheadMs - HOUR)).toBeLessThan(2_000)
  })

  it('comes for devices that are all behind us, too', () => {
    expect(run(() => -HOUR).findings).toEqual([-HOUR])
  })

  it('goes when they agree with us again', () => {
    expect(run((_, minute) => (minute < 2 ? HOUR : 0), { minutes: 4 }).findings).toEqual([HOUR, 0])
  })

  it('does not come from devices that are wrong each in its own way', () => {
    expect(run((device) => (device - 25) * 300_000).findings).toEqual([])
  })

  it('does not come from devices that send what they have gathered', () => {
    expect(run((device) => -((device * 37) % 50) * 18_000).findings).toEqual([])
  })

  it('does not come from a few devices', () => {
    expect(run(() => HOUR, { devices: 19 }).findings).toEqual([])
  })

  it('measures in real time on a fast clock', () => {
    expect(run(() => -2_000, { speed: 600 }).findings).toEqual([])
    expect(run(() => 120_000, { speed: 600 }).findings).toEqual([72_000_000])
  })

  it('does not count what carries no time', () => {
    const check = new ClockCheck({ speed: 1, onFinding: () => {} })
    for (let i = 0; i < 100; i++) check.note(Number.NaN, START + i * 2_000)
    expect(check.aheadMs).toBe(0)
  })
})

describe('a gateway whose clock is an hour slow', () => {
  it('suspects it, though it has put its own time in place of what the devices said', async () => {
    const clock = { at: START, now: () => clock.at, speed: 1 }
    const gateway = await testGateway({ clock })
    const client = new RawClient(gateway.port)
    try {
      client.send(connect('a'))
      await client.expect('20020000')
      const say = (i: number) => {
        client.send(publish(`t/s/d/meter-${i % 30}/v`, `{"ts":${clock.at + HOUR},"value":1}`, { id: i + 1 }))
      }
      for (let i = 0; i < 30; i++) say(i)
      await client.until(() => client.received.length >= 4 * 30)
      clock.at += 61_000
      say(30)
      await client.until(() => client.received.length >= 4 * 31)
      expect(await gateway.metric('clock_suspect_ms')).toBe(HOUR)
    } finally {
      client.destroy()
      await gateway.stop()
    }
  })
})
