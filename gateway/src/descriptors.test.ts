import { expect, it } from 'vitest'
import { connectionsHeld } from './descriptors.ts'

const limits = (n: string) => `Max core file size   0   unlimited  bytes\nMax open files       ${n}    ${n}    files\n`

it('holds no more connections than the limit on open files leaves beside everything else', () => {
  expect(connectionsHeld(20_000, limits('20000'))).toBe(18_000)
  expect(connectionsHeld(20_000, limits('1048576'))).toBe(20_000)
})

it('shares few descriptors evenly between connections and everything else', () => {
  expect(connectionsHeld(20_000, limits('1024'))).toBe(512)
  expect(connectionsHeld(20_000, limits('500'))).toBe(250)
  expect(connectionsHeld(20_000, limits('1'))).toBe(1)
})

it('holds what is configured where the system names no limit', () => {
  expect(connectionsHeld(20_000, '')).toBe(20_000)
  expect(connectionsHeld(20_000, limits('unlimited'))).toBe(20_000)
})
