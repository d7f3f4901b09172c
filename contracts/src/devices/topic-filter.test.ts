import { expect, it } from 'vitest'
import { principalSchema } from '../api/people.ts'
import { mistakeInFilter, mistakeInFilters } from './index.ts'

it.each(['t/%s/#', '#', '+', 'a/+/b', '/', 'a//b', '$SYS/#'])('%j can be used', (filter) => {
  expect(mistakeInFilter(filter)).toBeUndefined()
})

it.each([
  ['', /empty/],
  ['a/#/b', /goes on behind #/],
  ['a/b#', /whole level/],
  ['a+/b', /whole level/],
  ['a/\0', /forbids/],
])('%j is refused in words', (filter, words) => {
  expect(mistakeInFilter(filter)).toMatch(words)
  const principal = { name: 'gw', source: 'gw', publish: [filter] }
  const refused = principalSchema.safeParse(principal)
  expect(refused.success).toBe(false)
})

it('is told with the right that it stands in', () => {
  expect(mistakeInFilters({ publish: ['t/#'], subscribe: ['t/#/x'] })).toMatch(/^subscribe: /)
  expect(mistakeInFilters({ publish: ['t/#'] })).toBeUndefined()
  expect(mistakeInFilters({})).toBeUndefined()
})
