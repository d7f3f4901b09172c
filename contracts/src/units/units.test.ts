import { describe, expect, it } from 'vitest'
import { CONVERTED_UNITS, conversionOf, converted, inCanonicalUnit } from './units.ts'

const definition = (unit: string, more: object = {}) => ({ unit, validMin: 32, validMax: null, ...more })

describe('canonical units', () => {
  it.each([
    ['[degF]', 75.2, 24, 'Cel'],
    ['°F', -40, -40, 'Cel'],
    ['K', 293.15, 20, 'Cel'],
    ['psi', 100, 689.475729316836, 'kPa'],
    ['bar', 2.5, 250, 'kPa'],
    ['MWh', 1.5, 1500, 'kWh'],
    ['Wh', 250, 0.25, 'kWh'],
    ['mile/h', 60, 96.56064, 'km/h'],
    ['gpm', 100, 22.712470704, 'm3/h'],
    ['TR', 10, 35.1685284206667, 'kW'],
    ['°C', 21.5, 21.5, 'Cel'],
  ])('bring %s %f to %f %s', (from, value, expected, unit) => {
    const conversion = conversionOf(from)!
    expect(conversion.unit).toBe(unit)
    expect(converted(value, conversion)).toBeCloseTo(expected, 10)
  })

  it('are themselves never converted', () => {
    for (const [from, { unit }] of CONVERTED_UNITS) expect([from, conversionOf(unit)]).toEqual([from, undefined])
  })

  it('leave what nobody knows, and names of the language', () => {
    for (const unit of ['', 'kW', 'W', 'people', 'constructor', '__proto__']) expect(conversionOf(unit)).toBeUndefined()
  })
})

describe('a definition', () => {
  it('gets the canonical unit and bounds, and keeps what was declared', () => {
    expect(inCanonicalUnit(definition('degF'))).toEqual({ unit: 'Cel', validMin: 0, validMax: null, sentUnit: 'degF' })
    expect(inCanonicalUnit(definition('Cel'))).toEqual(definition('Cel'))
  })

  it('is converted once', () => {
    const once = inCanonicalUnit(definition('degF'))
    expect(inCanonicalUnit(once)).toBe(once)
  })

  it('forgets what was sent when another unit is declared', () => {
    const once = inCanonicalUnit(definition('degF'))
    expect(inCanonicalUnit({ ...once, unit: 'kW' })).toEqual({ unit: 'kW', validMin: 0, validMax: null })
    expect(inCanonicalUnit({ ...once, unit: 'K', validMin: 300 })).toMatchObject({
      unit: 'Cel',
      sentUnit: 'K',
      validMin: 26.85,
    })
  })
})
