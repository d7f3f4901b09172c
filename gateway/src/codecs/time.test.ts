import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { timeOfBytes, timeOfNumber, timeOfText } from './time.ts'

describe('reading a time', () => {
  it.each([
    ['2026-03-01T12:00:00Z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T12:00:00.5Z', '2026-03-01T12:00:00.500Z'],
    ['2026-03-01T12:00:00,123456789Z', '2026-03-01T12:00:00.123Z'],
    ['2026-03-01 15:00+03:00', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T08:30:00-0330', '2026-03-01T12:00:00.000Z'],
    ['2024-02-29t23:59:60z', '2024-03-01T00:00:00.000Z'],
  ])('takes %s as %s', (text, expected) => {
    expect(timeOfText(text)).toBe(Date.parse(expected))
  })

  it.each([
    '2026-03-01T12:00:00',
    '2026-03-01',
    '2026-02-30T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-03-01T24:00:00Z',
    '2026-03-01T12:60:00Z',
    '2026-03-01T12:00:00+24:00',
    '1969-12-31T23:59:59Z',
    '1700000000000',
    'now',
    '',
  ])('refuses %j rather than guess', (text) => {
    expect(timeOfText(text)).toBeNaN()
  })

  it('reads back every instant that a Date writes', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }),
        (date) => {
          expect(timeOfText(date.toISOString())).toBe(date.getTime())
        },
      ),
    )
  })

  it('converts numbers of each unit, and by their size only when told to', () => {
    const ms = 1_700_000_000_123
    expect(timeOfNumber(ms, 'ms')).toBe(ms)
    expect(timeOfNumber(1_700_000_000.123, 's')).toBe(ms)
    expect(timeOfNumber(ms * 1e3, 'us')).toBe(ms)
    expect(timeOfNumber(ms * 1e6, 'ns')).toBe(ms)
    for (const n of [ms / 1e3, ms, ms * 1e3, ms * 1e6]) expect(timeOfNumber(n, 'auto')).toBe(ms)
    expect(timeOfNumber(1_700_000_000, 'ms')).toBe(1_700_000_000)
    expect(timeOfNumber(ms, 'iso')).toBeNaN()
    expect(timeOfNumber(-1, 'ms')).toBeNaN()
    expect(timeOfNumber(1e300, 's')).toBeNaN()
  })

  it('reads bytes as it reads text', () => {
    const two = fc.integer({ min: 0, max: 99 }).map((n) => String(n).padStart(2, '0'))
    const written = fc
      .tuple(
        fc.constantFrom('1969', '1970', '2000', '2023', '2024', '2100'),
        two,
        two,
        two,
        two,
        two,
        fc.constantFrom('', '.', '.5', '.123456789', '.1234567890', ',5'),
        fc.constantFrom('Z', '+00:00', '+03:00', '-00:30', '', 'z', '+0000', 'Zx'),
      )
      .map(([y, mo, d, h, mi, s, f, z]) => `${y}-${mo}-${d}T${h}:${mi}:${s}${f}${z}`)
    const dates = fc
      .date({ min: new Date('1970-01-01'), max: new Date('2200-01-01'), noInvalidDate: true })
      .map((d) => d.toISOString())
    fc.assert(
      fc.property(fc.oneof(written, dates, fc.string()), (text) => {
        const bytes = Buffer.from(`"${text}"`)
        expect(timeOfBytes(bytes, 1, bytes.length - 1)).toBe(timeOfText(text))
      }),
      { numRuns: 3_000 },
    )
  })
})
