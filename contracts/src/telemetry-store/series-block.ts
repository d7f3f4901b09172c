import type { PickedTexts } from './tables.ts'

/** Definitions as columns: how the manifest keeps them and how they go from thread to thread. */
export interface SeriesBlock {
  readonly count: number
  readonly lo: ArrayLike<number>
  readonly hi: ArrayLike<number>
  /** Places in `sources` and `units`. */
  readonly source: ArrayLike<number>
  readonly unit: ArrayLike<number>
  readonly intervalMs: ArrayLike<number>
  readonly tierIntervalMs: ArrayLike<number>
  readonly sources: readonly string[]
  readonly units: readonly string[]
  /** Empty where readings came before the definition. */
  readonly keys: PickedTexts
}

const HEADER_BYTES = 16

/**
 * u32 count, u32 bytes of words, u32 bytes of keys, u32 0; then columns: intervalMs f64, tierIntervalMs f64, lo u32, hi u32,
 * length of the key u32, source u16, unit u16; the keys; the words as UTF-8 JSON.
 */
export function encodeSeriesBlock(block: SeriesBlock): Uint8Array {
  const words = Buffer.from(JSON.stringify({ sources: block.sources, units: block.units }))
  const at = layout(block.count, block.keys.bytes.length)
  const out = new Uint8Array(at.words + words.length)
  const { buffer } = out
  const n = block.count
  new Uint32Array(buffer, 0, 3).set([n, words.length, block.keys.bytes.length])
  new Float64Array(buffer, at.intervalMs, n).set(block.intervalMs)
  new Float64Array(buffer, at.tierIntervalMs, n).set(block.tierIntervalMs)
  new Uint32Array(buffer, at.lo, n).set(block.lo)
  new Uint32Array(buffer, at.hi, n).set(block.hi)
  new Uint32Array(buffer, at.lengths, n).set(block.keys.lengths)
  new Uint16Array(buffer, at.source, n).set(block.source)
  new Uint16Array(buffer, at.unit, n).set(block.unit)
  out.set(block.keys.bytes, at.keys)
  out.set(words, at.words)
  return out
}

export function decodeSeriesBlock(bytes: Uint8Array): SeriesBlock {
  // Columns are views of the bytes where these begin at a multiple of 8.
  const { buffer, byteOffset: base } = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes)
  const [count = 0, wordBytes = 0, keyBytes = 0] = new Uint32Array(buffer, base, 3)
  const at = layout(count, keyBytes)
  const words = JSON.parse(Buffer.from(buffer, base + at.words, wordBytes).toString('utf8')) as Pick<
    SeriesBlock,
    'sources' | 'units'
  >
  return {
    count,
    lo: new Uint32Array(buffer, base + at.lo, count),
    hi: new Uint32Array(buffer, base + at.hi, count),
    source: new Uint16Array(buffer, base + at.source, count),
    unit: new Uint16Array(buffer, base + at.unit, count),
    intervalMs: new Float64Array(buffer, base + at.intervalMs, count),
    tierIntervalMs: new Float64Array(buffer, base + at.tierIntervalMs, count),
    sources: words.sources,
    units: words.units,
    keys: {
      lengths: new Uint32Array(buffer, base + at.lengths, count),
      bytes: new Uint8Array(buffer, base + at.keys, keyBytes),
    },
  }
}

function layout(count: number, keyBytes: number) {
  const intervalMs = HEADER_BYTES
  const tierIntervalMs = intervalMs + count * 8
  const lo = tierIntervalMs + count * 8
  const hi = lo + count * 4
  const lengths = hi + count * 4
  const source = lengths + count * 4
  const unit = source + count * 2
  const keys = unit + count * 2
  return { intervalMs, tierIntervalMs, lo, hi, lengths, source, unit, keys, words: keys + keyBytes }
}
