import { partitionOfSlot, seriesIdOf, slotOf } from '@quartier/contracts'
import { expect, it } from 'vitest'
import { SeriesTable, UNKNOWN } from './table.ts'

const bytes = (key: string) => Buffer.from(key)

it('finds every series again by key and by id, with the partition of its device', () => {
  const table = new SeriesTable()
  const keys = Array.from({ length: 20_000 }, (_, i) => `src/dev-${i >> 2}/p${i & 3}`)
  for (const key of keys) expect(table.insert(bytes(key), 0, key.length, 0)).toBe(table.count - 1)
  keys.forEach((key, h) => {
    expect(table.find(bytes(`##${key}`), 2, key.length + 2)).toBe(h)
    const id = seriesIdOf(key)
    expect([table.lo[h], table.hi[h]]).toEqual([id.lo, id.hi])
    expect(table.findId(id.lo, id.hi)).toBe(h)
    expect(table.partition[h]).toBe(partitionOfSlot(slotOf('src', `dev-${h >> 2}`), table.partitions))
  })
  expect(table.keyOf(12_345)).toBe(keys[12_345])
  expect(table.find(bytes('src/other/p0'), 0, 12)).toBe(UNKNOWN)
})
