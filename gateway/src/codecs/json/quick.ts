import { NUMBER, scanNumber } from './number.ts'

/** What {@link quickPair} found: the value, and the time as a number (NaN when there is none). */
export const pair = new Float64Array(2)
const kinds = new Uint8Array(2)

/**
 * The commonest message of all, `{"ts":1700000000000,"value":23.5}` in either order and with a blank after colons and
 * commas or not, read without looking for anything else. False says only that the general way must be taken.
 */
export function quickPair(b: Uint8Array, from: number, to: number, time: Uint8Array, value: Uint8Array): boolean {
  if (b[from] !== 0x7b || b[to - 1] !== 0x7d) return false
  let i = from + 1
  kinds[0] = kinds[1] = 0
  for (;;) {
    let slot = 0
    let next = afterKey(b, i, value)
    if (next < 0) {
      slot = 1
      next = afterKey(b, i, time)
      if (next < 0) return false
    }
    if (kinds[slot] !== 0) return false
    i = scanNumber(b, next, to, pair, kinds, slot)
    if (i < 0 || kinds[slot] !== NUMBER) return false
    if (i === to - 1) break
    if (b[i] !== 0x2c) return false
    i += b[i + 1] === 0x20 ? 2 : 1
  }
  if (kinds[1] === 0) pair[1] = Number.NaN
  return kinds[0] === NUMBER
}

/** The index of the value when `"key":` stands at `b[i]`, else -1. May look past the payload: the caller checks where it ends. */
function afterKey(b: Uint8Array, i: number, key: Uint8Array): number {
  const n = key.length
  if (b[i] !== 0x22 || b[i + n + 1] !== 0x22 || b[i + n + 2] !== 0x3a) return -1
  for (let k = 0; k < n; k++) if (b[i + 1 + k] !== key[k]) return -1
  return i + n + (b[i + n + 3] === 0x20 ? 4 : 3)
}
