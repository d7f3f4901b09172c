import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LineWriter } from './lines.ts'
import { escaped, lineTags, placeOf } from './names.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const taken = (lines: LineWriter) => Buffer.from(lines.take()).toString()

describe('line protocol', () => {
  it('makes one line of the properties of a device and instant that come together', () => {
    const lines = new LineWriter('readings')
    for (const [device, at, field, value] of [
      [0, 1000, 'a=', 1.5],
      [0, 1000, 'b=', 2],
      [0, 2000, 'a=', -3],
      [1, 2000, 'a=', 0],
    ] as const) {
      lines.begin(device, at, bytes(`,device=d${device} `))
      lines.put(bytes(field))
      lines.float(value)
    }
    expect(lines.lines).toBe(3)
    const expected = 'readings,device=d0 a=1.5,b=2 1000\nreadings,device=d0 a=-3 2000\nreadings,device=d1 a=0 2000\n'
    expect(taken(lines)).toBe(expected)
    expect(taken(lines)).toBe('')
  })

  it('writes every number so that it reads back as the same one', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const lines = new LineWriter('m')
        lines.float(value)
        return Object.is(Number(taken(lines)), value)
      }),
      { seed: 1 },
    )
    fc.assert(
      fc.property(fc.integer({ min: -9_223_372_036_854, max: 9_223_372_036_854 }), (value) => {
        const lines = new LineWriter('m')
        lines.integer(value)
        return taken(lines) === `${value}i`
      }),
      { seed: 1 },
    )
  })

  it('writes what sensors send, of few decimals, exactly and short', () => {
    for (const text of ['0.1', '-0.5', '23.75', '999.9', '-12345.6789', '0.0001', '1000000.25', '99999999999.7']) {
      const lines = new LineWriter('m')
      lines.float(Number(text))
      expect(taken(lines)).toBe(text)
    }
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 1, max: 6 }), (n, decimals) => {
        const lines = new LineWriter('m')
        lines.float(n / 10 ** decimals)
        return Number(taken(lines)) === n / 10 ** decimals
      }),
      { seed: 1 },
    )
  })

  it('grows as far as it must', () => {
    const lines = new LineWriter('m')
    for (let i = 0; i < 5000; i++) {
      lines.begin(i, i, bytes(`,device=${'x'.repeat(i % 90)} `))
      lines.put(bytes('é='))
      lines.integer(i)
    }
    const rows = taken(lines).split('\n')
    expect(rows.length).toBe(5001)
    expect(rows[4999]).toBe(`m,device=${'x'.repeat(4999 % 90)} é=4999i 4999`)
  })
})

describe('the place of a series', () => {
  it('is readable: source and device are tags, the property is the field', () => {
    expect(placeOf('plant/hall 2/meter=1/power, raw')).toEqual({
      source: 'plant',
      device: 'hall 2/meter=1',
      field: 'power, raw',
    })
    expect(lineTags(placeOf('a b/c,d/e'))).toBe(',device=c\\,d,source=a\\ b ')
    expect(escaped('power, raw')).toBe('power\\,\\ raw')
  })

  it('is another one for every key, whatever is in it', () => {
    const part = fc.string({ minLength: 1, unit: fc.constantFrom('a', '%', '\\', '\n', '_', '5', 'c', ' ') })
    fc.assert(
      fc.property(part, part, (a, b) => {
        const texts = [a, b].map((device) => JSON.stringify(placeOf(`s/${device}/p`)))
        const carried = placeOf(`s/${a}/p`).device
        return (a === b) === (texts[0] === texts[1]) && !/[\\\n]|^_/.test(carried)
      }),
      { seed: 1 },
    )
  })
})
