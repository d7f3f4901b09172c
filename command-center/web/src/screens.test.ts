import { expect, it } from 'vitest'
import { en } from './i18n/texts/index.ts'
import { SCREENS, screenAt, screensFor } from './screens.ts'

const user = { name: 'a', displayName: 'A', role: 'operator', zones: [] as string[], language: 'en', enabled: true }
const names = (person: object) => screensFor({ ...user, ...person } as never).map(({ name }) => name)

it('finds the screen of an address and of everything below it', () => {
  expect(screenAt('/')?.name).toBe('map')
  expect(screenAt('/devices')?.name).toBe('devices')
  expect(screenAt('/devices/waiting')?.name).toBe('devices')
  expect(screenAt('/devices-of-others')).toBeUndefined()
  expect(screenAt('/nowhere')).toBeUndefined()
})

it('offers nobody a screen that they may not use', () => {
  expect(names({ role: 'administrator' })).toEqual(SCREENS.map(({ name }) => name))
  expect(names({ role: 'operator' })).not.toContain('people')
  expect(names({ role: 'administrator', zones: ['north'] })).not.toContain('people')
  expect(names({ role: 'viewer' })).toEqual(expect.arrayContaining(['map', 'settings']))
})

it('gives every screen an address, a key and a name of its own', () => {
  const paths = SCREENS.map(({ path }) => path)
  const keys = SCREENS.flatMap((screen) => ('key' in screen ? [screen.key] : []))
  expect(new Set(paths).size).toBe(paths.length)
  expect(new Set(keys).size).toBe(keys.length)
  for (const { name } of SCREENS) expect(en[`screen.${name}`]).toBeTruthy()
})
