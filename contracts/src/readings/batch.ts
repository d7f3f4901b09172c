import { QuartierError } from '../errors.ts'
import type { ReadingColumns } from './columns.ts'

/**
 * The value of a `readings.v1` record: columns of readings and what the gateway counted while it took them in.
 * All numbers are little-endian; every column starts at a multiple of 8 bytes, so that a reader may look at the
 * record in place. docs/formats/readings-v1.md describes the bytes for readers in other languages.
 *
 *   0  u32  magic "QRB1"          16  f64  base of measuredAt (epoch ms)
 *   4  u16  version, 1            24  f64  base of receivedAt (epoch ms)
 *   6  u16  flags                 32  columns: seriesLo u32, seriesHi u32, value f64,
 *   8  u32  rows                      measuredAt (i32 offset, or f64 when flag 1), receivedAt (u16 offset, or f64
 *  12  u32  bytes of counts           when flag 2), quality u8; then the counts as UTF-8 JSON
 */
export const BATCH_MAGIC = 0x31425251
const VERSION = 1
const HEADER = 32
const WIDE_MEASURED = 1
const WIDE_RECEIVED = 2

/**
 * What the gateway counted for one source since its previous record of the same partition, before encoding.
 * `messages` and `readings` are what arrived; accepted is what stands in this record; `rejected` is by reason.
 */
export interface SourceCounts {
  readonly source: string
  readonly messages: { readonly received: number; readonly accepted: number; readonly rejected: Record<string, number> }
  readonly readings: { readonly received: number; readonly accepted: number; readonly rejected: Record<string, number> }
  /** Readings of `accepted` that carried no time of their own. */
  readonly untimed: number
  /** What the privacy firewall has removed from these messages, by kind; absent when nothing. */
  readonly removed?: Readonly<Record<string, number>>
}

export interface ReadingBatch {
  readonly columns: ReadingColumns
  readonly counts: readonly SourceCounts[]
}

const align8 = (n: number): number => (n + 7) & ~7
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Encodes the first `columns.length` rows. The columns are copied. */
export function encodeBatch(batch: ReadingBatch): Uint8Array {
  const { columns: c, counts } = batch
  const rows = c.length
  const countBytes = counts.length === 0 ? new Uint8Array(0) : encoder.encode(JSON.stringify(counts))
  const [baseMeasured, spanMeasured] = span(c.measuredAt, rows)
  const [baseReceived, spanReceived] = span(c.receivedAt, rows)
  const flags = (spanMeasured <= 0x7fffffff ? 0 : WIDE_MEASURED) | (spanReceived <= 0xffff ? 0 : WIDE_RECEIVED)
  const at = layout(rows, flags)
  const out = new Uint8Array(at.counts + countBytes.length)
  const view = new DataView(out.buffer)
  view.setUint32(0, BATCH_MAGIC, true)
  view.setUint16(4, VERSION, true)
  view.setUint16(6, flags, true)
  view.setUint32(8, rows, true)
  view.setUint32(12, countBytes.length, true)
  view.setFloat64(16, baseMeasured, true)
  view.setFloat64(24, baseReceived, true)
  new Uint32Array(out.buffer, at.seriesLo, rows).set(c.seriesLo.subarray(0, rows))
  new Uint32Array(out.buffer, at.seriesHi, rows).set(c.seriesHi.subarray(0, rows))
  new Float64Array(out.buffer, at.value, rows).set(c.value.subarray(0, rows))
  if (flags & WIDE_MEASURED) new Float64Array(out.buffer, at.measuredAt, rows).set(c.measuredAt.subarray(0, rows))
  else subtract(new Int32Array(out.buffer, at.measuredAt, rows), c.measuredAt, baseMeasured)
  if (flags & WIDE_RECEIVED) new Float64Array(out.buffer, at.receivedAt, rows).set(c.receivedAt.subarray(0, rows))
  else subtract(new Uint16Array(out.buffer, at.receivedAt, rows), c.receivedAt, baseReceived)
  out.set(c.quality.subarray(0, rows), at.quality)
  out.set(countBytes, at.counts)
  return out
}

/**
 * Decodes a record value; the id, value and quality columns are views of `bytes` where its alignment allows.
 * @throws QuartierError BATCH_CORRUPT when the bytes are not a readings batch, BATCH_VERSION when it is a newer one
 */
export function decodeBatch(bytes: Uint8Array): ReadingBatch {
  const { rows, stored, base, counts } = open(bytes)
  const measuredAt = new Float64Array(rows)
  const receivedAt = new Float64Array(rows)
  add(measuredAt, stored.measuredAt, base.measuredAt)
  add(receivedAt, stored.receivedAt, base.receivedAt)
  const { seriesLo, seriesHi, value, quality } = stored
  const columns = { length: rows, seriesLo, seriesHi, value, measuredAt, receivedAt, quality }
  return { columns, counts: parseCounts(counts) }
}

/**
 * Decodes a record value behind the rows that `target` holds already, without an allocation per column.
 * @returns the counts of the record; `undefined` when `target` has no room, and is then unchanged
 * @throws  as {@link decodeBatch}
 */
export function decodeBatchInto(bytes: Uint8Array, target: ReadingColumns): readonly SourceCounts[] | undefined {
  const { rows, stored, base, counts } = open(bytes)
  const from = target.length
  if (from + rows > target.value.length) return undefined
  const parsed = parseCounts(counts)
  target.seriesLo.set(stored.seriesLo, from)
  target.seriesHi.set(stored.seriesHi, from)
  target.value.set(stored.value, from)
  target.quality.set(stored.quality, from)
  add(target.measuredAt, stored.measuredAt, base.measuredAt, from)
  add(target.receivedAt, stored.receivedAt, base.receivedAt, from)
  target.length = from + rows
  return parsed
}

/** How many rows a record value says it holds; 0 when it is not a readings batch. */
export function rowsOf(bytes: Uint8Array): number {
  if (bytes.length < HEADER) return 0
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER)
  return view.getUint32(0, true) === BATCH_MAGIC ? view.getUint32(8, true) : 0
}

/** Checks the header and lays the columns over the bytes. */
function open(bytes: Uint8Array) {
  const b = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes)
  if (b.length < HEADER) throw corrupt(`${b.length} bytes are fewer than the header's ${HEADER}`)
  const header = new DataView(b.buffer, b.byteOffset, HEADER)
  if (header.getUint32(0, true) !== BATCH_MAGIC) throw corrupt('the first four bytes are not "QRB1"')
  const version = header.getUint16(4, true)
  if (version !== VERSION)
    throw new QuartierError('BATCH_VERSION', `decode a readings batch: version ${version} is unknown`)
  const flags = header.getUint16(6, true)
  const rows = header.getUint32(8, true)
  const countBytes = header.getUint32(12, true)
  const at = layout(rows, flags)
  if (at.counts + countBytes !== b.length)
    throw corrupt(`${rows} rows need ${at.counts + countBytes} bytes, there are ${b.length}`)
  const { buffer, byteOffset: o } = b
  const stored = {
    seriesLo: new Uint32Array(buffer, o + at.seriesLo, rows),
    seriesHi: new Uint32Array(buffer, o + at.seriesHi, rows),
    value: new Float64Array(buffer, o + at.value, rows),
    measuredAt:
      flags & WIDE_MEASURED
        ? new Float64Array(buffer, o + at.measuredAt, rows)
        : new Int32Array(buffer, o + at.measuredAt, rows),
    receivedAt:
      flags & WIDE_RECEIVED
        ? new Float64Array(buffer, o + at.receivedAt, rows)
        : new Uint16Array(buffer, o + at.receivedAt, rows),
    quality: new Uint8Array(buffer, o + at.quality, rows),
  }
  const base = {
    measuredAt: flags & WIDE_MEASURED ? 0 : header.getFloat64(16, true),
    receivedAt: flags & WIDE_RECEIVED ? 0 : header.getFloat64(24, true),
  }
  return { rows, stored, base, counts: b.subarray(at.counts) }
}

function layout(rows: number, flags: number) {
  const seriesLo = HEADER
  const seriesHi = seriesLo + align8(rows * 4)
  const value = seriesHi + align8(rows * 4)
  const measuredAt = value + rows * 8
  const receivedAt = measuredAt + align8(rows * (flags & WIDE_MEASURED ? 8 : 4))
  const quality = receivedAt + align8(rows * (flags & WIDE_RECEIVED ? 8 : 2))
  return { seriesLo, seriesHi, value, measuredAt, receivedAt, quality, counts: quality + align8(rows) }
}

/** The smallest of the first `rows` times and the distance to the largest; infinite unless all are whole numbers. */
function span(times: Float64Array, rows: number): [base: number, span: number] {
  if (rows === 0) return [0, 0]
  let min = times[0] as number
  let max = min
  let whole = true
  for (let i = 0; i < rows; i++) {
    const t = times[i] as number
    if (t < min) min = t
    if (t > max) max = t
    if (t !== Math.floor(t)) whole = false
  }
  return [min, whole ? max - min : Number.POSITIVE_INFINITY]
}

function subtract(out: Int32Array | Uint16Array, times: Float64Array, base: number): void {
  for (let i = 0; i < out.length; i++) out[i] = (times[i] as number) - base
}

function add(out: Float64Array, offsets: ArrayLike<number>, base: number, from = 0): void {
  for (let i = 0; i < offsets.length; i++) out[from + i] = base + (offsets[i] as number)
}

function parseCounts(bytes: Uint8Array): SourceCounts[] {
  if (bytes.length === 0) return []
  let counts: unknown
  try {
    counts = JSON.parse(decoder.decode(bytes))
  } catch (cause) {
    throw new QuartierError('BATCH_CORRUPT', 'decode a readings batch: its counts are not JSON', { cause })
  }
  if (!Array.isArray(counts) || !counts.every(isCounts)) throw corrupt('its counts have another shape')
  return counts
}

function isCounts(c: unknown): c is SourceCounts {
  const { source, messages, readings, untimed } = (c ?? {}) as Partial<SourceCounts>
  return typeof source === 'string' && typeof untimed === 'number' && isTally(messages) && isTally(readings)
}

function isTally(t: unknown): boolean {
  const { received, accepted, rejected } = (t ?? {}) as Partial<SourceCounts['readings']>
  const reasons = typeof rejected === 'object' && rejected !== null ? Object.values(rejected) : [undefined]
  return [received, accepted, ...reasons].every((n) => typeof n === 'number')
}

const corrupt = (why: string): QuartierError => new QuartierError('BATCH_CORRUPT', `decode a readings batch: ${why}`)
