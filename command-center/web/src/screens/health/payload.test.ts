import { expect, it } from 'vitest'
import { showPayload } from './payload.ts'

const shown = (bytes: string | Uint8Array) => showPayload(Buffer.from(bytes as string).toString('base64'))

it('shows JSON line by line, other text as it is, and the rest in digits', () => {
  expect(shown('{"a":1}')).toEqual({ text: '{\n  "a": 1\n}', isText: true })
  expect(shown('{"a":')).toEqual({ text: '{"a":', isText: true })
  expect(shown('حرارة 21')).toEqual({ text: 'حرارة 21', isText: true })
  expect(shown(Uint8Array.of(0, 255, 16))).toEqual({ text: '00 ff 10', isText: false })
})

it('takes a text that was cut within a character for a text', () => {
  expect(shown(Buffer.from('حرارة').subarray(0, 5)).isText).toBe(true)
})
