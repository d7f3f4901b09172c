import { describe, expect, it } from 'vitest'
import { ownerOf, Shares } from './shares.ts'

describe('what all share', () => {
  it('is taken from whoever holds most, oldest first, whatever order it came in', () => {
    const shares = new Shares<string>()
    const held: [string, string][] = []
    for (let i = 0; i < 300; i++) held.push([`owner-${i % 7 === 0 ? i : i % 3}`, `entry-${i}`])
    for (const [owner, entry] of held) shares.add(owner, entry)
    while (held.length > 0) {
      const entry = shares.oldestOfMost()
      const at = held.findIndex((h) => h[1] === entry)
      const owner = held[at]?.[0] as string
      const counts = new Map<string, number>()
      for (const [o] of held) counts.set(o, (counts.get(o) ?? 0) + 1)
      expect(counts.get(owner)).toBe(Math.max(...counts.values()))
      expect(held.findIndex((h) => h[0] === owner)).toBe(at)
      expect(shares.countOf(owner)).toBe(counts.get(owner))
      held.splice(at, 1)
      shares.remove(owner, entry as string)
    }
    expect(shares.oldestOfMost()).toBeUndefined()
  })

  it('is measured in units where things differ in size', () => {
    const shares = new Shares<string>(1_000)
    shares.add('many', 'a', 300)
    shares.add('many', 'b', 300)
    shares.add('large', 'c', 5_000)
    expect(shares.oldestOfMost()).toBe('c')
    shares.remove('large', 'c', 5_000)
    expect(shares.oldestOfMost()).toBe('a')
  })

  it('belongs to principals, however many client ids they use', () => {
    expect([ownerOf('meter%2F7/a/b'), ownerOf('meter%2F7/c'), ownerOf('bare')]).toEqual([
      'meter%2F7',
      'meter%2F7',
      'bare',
    ])
  })
})
