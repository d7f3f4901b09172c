/**
 * What the command centre pushes four times a second: the newest value of every series that changed and that the
 * client watches. Binary, little-endian, columns aligned to 8 bytes. Runs in browsers and in Node.
 *
 *   0  u32  magic "QLF1"     8  u32  sequence, +1 per frame of one client; a gap means: ask for a snapshot
 *   4  u16  version, 1      12  u32  rows
 *   6  u16  flags: 1 snapshot    16  f64  platform time of the frame (epoch ms)
 *  24  columns: index u32, value f64, age i32 (ms before the platform time; 0x7fffffff: no value yet), quality u8
 */
export const FRAME_MAGIC = 0x31464c51
export const FRAME_SNAPSHOT = 1
export const NO_VALUE = 0x7fffffff

export interface LiveFrame {
  readonly snapshot: boolean
  readonly sequence: number
  readonly platformAt: number
  readonly rows: number
  /** Place of the series in the index that the server sent when the client subscribed. */
  readonly index: Uint32Array
  readonly value: Float64Array
  readonly age: Int32Array
  readonly quality: Uint8Array
}

/** One series of the index that precedes the frames; its place in the array is the frames' `index`. */
export interface LiveSeries {
  readonly key: string
  readonly id: string
  readonly property: string
  readonly unit: string
  readonly assetId: string | null
  readonly intervalMs: number
  readonly validMin: number | null
  readonly validMax: number | null
}

const align8 = (n: number): number => (n + 7) & ~7

export function encodeFrame(frame: LiveFrame): ArrayBuffer {
  const { rows } = frame
  const at = layout(rows)
  const out = new ArrayBuffer(at.end)
  const view = new DataView(out)
  view.setUint32(0, FRAME_MAGIC, true)
  view.setUint16(4, 1, true)
  view.setUint16(6, frame.snapshot ? FRAME_SNAPSHOT : 0, true)
  view.setUint32(8, frame.sequence, true)
  view.setUint32(12, rows, true)
  view.setFloat64(16, frame.platformAt, true)
  new Uint32Array(out, at.index, rows).set(frame.index.subarray(0, rows))
  new Float64Array(out, at.value, rows).set(frame.value.subarray(0, rows))
  new Int32Array(out, at.age, rows).set(frame.age.subarray(0, rows))
  new Uint8Array(out, at.quality, rows).set(frame.quality.subarray(0, rows))
  return out
}

/** Columns are views of `bytes`; `undefined` when it is not a frame of this version. */
export function decodeFrame(bytes: ArrayBuffer): LiveFrame | undefined {
  if (bytes.byteLength < 24) return undefined
  const view = new DataView(bytes)
  if (view.getUint32(0, true) !== FRAME_MAGIC || view.getUint16(4, true) !== 1) return undefined
  const rows = view.getUint32(12, true)
  const at = layout(rows)
  if (bytes.byteLength !== at.end) return undefined
  return {
    snapshot: (view.getUint16(6, true) & FRAME_SNAPSHOT) !== 0,
    sequence: view.getUint32(8, true),
    platformAt: view.getFloat64(16, true),
    rows,
    index: new Uint32Array(bytes, at.index, rows),
    value: new Float64Array(bytes, at.value, rows),
    age: new Int32Array(bytes, at.age, rows),
    quality: new Uint8Array(bytes, at.quality, rows),
  }
}

function layout(rows: number) {
  const index = 24
  const value = index + align8(rows * 4)
  const age = value + rows * 8
  const quality = age + align8(rows * 4)
  return { index, value, age, quality, end: quality + align8(rows) }
}

/** A series is stale when nothing came for this many of its expected intervals. */
const STALE_INTERVALS = 3
/** Sooner than after this much real time nothing is stale: messages travel and wait, ms. */
const STALE_LEAST_MS = 5000

/**
 * The age beyond which a series is stale, platform ms.
 * @param intervalMs expected between two readings, platform ms
 * @param speed platform ms per real ms
 */
export const staleAfterMs = (intervalMs: number, speed = 1): number =>
  Math.max(STALE_INTERVALS * intervalMs, STALE_LEAST_MS * speed)
