import { describe, expect, it } from 'vitest'
import { createDistrict } from '../district/create-district.ts'
import { CATALOGUE, GATEWAY, ROOM } from './catalogue.ts'
import { createDeviceModel } from './device-model.ts'
import { FAULTS_PER_HOUR } from './faults.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** Monday, 23 November 2026, 00:00 in Doha. */
const MONDAY = Date.UTC(2026, 10, 22, 21)

const district = createDistrict({ seed: 31, sensors: 2500, intervalMs: 10_000 })
const kinds = new Map(district.assets.map((a) => [a.id, a.kind]))
const seriesOf = (kind: string, property: string) =>
  district.series.flatMap((s, i) => (kinds.get(s.assetId!) === kind && s.property === property ? [i] : []))
const model = createDeviceModel(district, 31)
const mean = (series: readonly number[], at: number) => {
  const values = series.map((i) => model.read(i, at)).filter((v) => !Number.isNaN(v))
  return values.reduce((sum, v) => sum + v, 0) / values.length
}

describe('the devices', () => {
  it('say the same at the same instant, whoever asks and in whatever order', () => {
    const again = createDeviceModel(createDistrict({ seed: 31, sensors: 2500, intervalMs: 10_000 }), 31)
    const first = district.series.map((_, i) => model.read(i, MONDAY + 10 * HOUR))
    model.read(7, MONDAY)
    const second = district.series
      .map((_, i) => district.series.length - 1 - i)
      .map((i) => again.read(i, MONDAY + 10 * HOUR))
    expect(second.reverse()).toEqual(first)
    const other = createDeviceModel(district, 32)
    expect(district.series.map((_, i) => other.read(i, MONDAY + 10 * HOUR))).not.toEqual(first)
  })

  it('stay within their valid range through the year, but for rare faults', () => {
    let outside = 0
    let silent = 0
    let all = 0
    for (let day = 0; day < 365; day += 31) {
      for (let hour = 0; hour < 24; hour += 4) {
        for (const [i, s] of district.series.entries()) {
          const value = model.read(i, MONDAY + day * 24 * HOUR + hour * HOUR + i * 977)
          all++
          if (Number.isNaN(value)) silent++
          else if (value < s.validMin! || value > s.validMax!) outside++
        }
      }
    }
    expect(outside / all).toBeLessThan(0.0002)
    expect(silent / all).toBeLessThan(0.002)
  })

  it('move in the steps of their sensors', () => {
    const temperatures = seriesOf('room-sensor', 'temperature').map((i) => model.read(i, MONDAY + 9 * HOUR))
    expect(temperatures.every((t) => Number.isNaN(t) || String(t).length <= 4)).toBe(true)
    const bays = new Set(seriesOf('parking-sensor', 'occupied').map((i) => model.read(i, MONDAY + 9 * HOUR)))
    expect([...bays].filter((v) => !Number.isNaN(v)).sort()).toEqual([0, 1])
  })

  it('follow the day and the week', () => {
    const flow = seriesOf('traffic-detector', 'flow')
    expect(mean(flow, MONDAY + 7.5 * HOUR)).toBeGreaterThan(3 * mean(flow, MONDAY + 3 * HOUR))
    const friday = MONDAY + 4 * 24 * HOUR
    expect(mean(flow, friday + 7.5 * HOUR)).toBeLessThan(0.5 * mean(flow, MONDAY + 7.5 * HOUR))
    const lamps = seriesOf('luminaire', 'power')
    expect(mean(lamps, MONDAY + 20 * HOUR)).toBeGreaterThan(20 * mean(lamps, MONDAY + 12 * HOUR))
  })

  it('feel the weather: summer needs more cooling than winter', () => {
    const cooling = seriesOf('energy-transfer-station', 'coolingPower')
    const july = Date.UTC(2026, 6, 13, 12)
    const january = Date.UTC(2026, 0, 12, 12)
    expect(mean(cooling, july)).toBeGreaterThan(1.3 * mean(cooling, january))
    const outside = seriesOf('air-quality-sensor', 'temperature')
    expect(mean(outside, july)).toBeGreaterThan(34)
    expect(mean(outside, january)).toBeLessThan(27)
  })

  it('never turn a counter back', () => {
    const counters = ['energy', 'volume', 'doorCycles']
    const meters = district.series.flatMap((s, i) => (counters.includes(s.property) ? [i] : []))
    for (const i of meters) {
      const good = (at: number) => {
        const v = model.read(i, at)
        return Number.isNaN(v) || v > district.series[i]!.validMax! ? undefined : v
      }
      let last = 0
      for (let at = MONDAY; at < MONDAY + 9 * 24 * HOUR; at += 97 * MINUTE) {
        const value = good(at) ?? last
        expect(value).toBeGreaterThanOrEqual(last)
        last = value
      }
    }
  })

  it('have a few spells of trouble an hour in the whole district', () => {
    const gateways = district.assets.filter((a) => a.kind === 'gateway')
    const hours = 100
    let spells = 0
    for (const { id } of gateways) {
      let before = false
      for (let at = MONDAY; at < MONDAY + hours * HOUR; at += MINUTE) {
        const silent = model.silent(id, at)
        if (silent && !before) spells++
        before = silent
      }
    }
    expect(spells / hours).toBeGreaterThan(0.6 * FAULTS_PER_HOUR.gatewaySilent)
    expect(spells / hours).toBeLessThan(1.5 * FAULTS_PER_HOUR.gatewaySilent)
  })

  it('lie now and then: one reading outside what can be true', () => {
    const small = createDistrict({ seed: 31, sensors: 250, intervalMs: 10_000 })
    const devices = createDeviceModel(small, 31)
    let lies = 0
    for (let at = MONDAY; at < MONDAY + 4 * HOUR; at += 10_000) {
      for (const [i, s] of small.series.entries()) if (devices.read(i, at) > s.validMax!) lies++
    }
    expect(lies).toBeGreaterThanOrEqual(4)
    expect(lies).toBeLessThanOrEqual(30)
  })

  it('are all in the catalogue, with a range and a step each', () => {
    for (const kind of [...CATALOGUE, ROOM, GATEWAY]) {
      for (const p of kind.properties) expect(p.max > p.min && p.step > 0, p.property).toBe(true)
    }
    const stranger = { ...district, series: [{ ...district.series[0]!, property: 'mood' }] }
    expect(() => createDeviceModel(stranger, 1)).toThrow(/no device of the catalogue/)
  })
})
