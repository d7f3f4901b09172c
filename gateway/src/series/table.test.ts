import { partitionOfSlot, seriesIdOf, slotOf } from '@quartier/contracts'
import { expect, it } from 'vitest'
import { SeriesTable, UNKNOWN } from './table.ts'

const bytes = (key: string) => Buffer.from(key)

it('finds every series again by key and by id, with the partition of its device', () => {
  const table = new SeriesTable()
  const keys = Array.from({ length: 20_000 }, (_, i) => `src/dev-${i >> 2}/p${i & 3}`)
  for (const key of keys) table.insert(bytes(key), 0, key.length, 0)
  const wrong = keys.filter((key, h) => {
    const id = seriesIdOf(key)
    return (
      table.find(bytes(`##${key}`), 2, key.length + 2) !== h ||
      table.findId(id.lo, id.hi) !== h ||
      table.lo[h] !== id.lo ||
      table.hi[h] !== id.hi ||
      table.partition[h] !== partitionOfSlot(slotOf('src', `dev-${h >> 2}`), table.partitions)
    )
  })
  expect(wrong).toEqual([])
  expect(table.keyOf(12_345)).toBe(keys[12_345])
  expect(table.find(bytes('src/other/p0'), 0, 12)).toBe(UNKNOWN)
})

it('knows the series of a device and property without hashing, also after a source of wide characters', () => {
  const table = new SeriesTable()
  const h = table.insert(bytes('é/x/p'), 0, 6, 0)
  const named = (sourceBytes: number, d: string, p: string) =>
    table.isNamed(h, sourceBytes, bytes(d), 0, Buffer.byteLength(d), bytes(p), 0, Buffer.byteLength(p))
  expect(named(2, 'x', 'p')).toBe(true)
  expect(named(2, 'x', 'q')).toBe(false)
  expect(named(2, 'y', 'p')).toBe(false)
  expect(named(2, '/x', 'p')).toBe(false)
})
