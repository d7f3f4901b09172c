import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IdTable } from './id-table.ts'

const half = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 0xffffffff }))
const ids = fc.uniqueArray(fc.tuple(half, half), { maxLength: 200, selector: ([lo, hi]) => `${lo} ${hi}` })

test('every id keeps the place it was given first, whatever its halves share with others', () => {
  fc.assert(
    fc.property(ids, ids, (known, others) => {
      const table = new IdTable()
      const order = known.map((_, place) => place)
      expect(known.map(([lo, hi]) => table.add(lo, hi))).toEqual(order)
      expect(known.map(([lo, hi]) => table.find(lo, hi))).toEqual(order)
      expect(known.map(([lo, hi]) => table.add(lo, hi))).toEqual(order)
      const asked = [...known, ...others]
      const places = new Int32Array(asked.length)
      const column = (n: 0 | 1) => Uint32Array.from(asked, (id) => id[n])
      table.findAll(column(0), column(1), asked.length, places)
      expect([...places]).toEqual(asked.map(([lo, hi]) => known.findIndex((k) => k[0] === lo && k[1] === hi)))
    }),
  )
})

test('it grows beyond its first size', () => {
  const table = new IdTable()
  for (let n = 0; n < 50_000; n++) table.add(Math.imul(n, 0x9e3779b1) >>> 0, n)
  for (let n = 0; n < 50_000; n += 997) expect(table.find(Math.imul(n, 0x9e3779b1) >>> 0, n)).toBe(n)
  expect(table.text(1)).toBe('000000019e3779b1')
})
