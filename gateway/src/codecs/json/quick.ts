import { NUMBER, scanNumber } from './number.ts'
import { STRING_BYTES, scanWord, UNFIT } from './text.ts'

/** What {@link quickPair} found: the value, and the time as a number (NaN when there is none). The third is not for you. */
export const pair = new Float64Array(3)
const kinds = new Uint8Array(3)
const VALUE = 0
const TIME = 1
const OTHER = 2
const MAX_TEXT = 1024
/** Bytes that may stand in a string as they are and are ASCII. */
const PLAIN = STRING_BYTES.map((mark) => (mark === 0 || mark === UNFIT ? 1 : 0))

/**
 * The commonest messages of all, such as `{"ts":1700000000000,"value":23.5,"unit":"Cel"}`: numbers under both keys in
 * either order, plain scalars under others, at most one blank after colons and commas. False says only that the
 * general way must be taken.
 */
export function quickPair(b: Uint8Array, from: number, to: number, time: Uint8Array, value: Uint8Array): boolean {
  if (b[from] !== 0x7b || b[to - 1] !== 0x7d) return false
  let i = from + 1
  kinds[VALUE] = kinds[TIME] = 0
  for (;;) {
    let slot = VALUE
    let next = afterKey(b, i, value)
    if (next < 0) {
      slot = TIME
      next = afterKey(b, i, time)
    }
    if (next < 0) i = passMember(b, i, to)
    else {
      if (kinds[slot] !== 0) return false
      i = scanNumber(b, next, to, pair, kinds, slot)
      if (kinds[slot] !== NUMBER) return false
    }
    if (i < 0) return false
    if (i === to - 1) break
    if (b[i] !== 0x2c) return false
    i += b[i + 1] === 0x20 ? 2 : 1
  }
  if (kinds[TIME] === 0) pair[TIME] = Number.NaN
  return kinds[VALUE] === NUMBER
}

/** The index of the value when `"key":` stands at `b[i]`, else -1. May look past the payload: the caller checks where it ends. */
function afterKey(b: Uint8Array, i: number, key: Uint8Array): number {
  const n = key.length
  if (b[i] !== 0x22 || b[i + n + 1] !== 0x22 || b[i + n + 2] !== 0x3a) return -1
  for (let k = 0; k < n; k++) if (b[i + 1 + k] !== key[k]) return -1
  return i + n + (b[i + n + 3] === 0x20 ? 4 : 3)
}

/** The index after a key and its scalar, or -1 when one of them is not plain. */
function passMember(b: Uint8Array, i: number, to: number): number {
  // __proto__ is left to the general way.
  if (b[i] !== 0x22 || b[i + 1] === 0x5f) return -1
  i = passText(b, i, to)
  if (i < 0 || b[i] !== 0x3a) return -1
  i += b[i + 1] === 0x20 ? 2 : 1
  if (i >= to) return -1
  const c = b[i]
  if (c === 0x22) return passText(b, i, to)
  if (c === 0x74) return scanWord(b, i, to, 'true')
  if (c === 0x66) return scanWord(b, i, to, 'false')
  if (c === 0x6e) return scanWord(b, i, to, 'null')
  return scanNumber(b, i, to, pair, kinds, OTHER)
}

function passText(b: Uint8Array, i: number, to: number): number {
  const end = Math.min(to, i + MAX_TEXT)
  i++
  while (i < end && PLAIN[b[i] as number] === 1) i++
  return i < end && b[i] === 0x22 ? i + 1 : -1
}
