import { describe, expect, it } from 'vitest'
import { shareOf } from './seats.ts'

describe('a share', () => {
  it.each([
    [1, [1], [0, 1, 2, 3]],
    [1, [1, 4], [0, 2]],
    [4, [1, 4], [1, 3]],
    [4, [0, 1, 4, 5, 6], [2]],
    [6, [0, 1, 4, 5, 6], []],
    [2, [0, 1], []],
  ])('of seat %j among %j is the partitions %j', (seat, seats, own) => {
    expect(shareOf(seat, seats, 4)).toEqual(own)
  })
})
