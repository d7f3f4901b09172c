import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BIG_INTEGER, NUMBER, OUT_OF_RANGE, scanNumber } from './number.ts'

const values = new Float64Array(1)
const kinds = new Uint8Array(1)

function scan(text: string): { value: number; kind: number; end: number } {
  const end = scanNumber(Buffer.from(text), 0, text.length, values, kinds, 0)
  return { value: values[0] as number, kind: kinds[0] as number, end }
}

const digits = (min: number, max: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: min, maxLength: max }).map((d) => d.join(''))

/** Any JSON number as text, with more digits and larger exponents than doubles can hold. */
const numberText = fc
  .tuple(
    fc.boolean(),
    digits(0, 22).map((d) => d.replace(/^0+/, '') || '0'),
    fc.option(digits(1, 22)),
    fc.option(fc.tuple(fc.constantFrom('e', 'E', 'e+', 'E-', 'e-'), fc.integer({ min: 0, max: 340 }))),
  )
  .map(
    ([minus, whole, fraction, e]) =>
      `${minus ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''}${e ? e.join('') : ''}`,
  )

describe('scanning a number', () => {
  it('gives the very double that JSON.parse gives, for any number', () => {
    fc.assert(
      fc.property(numberText, (text) => {
        const { value, kind, end } = scan(text)
        const expected = JSON.parse(text) as number
        expect(end).toBe(text.length)
        expect(value).toBe(expected === 0 ? 0 : expected)
        if (kind !== BIG_INTEGER) expect(kind).toBe(Number.isFinite(expected) ? NUMBER : OUT_OF_RANGE)
      }),
      { numRuns: 3000 },
    )
  })

  it('gives back every double from the shortest text that JSON writes for it', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (n) => {
        expect(scan(JSON.stringify(n)).value).toBe(n === 0 ? 0 : n)
      }),
      { numRuns: 3000 },
    )
  })

  it('tells whole numbers beyond 2^53 − 1 from all others', () => {
    expect(scan('9007199254740991').kind).toBe(NUMBER)
    expect(scan('9007199254740992').kind).toBe(BIG_INTEGER)
    expect(scan('-9007199254740993').kind).toBe(BIG_INTEGER)
    expect(scan('18446744073709551615').kind).toBe(BIG_INTEGER)
    expect(scan('9007199254740993.0').kind).toBe(NUMBER)
    expect(scan('1e300').kind).toBe(NUMBER)
    expect(scan('1e309').kind).toBe(OUT_OF_RANGE)
  })

  it.each(['', '-', '+1', '.5', '1.', '01', '-01', '1e', '1e+', 'e5', '0x10', 'NaN', 'Infinity'])(
    'refuses or cuts short %j',
    (text) => {
      const { end } = scan(text)
      expect(end === -1 || end < text.length).toBe(true)
    },
  )

  it('refuses a number of more than 1024 bytes that needs the engine', () => {
    expect(scan(`0.${'1'.repeat(2000)}`).end).toBe(-1)
  })
})
