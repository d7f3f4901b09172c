import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseSeriesKey, partitionOfSlot, SLOTS, seriesKey, slotOf } from './key.ts'

const word = fc.string({ minLength: 1 }).filter((s) => !s.includes('/'))

describe('series keys', () => {
  it('come apart into what they were made of, also when the device has levels', () => {
    fc.assert(
      fc.property(word, fc.array(word, { minLength: 1, maxLength: 4 }), word, (source, levels, property) => {
        const parts = { source, device: levels.join('/'), property }
        expect(parseSeriesKey(seriesKey(parts))).toEqual(parts)
      }),
    )
  })

  it.each(['', 'a', 'a/b', '/b/c', 'a//c', 'a/b/'])('refuse %j, where a part is missing', (key) => {
    expect(parseSeriesKey(key)).toBeUndefined()
  })
})

describe('slots', () => {
  it('of a device never change', () => {
    expect(['tram-1', 'tram-2', 'hall/7'].map((device) => slotOf('north', device))).toEqual([186, 187, 32])
  })

  it('go to partitions in contiguous ranges of equal size', () => {
    const partitions = Array.from({ length: SLOTS }, (_, slot) => partitionOfSlot(slot, 4))
    expect(partitions).toEqual([...partitions].sort((a, b) => a - b))
    for (const p of [0, 1, 2, 3]) expect(partitions.filter((x) => x === p).length).toBe(64)
  })
})
