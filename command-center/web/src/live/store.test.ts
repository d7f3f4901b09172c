import { decodeFrame, encodeFrame, type LiveSeries, NO_VALUE } from '@quartier/contracts/live'
import { MARK_HISTORICAL } from '@quartier/contracts/quality'
import { describe, expect, it } from 'vitest'
import { createPlatformClock } from './clock.ts'
import { createDelayMeter } from './delay.ts'
import { applyFrame, dataFor, measureDelays } from './store.ts'

const series = (count: number): LiveSeries[] =>
  Array.from({ length: count }, (_, i) => ({
    key: `s/d/${i}`,
    id: String(i).padStart(16, '0'),
    property: 'power',
    unit: 'kW',
    assetId: null,
    intervalMs: 1000,
    validMin: null,
    validMax: null,
  }))

const frame = (rows: { index: number; value: number; age: number; quality?: number }[], platformAt = 10_000) =>
  decodeFrame(
    encodeFrame({
      snapshot: false,
      sequence: 1,
      platformAt,
      rows: rows.length,
      index: Uint32Array.from(rows, (row) => row.index),
      value: Float64Array.from(rows, (row) => row.value),
      age: Int32Array.from(rows, (row) => row.age),
      quality: Uint8Array.from(rows, (row) => row.quality ?? 0),
    }),
  )!

describe('the live store', () => {
  it('holds no value before the first frame', () => {
    const data = dataFor(series(2), 2)
    expect([...data.value, ...data.measuredAt].every(Number.isNaN)).toBe(true)
  })

  it('takes values at the places of the index and turns ages into instants', () => {
    const data = dataFor(series(3), 3)
    applyFrame(data, frame([{ index: 2, value: 7.5, age: 400, quality: 1 }]))
    expect([data.value[2], data.measuredAt[2], data.quality[2]]).toEqual([7.5, 9600, 1])
    expect(data.value[0]).toBeNaN()
  })

  it('forgets a value that the server has not', () => {
    const data = dataFor(series(1), 1)
    applyFrame(data, frame([{ index: 0, value: 1, age: 5 }]))
    applyFrame(data, frame([{ index: 0, value: 0, age: NO_VALUE }]))
    expect(data.value[0]).toBeNaN()
    expect(data.measuredAt[0]).toBeNaN()
  })

  it('leaves out rows of places that it does not know', () => {
    const data = dataFor(series(1), 1)
    applyFrame(data, frame([{ index: 4, value: 1, age: 5 }]))
    expect(data.value).toHaveLength(1)
  })

  it('counts the way from sensor to screen, but not of history', () => {
    let elapsed = 0
    const clock = createPlatformClock(
      () => elapsed,
      () => 0,
    )
    const meter = createDelayMeter(() => elapsed)
    clock.hear(10_000)
    elapsed = 100
    measureDelays(
      frame([
        { index: 0, value: 1, age: 400 },
        { index: 1, value: 1, age: 9_000_000, quality: MARK_HISTORICAL },
      ]),
      clock,
      meter,
    )
    expect(meter.quantile(1)! / 500).toBeCloseTo(1, 1)
  })
})
