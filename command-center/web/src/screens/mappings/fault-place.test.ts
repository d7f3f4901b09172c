import { expect, it } from 'vitest'
import { faultPlace } from './fault-place.ts'

it('finds the line and column of a byte, also behind letters of several bytes', () => {
  const text = '{"name":"حرارة",\n "t":21,}'
  const byte = new TextEncoder().encode(text.slice(0, text.indexOf('}'))).length
  expect(faultPlace(`a key is expected at byte ${byte}`, text)).toEqual({
    ...{ line: 2, column: 9, index: text.indexOf('}') },
    ...{ before: ' "t":21,', at: '}', after: '' },
  })
  expect(faultPlace('unexpected at byte 0', 'x')).toMatchObject({ line: 1, column: 1, before: '', at: 'x' })
})

it('knows the end of a message that breaks off', () => {
  expect(faultPlace('the message ends at byte 6', '{"at":')).toMatchObject({ column: 7, before: '{"at":', at: '' })
})

it('finds nothing where no place is named', () => expect(faultPlace('too long', '{}')).toBeUndefined())
