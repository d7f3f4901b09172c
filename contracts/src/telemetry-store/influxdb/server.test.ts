import { expect, it } from 'vitest'
import { retryAfterMs } from './server.ts'

it('understands Retry-After in seconds and as a date, and takes anything else for no wish', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  const cases = ['3', 'Thu, 01 Jan 2026 00:00:05 GMT', 'Wed, 31 Dec 2025 00:00:00 GMT', 'soon', '', '-1', undefined]
  expect(cases.map((header) => retryAfterMs(header, now))).toEqual([3000, 5000, 0, 0, 0, 0, 0])
})
