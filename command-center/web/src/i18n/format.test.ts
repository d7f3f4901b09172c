import { describe, expect, it } from 'vitest'
import {
  formatAge,
  formatBytes,
  formatCount,
  formatDate,
  formatDelay,
  formatNumber,
  formatQuantity,
  formatRange,
  formatSpan,
  formatTime,
  setTimeZone,
} from './format.ts'
import { translator } from './translate.ts'

const bare = (text: string) => text.replace(/[\u2066-\u2069]/g, '').replace(/\u202f/g, ' ')
const t = translator('en')

describe('numbers', () => {
  it('have commas for thousands and a real minus sign', () => {
    expect(formatNumber(641208)).toBe('641,208')
    expect(formatNumber(-12.34, 1)).toBe('\u221212.3')
  })

  it('never show a negative zero', () => {
    expect(formatNumber(-0.04, 1)).toBe('0.0')
  })

  it('carry their unit after a thin no-break space', () => {
    expect(formatQuantity(9.4321, 'Cel')).toBe('9.4\u202f°C')
    expect(formatQuantity(62.4, '%RH')).toBe('62\u202f%')
    expect(formatQuantity(3, '')).toBe('3')
  })

  it('show a range with an en dash, and one limit alone by its sign', () => {
    expect(bare(formatRange(5, 7.5, 'Cel')!)).toBe('5 – 7.5 °C')
    expect(bare(formatRange(null, 1500, 'ppm')!)).toBe('≤ 1,500 ppm')
    expect(formatRange(null, null, 'ppm')).toBeUndefined()
  })

  it('fit into a disc on the map', () => {
    expect([7, 999, 1000, 5230, 9949, 9950, 113_420].map(formatCount)).toEqual([
      '7',
      '999',
      '1.0k',
      '5.2k',
      '9.9k',
      '10k',
      '113k',
    ])
  })

  it('show bytes and delays with the digits that matter', () => {
    expect(bare(formatBytes(0))).toBe('0 B')
    expect(bare(formatBytes(1_234_567))).toBe('1.2 MB')
    expect(bare(formatDelay(42.4))).toBe('42 ms')
    expect(bare(formatDelay(344))).toBe('340 ms')
    expect(bare(formatDelay(1420))).toBe('1.4 s')
    expect(bare(formatDelay(240_000))).toBe('4 min')
  })
})

describe('time', () => {
  it('is never younger than one second', () => {
    expect(bare(formatAge(-300, t))).toBe('1 s old')
    expect(bare(formatAge(4200, t))).toBe('4 s old')
  })

  it('grows from seconds to days', () => {
    expect(bare(formatAge(5 * 60_000 + 59_000, t))).toBe('5 min old')
    expect(bare(formatSpan(96 * 60_000, t))).toBe('1 h 36 min')
    expect(bare(formatSpan(2 * 3_600_000, t))).toBe('2 h')
    expect(bare(formatSpan(50 * 3_600_000, t))).toBe('2 d 2 h')
    expect(bare(formatSpan(48 * 3_600_000, t))).toBe('2 d')
    expect(bare(formatAge(2 * 3_600_000, t))).toBe('2 h old')
  })

  it('is shown in the control room’s zone, whatever the browser’s', () => {
    setTimeZone('Asia/Qatar')
    const at = Date.UTC(2026, 10, 26, 15, 42, 10)
    expect(formatTime(at)).toBe('18:42')
    expect(formatTime(at, true)).toBe('18:42:10')
    expect(formatDate(at, 'en')).toBe('Thu 26 Nov 2026')
    expect(formatDate(at, 'ar')).toContain('2026')
  })
})
