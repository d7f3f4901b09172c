import type uPlot from 'uplot'
import { beforeAll, expect, it } from 'vitest'
import { setTimeZone } from '../i18n/format.ts'
import { instantWords, lonePoints, tickWords } from './ticks.ts'

beforeAll(() => setTimeZone('Asia/Qatar'))

it('writes ticks with the digits that tell them apart', () => {
  expect(tickWords([0, 0.5, 1])).toEqual(['0.0', '0.5', '1.0'])
  expect(tickWords([0, 1000, 2000])).toEqual(['0', '1,000', '2,000'])
})

it('finds the values that no line reaches', () => {
  const values = [1, null, 2, undefined, 3, null, null, 4, undefined, null, 5]
  expect(lonePoints({ data: [[], values] } as unknown as uPlot, 1)).toEqual([0, 7, 10])
})

it('writes times, and dates where days begin', () => {
  const from = Date.UTC(2026, 10, 26, 9) / 1000
  const every = (s: number, n: number) => Array.from({ length: n }, (_, i) => from + i * s)
  expect(instantWords(every(3600, 3), 3600, 'en')).toEqual(['12:00', '13:00', '14:00'])
  expect(instantWords(every(30, 2), 30, 'en')).toEqual(['12:00:00', '12:00:30'])
  expect(instantWords(every(43_200, 4), 43_200, 'en')).toEqual(['26 Nov 12:00', '27 Nov', '12:00', '28 Nov'])
  expect(instantWords(every(86_400, 2), 86_400, 'ar').join()).toMatch(/26.*27/)
})
