import { type ByteSink, type Cursor, readVarint } from './bytes.ts'

/** The RLE / bit-packing hybrid of the Parquet format, as data pages of dictionary indexes use it. */

/** Appends the bit width (at most 24) and `indexes[from, to)`, in runs or packed, whichever is shorter. */
export function encodeIndexes(out: ByteSink, indexes: Uint32Array, from: number, to: number, width: number): void {
  out.byte(width)
  const valueBytes = (width + 7) >>> 3
  let runs = from < to ? 1 : 0
  for (let i = from + 1; i < to; i++) if (indexes[i] !== indexes[i - 1]) runs++
  if (runs * (valueBytes + 2) <= ((to - from) * width) >>> 3) encodeRuns(out, indexes, from, to, valueBytes)
  else encodePacked(out, indexes, from, to, width)
}

function encodeRuns(out: ByteSink, indexes: Uint32Array, from: number, to: number, valueBytes: number): void {
  for (let start = from; start < to; ) {
    const value = indexes[start] as number
    let end = start + 1
    while (end < to && indexes[end] === value) end++
    out.varint((end - start) * 2)
    for (let b = 0; b < valueBytes; b++) out.byte((value >>> (8 * b)) & 255)
    start = end
  }
}

function encodePacked(out: ByteSink, indexes: Uint32Array, from: number, to: number, width: number): void {
  const groups = (to - from + 7) >>> 3
  out.varint(groups * 2 + 1)
  out.reserve(groups * width + 8)
  const { bytes } = out
  let at = out.length
  const end = at + groups * width
  let held = 0
  let bits = 0
  for (let i = from; i < to; i++) {
    const v = indexes[i] as number
    held |= v << bits
    let filled = bits + width
    if (filled >= 32) {
      bytes[at] = held
      bytes[at + 1] = held >>> 8
      bytes[at + 2] = held >>> 16
      bytes[at + 3] = held >>> 24
      at += 4
      filled -= 32
      held = bits === 0 ? 0 : v >>> (32 - bits)
    }
    bits = filled
  }
  while (at < end) {
    bytes[at++] = held
    held >>>= 8
  }
  out.length = end
}

/** Decodes places `[from, to)` of a page of indexes into `out[outAt…)`. */
export function decodeIndexes(c: Cursor, from: number, to: number, out: Uint32Array, outAt: number): void {
  const width = c.bytes[c.at++] as number
  const valueBytes = (width + 7) >>> 3
  let place = 0
  while (place < to) {
    const head = readVarint(c)
    if (head % 2 === 0) {
      const end = place + head / 2
      let value = 0
      for (let b = 0; b < valueBytes; b++) value |= (c.bytes[c.at++] as number) << (8 * b)
      const first = Math.max(place, from)
      const last = Math.min(end, to)
      if (last > first) out.fill(value >>> 0, outAt + first - from, outAt + last - from)
      place = end
    } else {
      const count = ((head - 1) / 2) * 8
      const first = Math.max(place, from)
      const last = Math.min(place + count, to)
      unpack(c.bytes, c.at, width, first - place, last - place, out, outAt + first - from)
      c.at += (count * width) / 8
      place += count
    }
  }
}

function unpack(
  bytes: Uint8Array,
  base: number,
  width: number,
  from: number,
  to: number,
  out: Uint32Array,
  outAt: number,
): void {
  const mask = (1 << width) - 1
  let bit = from * width
  let k = outAt
  for (let i = from; i < to; i++) {
    const at = base + (bit >>> 3)
    const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
    const word = low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)
    out[k++] = (word >>> (bit & 7)) & mask
    bit += width
  }
}
