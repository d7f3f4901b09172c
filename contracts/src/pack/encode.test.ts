import { describe, expect, it } from 'vitest'
import { encodePack, type Pack, packTable } from './index.ts'

const series = [{ device: 'd', property: 'p' }, { property: 'q' }]

describe('encoding a pack', () => {
  it('writes the bytes that the description says', () => {
    const bytes = encodePack({ series, measuredAt: 1_700_000_000_000, value: [1.5, -2], values: { decimals: 1 } })
    expect(Buffer.from(bytes).toString('hex')).toBe(
      [
        '51504b31',
        '01',
        '0c',
        '02',
        '01',
        '0200',
        '0200',
        '03000000',
        hexOf(1_700_000_000_000),
        '0000000000000000',
        '0100010000000100',
        '6470710000000000',
        '0f000000ecffffff',
      ].join(''),
    )
  })

  it('makes the same of a table as of its series', () => {
    const rest = { index: [1, 0, 1], measuredAt: [5_000, 5_001, 5_002], value: [1, 2, 3], quality: [0, 1, 2] }
    expect(encodePack({ series: packTable(series), ...rest })).toEqual(encodePack({ series, ...rest }))
  })

  it('takes seconds as the unit of times that lie far apart', () => {
    const day = 86_400_000
    const bytes = encodePack({ series, index: [0, 1], measuredAt: [0, 400 * day], value: [1, 2] })
    expect(bytes[24]).toBe(1)
  })

  it.each<[string, Partial<Pack>]>([
    ['a value that is not finite', { value: [1, Number.NaN] }],
    ['a series that is not there', { index: [0, 2] }],
    ['rows without an index that are not as many as series', { value: [1] }],
    ['as many times as rows', { measuredAt: [1] }],
    ['times of whole milliseconds', { measuredAt: [1, 1.5] }],
    ['times too far apart', { measuredAt: [0, 2 ** 40 + 1] }],
    ['a scale that is too fine', { values: { decimals: 19 } }],
    ['a value too large for its scale', { value: [1, 3e9], values: { decimals: 0 } }],
    ['a name of 257 bytes', { series: [{ property: 'x'.repeat(257) }, { property: 'y' }] }],
    ['an empty property', { series: [{ device: 'd', property: '' }, { property: 'y' }] }],
    ['more than 5,000 rows', { index: new Array(5_001).fill(0), value: new Array(5_001).fill(0) }],
  ])('insists on its rules: %s', (_, wrong) => {
    const good = { series, measuredAt: 1, value: [1, 2] }
    expect(() => encodePack({ ...good, ...wrong })).toThrow(expect.objectContaining({ code: 'PACK_INVALID' }))
  })
})

function hexOf(n: number): string {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(n)
  return bytes.toString('hex')
}
