import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SERIES_STATES } from './series-state.ts'
import { decodeTick, encodeSection, encodeTick, LEVELS, type TickSection } from './tick.ts'

const u32 = fc.nat(0xffffffff)
const number = fc.double()
const columns = (rows: number) => {
  const many = <T>(of: fc.Arbitrary<T>, each = 1) => fc.array(of, { minLength: rows * each, maxLength: rows * each })
  return fc.record({
    row: many(u32).map((a) => Uint32Array.from(a)),
    counts: many(u32, SERIES_STATES).map((a) => Uint32Array.from(a)),
    oldestAt: many(number).map((a) => Float64Array.from(a)),
    measure: many(fc.float()).map((a) => Float32Array.from(a)),
    worst: many(fc.nat(7)).map((a) => Uint8Array.from(a)),
    value: many(number).map((a) => Float64Array.from(a)),
    measuredAt: many(number).map((a) => Float64Array.from(a)),
    quality: many(fc.nat(255)).map((a) => Uint8Array.from(a)),
    state: many(fc.nat(7)).map((a) => Uint8Array.from(a)),
  })
}
const section: fc.Arbitrary<TickSection> = fc
  .nat(9)
  .chain((rows) =>
    fc.record({
      tile: u32,
      revision: u32,
      since: u32,
      rows: fc.constant(rows),
      level: fc.constantFrom(...LEVELS),
      columns: columns(rows),
    }),
  )
  .map(({ level, columns: all, ...facts }) => {
    const { row, counts, oldestAt, measure, worst, value, measuredAt, quality, state } = all
    return level === 'sensors'
      ? { ...facts, level, columns: { row, value, measuredAt, quality, state } }
      : { ...facts, level, columns: { row, counts, oldestAt, measure, worst } }
  })
const tick = fc.record({ platformAt: number, tick: u32, view: u32, sections: fc.array(section, { maxLength: 6 }) })

const bytesOf = ({ sections, ...head }: { platformAt: number; tick: number; view: number; sections: TickSection[] }) =>
  encodeTick(head, sections.map(encodeSection))

test('a tick comes back as it was', () => {
  fc.assert(
    fc.property(tick, (sent) => {
      expect(decodeTick(bytesOf(sent).buffer as ArrayBuffer)).toEqual(sent)
    }),
  )
})

test('sections begin at multiples of eight bytes', () => {
  fc.assert(fc.property(section, (one) => encodeSection(one).length % 8 === 0))
})

test('bytes that are cut off, longer or changed are refused or read, and never throw', () => {
  fc.assert(
    fc.property(tick, fc.nat(), fc.nat(), fc.nat(255), (sent, cut, at, byte) => {
      const bytes = bytesOf(sent)
      const short = bytes.slice(0, cut % bytes.length)
      expect(decodeTick(short.buffer)).toBeUndefined()
      expect(decodeTick(Uint8Array.of(...bytes, 0).buffer)).toBeUndefined()
      bytes[at % bytes.length] = byte
      decodeTick(bytes.buffer as ArrayBuffer)
    }),
  )
})

test('a version that is not known is refused', () => {
  const bytes = encodeTick({ platformAt: 1, tick: 2, view: 3 }, [])
  bytes[4] = 2
  expect(decodeTick(bytes.buffer as ArrayBuffer)).toBeUndefined()
})

test('more rows than there is room for are refused, however many', () => {
  const empty: TickSection = { tile: 1, revision: 1, since: 0, rows: 0, level: 'sensors', columns: columnsOf() }
  for (const rows of [1, 2 ** 28, 2 ** 29, 2 ** 31, 2 ** 32 - 1]) {
    const bytes = encodeTick({ platformAt: 1, tick: 2, view: 3 }, [encodeSection(empty)])
    new DataView(bytes.buffer).setUint32(24 + 12, rows, true)
    expect(decodeTick(bytes.buffer as ArrayBuffer)).toBeUndefined()
  }
})

const columnsOf = () => ({
  row: new Uint32Array(0),
  value: new Float64Array(0),
  measuredAt: new Float64Array(0),
  quality: new Uint8Array(0),
  state: new Uint8Array(0),
})
