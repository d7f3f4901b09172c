import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteSink, readVarint, readZigzag } from './bytes.ts'
import { decodeDelta, encodeDelta } from './delta.ts'
import { Dictionary } from './dictionary.ts'
import { decodeIndexes, encodeIndexes } from './hybrid.ts'

const whole = fc.integer({ min: -(2 ** 50), max: 2 ** 50 })

describe('variable-length integers', () => {
  it('come back as they went', () => {
    fc.assert(
      fc.property(fc.array(whole), (values) => {
        const out = new ByteSink(1)
        for (const v of values) {
          out.zigzag(v)
          out.varint(Math.abs(v))
        }
        const cursor = { bytes: out.written(), at: 0 }
        for (const v of values) expect([readZigzag(cursor) + 0, readVarint(cursor)]).toEqual([v + 0, Math.abs(v)])
        expect(cursor.at).toBe(out.length)
      }),
    )
  })
})

describe('delta encoding', () => {
  const series = fc.oneof(
    fc.array(whole, { maxLength: 300 }),
    fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 300 }).map((gaps) => {
      let at = 1_700_000_000_000
      return gaps.map((gap, i) => {
        at = i % 50 === 49 ? at - 86_400_000 : at + gap
        return at
      })
    }),
  )

  it('gives back every value, and any number of the first ones, tight or aligned', () => {
    fc.assert(
      fc.property(series, fc.boolean(), fc.nat(300), (values, align, some) => {
        const out = new ByteSink(1)
        encodeDelta(out, Float64Array.from(values), 0, values.length, align)
        const n = Math.min(some, values.length)
        const decoded = new Float64Array(n)
        decodeDelta({ bytes: out.written(), at: 0 }, n, decoded)
        expect([...decoded]).toEqual(values.slice(0, n).map((v) => v + 0))
      }),
    )
  })

  it('takes next to nothing for evenly spaced times', () => {
    const out = new ByteSink()
    encodeDelta(
      out,
      Float64Array.from({ length: 8192 }, (_, i) => 1_700_000_000_000 + i * 10_000),
      0,
      8192,
      false,
    )
    expect(out.length).toBeLessThan(600)
  })
})

describe('dictionary indexes', () => {
  it('come back from any place on, in runs or packed', () => {
    const indexes = fc.oneof(
      fc.array(fc.nat(70_000), { minLength: 1, maxLength: 400 }),
      fc
        .array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 40 })), { minLength: 1, maxLength: 20 })
        .map((runs) => runs.flatMap(([value, n]) => new Array<number>(n).fill(value))),
    )
    fc.assert(
      fc.property(indexes, fc.nat(), fc.nat(), (values, a, b) => {
        const width = Math.max(1, 32 - Math.clz32(Math.max(...values)))
        const out = new ByteSink(1)
        encodeIndexes(out, Uint32Array.from(values), 0, values.length, width)
        const from = a % values.length
        const to = from + 1 + (b % (values.length - from))
        const decoded = new Uint32Array(to - from)
        decodeIndexes({ bytes: out.written(), at: 0 }, from, to, decoded, 0)
        expect([...decoded]).toEqual(values.slice(from, to))
      }),
    )
  })
})

describe('a dictionary', () => {
  it('tells values apart by their bits', () => {
    const dictionary = new Dictionary(8, 100)
    const values = [0, -0, Number.NaN, 1.5, 0, Number.NaN, 1.5, -0]
    expect(dictionary.build(Float64Array.from(values), 8)).toBe(true)
    expect(dictionary.size).toBe(4)
    expect(Array.from(dictionary.indexes, (i) => dictionary.values[i])).toEqual(values)
  })

  it('gives up where most values are distinct', () => {
    expect(
      new Dictionary(1000, 500).build(
        Float64Array.from({ length: 1000 }, (_, i) => i / 7),
        1000,
      ),
    ).toBe(false)
  })
})
