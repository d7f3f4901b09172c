import { expect, it } from 'vitest'
import { LetterBox, sealFor } from './letter-box.ts'

const CONTENT = Buffer.from('{"holder":"A. Person"}')

it('opens what was sealed for it, and nobody else does', () => {
  const box = new LetterBox()
  const sealed = sealFor(box.address, CONTENT)
  expect(box.open(sealed)).toEqual(CONTENT)
  expect(new LetterBox().open(sealed)).toBeUndefined()
  expect(Buffer.from(sealed, 'base64').includes('Person')).toBe(false)
  expect(sealFor(box.address, CONTENT)).not.toBe(sealed)
})

it('takes an empty letter, and none that was changed or cut anywhere', () => {
  const box = new LetterBox()
  expect(box.open(sealFor(box.address, new Uint8Array()))).toEqual(Buffer.alloc(0))
  const sealed = Buffer.from(sealFor(box.address, CONTENT), 'base64')
  for (let i = 0; i < sealed.length; i++) {
    const changed = Buffer.from(sealed)
    changed[i] = (changed[i] as number) ^ 1
    expect(box.open(changed.toString('base64'))).toBeUndefined()
    expect(box.open(sealed.subarray(0, i).toString('base64'))).toBeUndefined()
  }
})
