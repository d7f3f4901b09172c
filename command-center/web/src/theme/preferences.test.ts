import { expect, it } from 'vitest'
import { NO_WISHES, soundOf } from './preferences.ts'

it('keeps what it knows of stored choices and drops the rest', () => {
  expect(soundOf({ theme: 'dark', language: 'fr', density: 'compact', sound: 'loud', stranger: 1 })).toEqual({
    theme: 'dark',
    density: 'compact',
  })
  expect(soundOf({ wishes: { ...NO_WISHES, on: true } })).toEqual({ wishes: { ...NO_WISHES, on: true } })
  expect(soundOf({ wishes: { on: true, states: 'all' } })).toEqual({})
})
