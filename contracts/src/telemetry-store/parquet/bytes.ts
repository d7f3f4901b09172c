import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'

/** Bytes that grow at the end; reused from page to page, since fresh memory is what costs most here. */
export class ByteSink {
  bytes: Uint8Array
  view: DataView
  length = 0

  constructor(capacity = 1 << 16) {
    this.bytes = new Uint8Array(capacity)
    this.view = new DataView(this.bytes.buffer)
  }

  /** Makes room for `more` bytes behind the end; call before writing to `bytes` directly. */
  reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
    this.view = new DataView(grown.buffer)
  }

  put(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  byte(value: number): void {
    this.reserve(1)
    this.bytes[this.length++] = value
  }

  /** Unsigned LEB128 of an integer in 0..2^53. */
  varint(value: number): void {
    this.reserve(8)
    let v = value
    while (v >= 128) {
      this.bytes[this.length++] = (v % 128) | 128
      v = Math.floor(v / 128)
    }
    this.bytes[this.length++] = v
  }

  /** Zigzag LEB128 of an integer in -2^52..2^52. */
  zigzag(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value)
  }

  written(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }
}

/** A place in bytes that moves while they are read. */
export interface Cursor {
  readonly bytes: Uint8Array
  at: number
}

export function readVarint(c: Cursor): number {
  const { bytes } = c
  let b = bytes[c.at++] as number
  if (b < 128) return b
  let value = b & 127
  let scale = 128
  do {
    b = bytes[c.at++] as number
    value += (b & 127) * scale
    scale *= 128
  } while (b >= 128)
  return value
}

export function readZigzag(c: Cursor): number {
  const v = readVarint(c)
  return v % 2 === 0 ? v / 2 : -(v + 1) / 2
}

const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

export const compress = (bytes: Uint8Array): Uint8Array => zstdCompressSync(bytes, LEVEL)

export const decompress = (bytes: Uint8Array, rawSize: number): Uint8Array =>
  zstdDecompressSync(bytes, { chunkSize: Math.max(64, rawSize) })
