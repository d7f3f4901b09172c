import { type ByteSink, type Cursor, readVarint, readZigzag } from './bytes.ts'

/**
 * DELTA_BINARY_PACKED of the Parquet format: blocks of 128 differences in 4 miniblocks of 32, each packed with its own
 * bit width. Values are whole numbers within ±2^50.
 */
const BLOCK = 128
const MINIBLOCKS = 4
const MINI = 32

const deltas = new Float64Array(BLOCK)
const words = new Uint32Array(2 * MINI + 2)
const wordBytes = new Uint8Array(words.buffer)
const TWO32 = 2 ** 32

/**
 * Appends `values[from, to)`. With `align` bit widths are whole bytes, which is longer as it stands and shorter after
 * an entropy coder.
 */
export function encodeDelta(out: ByteSink, values: Float64Array, from: number, to: number, align: boolean): void {
  out.varint(BLOCK)
  out.varint(MINIBLOCKS)
  out.varint(to - from)
  let last = to > from ? (values[from] as number) : 0
  out.zigzag(last)
  for (let at = from + 1; at < to; at += BLOCK) {
    const n = Math.min(BLOCK, to - at)
    let min = Number.POSITIVE_INFINITY
    for (let i = 0; i < n; i++) {
      const v = values[at + i] as number
      const d = v - last
      last = v
      deltas[i] = d
      if (d < min) min = d
    }
    encodeBlock(out, n, align ? wholeBytes(min) : min, align)
  }
}

/**
 * A lower bound in place of the least difference where that is negative, as it is wherever the next series begins: with
 * the same bound in block after block the high bytes repeat, and zstd finds them.
 */
function wholeBytes(min: number): number {
  if (min >= 0 || min < -(2 ** 48)) return min
  let bound = 256
  while (bound < -min) bound *= 256
  return -bound
}

function encodeBlock(out: ByteSink, n: number, min: number, align: boolean): void {
  out.zigzag(min)
  out.reserve(MINIBLOCKS + 8 * BLOCK)
  const widthsAt = out.length
  out.length += MINIBLOCKS
  for (let m = 0; m < MINIBLOCKS; m++) {
    const start = m * MINI
    const end = Math.min(n, start + MINI)
    let max = 0
    for (let i = start; i < end; i++) {
      const d = (deltas[i] as number) - min
      deltas[i] = d
      if (d > max) max = d
    }
    const width = start < n ? bitWidth(max, align) : 0
    out.bytes[widthsAt + m] = width
    if (width === 0) continue
    if (end < start + MINI) deltas.fill(0, end, start + MINI)
    pack(start, width)
    out.bytes.set(wordBytes.subarray(0, width * 4), out.length)
    out.length += width * 4
  }
}

function bitWidth(max: number, align: boolean): number {
  const width = max < TWO32 ? 32 - Math.clz32(max) : 64 - Math.clz32(Math.floor(max / TWO32))
  return align ? (width + 7) & ~7 : width
}

/** Packs 32 differences from `start` into `words`: exactly `width` words. */
function pack(start: number, width: number): void {
  words.fill(0, 0, width + 1)
  let bit = 0
  for (let i = start; i < start + MINI; i++) {
    const d = deltas[i] as number
    const low = d >>> 0
    const word = bit >>> 5
    const shift = bit & 31
    words[word] = (words[word] as number) | (low << shift)
    if (shift !== 0) words[word + 1] = (words[word + 1] as number) | (low >>> (32 - shift))
    if (width > 32) {
      const high = Math.floor(d / TWO32)
      words[word + 1] = (words[word + 1] as number) | (high << shift)
      if (shift !== 0) words[word + 2] = (words[word + 2] as number) | (high >>> (32 - shift))
    }
    bit += width
  }
}

/** Decodes the first `count` values into `out[0, count)`; fewer than were encoded is fine. */
export function decodeDelta(cursor: Cursor, count: number, out: Float64Array): void {
  readVarint(cursor)
  readVarint(cursor)
  readVarint(cursor)
  let last = readZigzag(cursor)
  if (count > 0) out[0] = last
  for (let at = 1; at < count; at += BLOCK) {
    const min = readZigzag(cursor)
    const widthsAt = cursor.at
    cursor.at += MINIBLOCKS
    for (let m = 0; m < MINIBLOCKS; m++) {
      const start = at + m * MINI
      if (start >= count) break
      const width = cursor.bytes[widthsAt + m] as number
      const end = Math.min(count, start + MINI)
      last =
        width <= 32
          ? unpack(cursor, width, min, last, start, end, out)
          : unpackWide(cursor, width, min, last, start, end, out)
      cursor.at += width * 4
    }
  }
}

function unpack(
  c: Cursor,
  width: number,
  min: number,
  before: number,
  from: number,
  to: number,
  out: Float64Array,
): number {
  let last = before
  if (width === 0) {
    for (let i = from; i < to; i++) {
      last += min
      out[i] = last
    }
    return last
  }
  load(c, width)
  const mask = width === 32 ? 0xffffffff : (1 << width) - 1
  let bit = 0
  for (let i = from; i < to; i++) {
    const shift = bit & 31
    const word = bit >>> 5
    let low = (words[word] as number) >>> shift
    if (shift + width > 32) low |= (words[word + 1] as number) << (32 - shift)
    last += min + ((low & mask) >>> 0)
    out[i] = last
    bit += width
  }
  return last
}

function unpackWide(
  c: Cursor,
  width: number,
  min: number,
  before: number,
  from: number,
  to: number,
  out: Float64Array,
): number {
  load(c, width)
  const mask = width === 64 ? 0xffffffff : 2 ** (width - 32) - 1
  let last = before
  let bit = 0
  for (let i = from; i < to; i++) {
    const shift = bit & 31
    const word = bit >>> 5
    const first = words[word] as number
    const second = words[word + 1] as number
    const third = words[word + 2] as number
    const low = shift === 0 ? first : ((first >>> shift) | (second << (32 - shift))) >>> 0
    const high = shift === 0 ? second : ((second >>> shift) | (third << (32 - shift))) >>> 0
    last += min + ((high & mask) >>> 0) * TWO32 + low
    out[i] = last
    bit += width
  }
  return last
}

function load(c: Cursor, width: number): void {
  const { bytes, at } = c
  const n = width * 4
  for (let i = 0; i < n; i++) wordBytes[i] = bytes[at + i] as number
  words[width] = 0
}
