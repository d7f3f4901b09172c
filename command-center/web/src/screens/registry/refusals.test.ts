import { expect, it } from 'vitest'
import { refusalsCsv } from './refusals.ts'

it('writes a line for each refusal, quoted, without formulas, and says what is left out', () => {
  const refused = [
    { line: 3, reason: 'key: "x" is not source/device/property' },
    { line: 7, reason: '=HYPERLINK("http://x")' },
  ]
  expect(refusalsCsv(refused, 12)).toBe(
    '\uFEFFline,reason\r\n3,"key: ""x"" is not source/device/property"\r\n7,"\'=HYPERLINK(""http://x"")"\r\n,"and 12 more"\r\n',
  )
})
