import { describe, expect, it } from 'vitest'
import { createDelayMeter } from './delay.ts'

describe('the delay meter', () => {
  it('has no figure before the first value', () => {
    expect(createDelayMeter(() => 0).quantile(0.95)).toBeUndefined()
  })

  it('finds the 95th percentile within five per cent', () => {
    const meter = createDelayMeter(() => 0)
    for (let ms = 1; ms <= 1000; ms++) meter.add(ms)
    expect(meter.quantile(0.95)! / 950).toBeGreaterThan(0.99)
    expect(meter.quantile(0.95)! / 950).toBeLessThan(1.05)
  })

  it('forgets what is older than a minute', () => {
    let at = 0
    const meter = createDelayMeter(() => at)
    meter.add(60_000)
    at = 30_000
    meter.add(100)
    at = 75_000
    expect(meter.quantile(1)!).toBeLessThan(110)
    at = 200_000
    expect(meter.quantile(1)).toBeUndefined()
  })
})
