import { hashBytes, hashed, partitionOfSlot, seriesIdOf, slotOf } from '@quartier/contracts'
import { expect, it } from 'vitest'
import { COLLISION, SeriesTable, UNKNOWN } from './table.ts'

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

it('tells a key from another one that has the same id', () => {
  const first = bytes('some/device/of/thirty-two/letter')
  const twin = withSameHash(first, bytes('some/other-devic'))
  const table = new SeriesTable()
  const h = table.insert(first, 0, first.length, 0)
  hashBytes(twin, 0, twin.length)
  expect([hashed.lo, hashed.hi]).toEqual([table.lo[h], table.hi[h]])
  expect(table.find(twin, 0, twin.length)).toBe(COLLISION)
  expect(table.find(first, 0, first.length)).toBe(h)
})

/** 32 bytes that begin with `head` and hash like `key`: MurmurHash3 can be run backwards, one block at a time. */
function withSameHash(key: Uint8Array, head: Uint8Array): Uint8Array {
  const wanted = block(block([0, 0, 0, 0], words(key, 0)), words(key, 16))
  const from = block([0, 0, 0, 0], words(head, 0))
  const tail = FACTORS.map(([c, rotation, d, turn, added], i) => {
    const after = wanted[i] as number
    const neighbour = i === 3 ? (wanted[0] as number) : (from[i + 1] as number)
    const mixed = rotl((Math.imul((after - added) | 0, inverse(5)) - neighbour) | 0, 32 - turn) ^ (from[i] as number)
    return Math.imul(rotl(Math.imul(mixed, inverse(d)), 32 - rotation), inverse(c))
  })
  const out = Buffer.alloc(32)
  out.set(head)
  tail.forEach((w, i) => void out.writeInt32LE(w, 16 + i * 4))
  return out
}

/** Per word of a block: factor, rotation, factor, rotation of the state, addend. */
const FACTORS = [
  [0x239b961b, 15, 0xab0e9789, 19, 0x561ccd1b],
  [0xab0e9789, 16, 0x38b34ae5, 17, 0x0bcaa747],
  [0x38b34ae5, 17, 0xa1e38b93, 15, 0x96cd1c35],
  [0xa1e38b93, 18, 0x239b961b, 13, 0x32ac3b17],
] as const

function block(state: readonly number[], k: readonly number[]): number[] {
  const h = [...state]
  FACTORS.forEach(([c, rotation, d, turn, added], i) => {
    const x = (h[i] as number) ^ Math.imul(rotl(Math.imul(k[i] as number, c), rotation), d)
    h[i] = (Math.imul((rotl(x, turn) + (h[(i + 1) % 4] as number)) | 0, 5) + added) | 0
  })
  return h
}

const rotl = (x: number, r: number): number => (x << r) | (x >>> (32 - r))
const words = (b: Uint8Array, at: number): number[] => [0, 4, 8, 12].map((i) => Buffer.from(b).readInt32LE(at + i))

/** The odd number that times `n` is 1 modulo 2^32. */
function inverse(n: number): number {
  let x = n
  for (let i = 0; i < 5; i++) x = Math.imul(x, 2 - Math.imul(n, x))
  return x
}
