/**
 * A series id is the first 64 bits of MurmurHash3 x86 128 (seed 0) of the UTF-8 bytes of the series key.
 * It travels as two unsigned 32-bit halves: JavaScript has no cheap 64-bit integer.
 * Source of the method: Austin Appleby, MurmurHash3 (public domain), variant x86_128.
 */
export interface SeriesId {
  readonly lo: number
  readonly hi: number
}

const C1 = 0x239b961b
const C2 = 0xab0e9789
const C3 = 0x38b34ae5
const C4 = 0xa1e38b93

/** The halves of the last {@link hashBytes} call: a pair returned without an allocation. */
export const hashed = { lo: 0, hi: 0 }

const rotl = (x: number, r: number): number => (x << r) | (x >>> (32 - r))

const fmix = (x: number): number => {
  let h = x ^ (x >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** Hashes `bytes[from, to)` and leaves the first 64 bits in {@link hashed}. */
export function hashBytes(bytes: Uint8Array, from: number, to: number): void {
  const length = to - from
  let h1 = 0
  let h2 = 0
  let h3 = 0
  let h4 = 0
  const blocksEnd = from + (length & ~15)
  let i = from
  for (; i < blocksEnd; i += 16) {
    h1 ^= Math.imul(rotl(Math.imul(word(bytes, i), C1), 15), C2)
    h1 = (Math.imul(rotl(h1, 19) + h2, 5) + 0x561ccd1b) | 0
    h2 ^= Math.imul(rotl(Math.imul(word(bytes, i + 4), C2), 16), C3)
    h2 = (Math.imul(rotl(h2, 17) + h3, 5) + 0x0bcaa747) | 0
    h3 ^= Math.imul(rotl(Math.imul(word(bytes, i + 8), C3), 17), C4)
    h3 = (Math.imul(rotl(h3, 15) + h4, 5) + 0x96cd1c35) | 0
    h4 ^= Math.imul(rotl(Math.imul(word(bytes, i + 12), C4), 18), C1)
    h4 = (Math.imul(rotl(h4, 13) + h1, 5) + 0x32ac3b17) | 0
  }
  const tail = to - i
  if (tail > 12) h4 ^= Math.imul(rotl(Math.imul(partial(bytes, i + 12, to), C4), 18), C1)
  if (tail > 8) h3 ^= Math.imul(rotl(Math.imul(partial(bytes, i + 8, to), C3), 17), C4)
  if (tail > 4) h2 ^= Math.imul(rotl(Math.imul(partial(bytes, i + 4, to), C2), 16), C3)
  if (tail > 0) h1 ^= Math.imul(rotl(Math.imul(partial(bytes, i, to), C1), 15), C2)
  h1 ^= length
  h2 ^= length
  h3 ^= length
  h4 ^= length
  h1 = (h1 + h2 + h3 + h4) | 0
  h2 = (h2 + h1) | 0
  h3 = (h3 + h1) | 0
  h4 = (h4 + h1) | 0
  h1 = fmix(h1)
  h2 = fmix(h2)
  h3 = fmix(h3)
  h4 = fmix(h4)
  h1 = (h1 + h2 + h3 + h4) | 0
  h2 = (h2 + h1) | 0
  hashed.lo = h1 >>> 0
  hashed.hi = h2 >>> 0
}

function word(b: Uint8Array, i: number): number {
  return (b[i] as number) | ((b[i + 1] as number) << 8) | ((b[i + 2] as number) << 16) | ((b[i + 3] as number) << 24)
}

/** Up to four bytes from `i`, little-endian, missing ones zero. */
function partial(b: Uint8Array, i: number, to: number): number {
  let w = 0
  for (let k = Math.min(4, to - i) - 1; k >= 0; k--) w = (w << 8) | (b[i + k] as number)
  return w
}

let scratch = new Uint8Array(512)
const encoder = new TextEncoder()

/** The id of the series with this key. */
export function seriesIdOf(key: string): SeriesId {
  hashText(key)
  return { lo: hashed.lo, hi: hashed.hi }
}

/** Hashes the UTF-8 bytes of `text` and leaves the result in {@link hashed}. */
export function hashText(text: string): void {
  if (text.length * 3 > scratch.length) scratch = new Uint8Array(text.length * 6)
  const { written } = encoder.encodeInto(text, scratch)
  hashBytes(scratch, 0, written)
}

/** 16 lower-case hexadecimal digits, high half first. */
export function seriesIdText(id: SeriesId): string {
  return id.hi.toString(16).padStart(8, '0') + id.lo.toString(16).padStart(8, '0')
}

/** The inverse of {@link seriesIdText}; `undefined` when `text` is not 16 hexadecimal digits. */
export function parseSeriesId(text: string): SeriesId | undefined {
  if (text.length !== 16) return undefined
  const hi = hexadecimal(text, 0)
  const lo = hexadecimal(text, 8)
  return hi < 0 || lo < 0 ? undefined : { hi, lo }
}

/** Eight digits from `from` on; −1 when one of them is none. By hand: a start of the platform reads an id per series. */
function hexadecimal(text: string, from: number): number {
  let value = 0
  for (let i = from; i < from + 8; i++) {
    const code = text.charCodeAt(i)
    const digit = code < 58 ? code - 48 : (code | 32) - 87
    if (digit < 0 || digit > 15 || (code > 57 && digit < 10)) return -1
    value = (value << 4) | digit
  }
  return value >>> 0
}
