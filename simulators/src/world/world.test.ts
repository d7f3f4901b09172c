import { describe, expect, it } from 'vitest'
import { createDeviceModel } from '../devices/device-model.ts'
import { createDistrict } from '../district/create-district.ts'
import { type WorldSettings, worldSettings } from './settings.ts'

const HOUR = 3_600_000
const MINUTE = 60_000
const FROM = Date.UTC(2026, 9, 1)
const TO = Date.UTC(2026, 11, 1)

const district = createDistrict({ seed: 31, sensors: 2500, intervalMs: 10_000 })
const assets = new Map(district.assets.map((a) => [a.id, a]))
const seriesOf = (kind: string, property: string, placeId?: string) =>
  district.series.flatMap((s, i) => {
    const asset = assets.get(s.assetId!)!
    return asset.kind === kind && s.property === property && (!placeId || asset.placeId === placeId) ? [i] : []
  })
/** The same district, in which nothing fails by itself but what a test asks for. */
const modelOf = (settings: Partial<WorldSettings> = {}) =>
  createDeviceModel(district, 31, worldSettings.parse({ failures: 0, incidents: 0, events: 0, faults: 0, ...settings }))
type Model = ReturnType<typeof modelOf>
const mean = (model: Model, series: readonly number[], at: number) =>
  series.reduce((sum, i) => sum + model.read(i, at), 0) / series.length
const quiet = modelOf()

describe('causes and effects', () => {
  it('fill tram, car parks and square when there is a concert, and the streets before and after it', () => {
    const lively = modelOf({ events: 1 })
    const concert = lively.world.happenings.between(FROM, TO).reduce((a, b) => (b.attendance > a.attendance ? b : a))
    expect(concert.attendance).toBeGreaterThan(3_000)
    const during = (concert.startsAt + concert.endsAt) / 2
    const more = (series: readonly number[], at: number) => mean(lively, series, at) - mean(quiet, series, at)
    expect(more(seriesOf('people-counter', 'people', concert.venueId), during)).toBeGreaterThan(150)
    expect(more(seriesOf('car-park-counter', 'freeBays'), during)).toBeLessThan(-20)
    const after = concert.endsAt + 12 * MINUTE
    expect(more(seriesOf('tram', 'passengers'), after)).toBeGreaterThan(30)
    expect(more(seriesOf('traffic-detector', 'speed'), after)).toBeLessThan(-0.4)
    expect(more(seriesOf('traffic-detector', 'flow'), after)).toBeGreaterThan(50)
    expect(Math.abs(more(seriesOf('tram', 'passengers'), concert.startsAt - 8 * HOUR))).toBeLessThan(2)
  })

  it('slow the street of a crash at once and its neighbours minutes later, and recover', () => {
    const unlucky = modelOf({ incidents: 1 })
    const { incidents } = unlucky.world
    const crash = incidents
      .between(FROM, TO)
      .filter((i) => i.kind === 'crash' && seriesOf('traffic-detector', 'speed', i.placeId).length > 0)
      .reduce((a, b) => (b.severity > a.severity ? b : a))
    const slower = (placeId: string, at: number) => {
      const series = seriesOf('traffic-detector', 'speed', placeId)
      return mean(unlucky, series, at) / mean(quiet, series, at)
    }
    const [, ...others] = incidents.spread(crash)
    const neighbour = others.find((o) => seriesOf('traffic-detector', 'speed', o.placeId).length > 0)!
    expect(neighbour.fromAt).toBeGreaterThan(crash.startsAt)
    expect(slower(crash.placeId, crash.startsAt - MINUTE)).toBe(1)
    expect(slower(crash.placeId, crash.startsAt + 6 * MINUTE)).toBeLessThan(0.75)
    expect(slower(neighbour.placeId, crash.startsAt + 2 * MINUTE)).toBe(1)
    expect(slower(neighbour.placeId, neighbour.fromAt + 6 * MINUTE)).toBeLessThan(0.95)
    expect(slower(crash.placeId, crash.endsAt + 70 * MINUTE)).toBe(1)
  })

  it('make chillers work for the heat, and the plant for its buildings', () => {
    const power = seriesOf('chiller', 'power')
    const july = Date.UTC(2026, 6, 13, 11)
    const january = Date.UTC(2026, 0, 12, 11)
    expect(mean(quiet, power, july)).toBeGreaterThan(1.5 * mean(quiet, power, january))
    expect(mean(quiet, seriesOf('chilled-water-pump', 'flow'), july)).toBeGreaterThan(
      1.3 * mean(quiet, seriesOf('chilled-water-pump', 'flow'), january),
    )
  })

  it('let water run and pressure fall where a pipe leaks', () => {
    const leaky = modelOf({ incidents: 1 })
    const leak = leaky.world.incidents
      .between(FROM, TO)
      .find((i) => i.kind === 'leak' && seriesOf('water-meter', 'flow', i.placeId).length > 0)!
    const middle = (leak.startsAt + leak.endsAt) / 2
    const [flow, pressure] = ['flow', 'pressure'].map((p) => seriesOf('water-meter', p, leak.placeId))
    expect(mean(leaky, flow!, middle)).toBeGreaterThan(mean(quiet, flow!, middle) + 3)
    expect(mean(leaky, pressure!, middle)).toBeLessThan(mean(quiet, pressure!, middle) - 20)
  })
})

describe('ageing machines', () => {
  const pumps = district.assets.filter((a) => a.kind === 'chilled-water-pump')
  const bearing = (id: string) =>
    district.series.findIndex((s) => s.assetId === id && s.property === 'bearingTemperature')
  const firstFailure = (model: Model, id: string) =>
    model.world.livesOf(assets.get(id)!).find((l) => l.failedAt > FROM)!

  it('warm their bearings before they fail, stand then, and are as before once repaired', () => {
    const model = modelOf({ failures: 1 })
    for (const { id } of pumps) {
      const life = firstFailure(model, id)
      const warmer = (at: number) => model.read(bearing(id), at) - quiet.read(bearing(id), at)
      expect(warmer(life.firstSignAt - HOUR)).toBe(0)
      const middle = warmer((life.firstSignAt + life.failedAt) / 2)
      expect(middle).toBeGreaterThan(5)
      expect(warmer(life.failedAt - MINUTE)).toBeGreaterThan(middle + 8)
      const flow = district.series.findIndex((s) => s.assetId === id && s.property === 'flow')
      expect(model.read(flow, life.failedAt + MINUTE)).toBe(0)
      expect(warmer(life.repairedAt + HOUR)).toBe(0)
    }
  })

  it('take their warning time, the strength of signs and noise from the settings', () => {
    const { id } = pumps[0]!
    const usual = modelOf({ failures: 1 })
    const short = modelOf({ failures: 1, warning: 0.25 })
    const [a, b] = [firstFailure(usual, id), firstFailure(short, id)]
    expect((b.failedAt - b.firstSignAt) / (a.failedAt - a.firstSignAt)).toBeCloseTo(0.25, 3)
    const faint = modelOf({ failures: 1, signs: 0.3, noise: 0 })
    const strong = modelOf({ failures: 1, signs: 1, noise: 0 })
    const at = a.failedAt - MINUTE
    const warmer = (m: Model) => m.read(bearing(id), at) - quiet.read(bearing(id), at)
    expect(warmer(faint) / warmer(strong)).toBeCloseTo(0.3, 1)
    const spread = (m: Model) => {
      const values = Array.from({ length: 60 }, (_, i) => m.read(bearing(id), at - i * 10_000))
      return Math.max(...values) - Math.min(...values)
    }
    expect(spread(modelOf({ failures: 1, noise: 4 }))).toBeGreaterThan(2 * spread(strong))
  })
})
