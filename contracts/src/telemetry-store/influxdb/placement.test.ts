import { describe, expect, it } from 'vitest'
import { SLOTS } from '../../series/key.ts'
import { place, serversOfSlot } from './placement.ts'

const slots = Array.from({ length: SLOTS }, (_, slot) => slot)

describe('the placement of slots', () => {
  it('gives every server about its share', () => {
    const servers = ['a', 'b', 'c']
    const shares = servers.map(
      (name) => slots.filter((s) => serversOfSlot(s, { servers, copies: 1 })[0] === name).length,
    )
    for (const share of shares) expect(Math.abs(share - SLOTS / 3)).toBeLessThan(30)
  })

  it('moves slots to a server that is added and to no other', () => {
    const before = { servers: ['a', 'b'], copies: 1 }
    const after = { servers: ['c', 'b', 'a'], copies: 1 }
    const moved = slots.filter((s) => serversOfSlot(s, before)[0] !== serversOfSlot(s, after)[0])
    expect(moved.every((s) => serversOfSlot(s, after)[0] === 'c')).toBe(true)
    expect(moved.length).toBeGreaterThan(50)
    expect(moved.length).toBeLessThan(120)
  })

  it('puts copies on different servers', () => {
    for (const s of slots) expect(new Set(serversOfSlot(s, { servers: ['a', 'b', 'c'], copies: 2 })).size).toBe(2)
  })

  it('writes to the newest generation and reads from all that may hold something, newest first', () => {
    const one = place([{ servers: ['a'], copies: 1 }])
    expect(one.readFrom.every((groups) => groups.length === 1 && groups[0]?.[0] === 'a')).toBe(true)
    const two = place([
      { servers: ['a'], copies: 1 },
      { servers: ['a', 'b'], copies: 1 },
    ])
    for (const s of slots) {
      const [to] = two.writeTo[s] as [string]
      expect(two.readFrom[s]).toEqual(to === 'a' ? [['a']] : [['b'], ['a']])
    }
    const copied = place([
      { servers: ['a', 'b'], copies: 1 },
      { servers: ['a', 'b'], copies: 2 },
    ])
    for (const s of slots) {
      expect(copied.writeTo[s]?.toSorted()).toEqual(['a', 'b'])
      // The new copy lacks what came before, so the old holder is asked too.
      expect(copied.readFrom[s]?.length).toBe(2)
    }
  })
})
