import { hashed, hashText } from '../series/id.ts'

const BYTES = 512
const MASK = BYTES * 8 - 1

/** A Bloom filter with one hash: says which names a block cannot hold. */
export const emptyNames = (): Uint8Array => new Uint8Array(BYTES)

export function setBit(filter: Uint8Array, bit: number): void {
  filter[bit >> 3] = (filter[bit >> 3] as number) | (1 << (bit & 7))
}

/** Bits to test for any of the names; `undefined` when there is nothing to test. */
export const bitsOf = (names: readonly string[] | undefined): readonly number[] | undefined => names?.map(bitOf)

export const mayHoldAny = (filter: Uint8Array, bits: readonly number[] | undefined): boolean =>
  bits === undefined || bits.some((bit) => ((filter[bit >> 3] as number) & (1 << (bit & 7))) !== 0)

export const deviceName = (owner: string): string => `d${owner}`
export const assetName = (id: string): string => `a${id}`
export const zoneName = (id: string): string => `z${id}`

/** The bit that a name sets. */
export function bitOf(name: string): number {
  hashText(name)
  return hashed.lo & MASK
}
