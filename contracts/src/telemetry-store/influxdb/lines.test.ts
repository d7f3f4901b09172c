import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LineWriter } from './lines.ts'
import { escaped, linePrefix, placeOf } from './names.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const taken = (lines: LineWriter) => Buffer.from(lines.take()).toString()

describe('line protocol', () => {
  it('makes one line of the properties of a device and instant that come together', () => {
    const lines = new LineWriter()
    for (const [device, at, field, value] of [
      [0, 1000, 'a=', 1.5],
      [0, 1000, 'b=', 2],
      [0, 2000, 'a=', -3],
      [1, 2000, 'a=', 0],
    ] as const) {
      lines.begin(device, at, bytes(`readings,device=d${device} `))
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
        const lines = new LineWriter()
        lines.float(value)
        return Object.is(Number(taken(lines)), value)
      }),
      { seed: 1 },
    )
    fc.assert(
      fc.property(fc.integer({ min: -9_223_372_036_854, max: 9_223_372_036_854 }), (value) => {
        const lines = new LineWriter()
        lines.integer(value)
        return taken(lines) === `${value}i`
      }),
      { seed: 1 },
    )
  })

  it('grows as far as it must', () => {
    const lines = new LineWriter()
    for (let i = 0; i < 5000; i++) {
      lines.begin(i, i, bytes(`m,device=${'x'.repeat(i % 90)} `))
      lines.text('é=')
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
    expect(linePrefix('readings', placeOf('a b/c,d/e'))).toBe('readings,device=c\\,d,source=a\\ b ')
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
