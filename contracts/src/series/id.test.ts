import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashBytes, hashed, parseSeriesId, seriesIdOf, seriesIdText } from './id.ts'

/** From Python's mmh3 5: the first 8 bytes of `hash_bytes(key, 0, x64arch=False)`, halves read little-endian. */
const VECTORS: readonly [key: string, id: string][] = [
  ['', '0000000000000000'],
  ['a', '5556b01ba794933c'],
  ['ab', '25be3010158451df'],
  ['abc', 'a2b006a575cdc6d1'],
  ['abcd', '45afc62e96b6ccaa'],
  ['s/d/p', 'f1135ab0c8577a61'],
  ['0123456789abcdef', '36aed30afb7d4409'],
  ['0123456789abcdef0', '60920c061f8a3855'],
  ['plant/meter-1/power', '9a81f8b737a32205'],
  ['north/hall/temperature', '2f76e624dff14700'],
  ['source/device/0123456789/property-with-a-long-name', '3c81d7e9cd9ee9d7'],
  ['kő/ñ/温度', '7a256a289d4bd4bd'],
  ['x'.repeat(255), '21ac804f4c74fb67'],
]

describe('series ids', () => {
  it.each(VECTORS)('of %j are those of another implementation of MurmurHash3', (key, id) => {
    expect(seriesIdText(seriesIdOf(key))).toBe(id)
  })

  it('do not depend on where the bytes stand', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(40), (key, shift) => {
        const text = Buffer.from(key)
        const bytes = new Uint8Array(shift + text.length + 3).fill(0xaa)
        bytes.set(text, shift)
        hashBytes(bytes, shift, shift + text.length)
        expect({ ...hashed }).toEqual(seriesIdOf(text.toString()))
      }),
    )
  })

  it('survive the way through their text', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.nat(0xffffffff), (lo, hi) => {
        expect(parseSeriesId(seriesIdText({ lo, hi }))).toEqual({ lo, hi })
      }),
    )
  })

  it('are read from capitals too', () => {
    expect(parseSeriesId('9A81F8B737A32205')).toEqual(seriesIdOf('plant/meter-1/power'))
  })

  it.each([
    '',
    '123',
    'g'.repeat(16),
    '0'.repeat(17),
    '000000000000000@',
    '000000000000000:',
    '/000000000000000',
    '00000000000000ŧ0',
  ])('are not read from %j', (text) => {
    expect(parseSeriesId(text)).toBeUndefined()
  })
})
