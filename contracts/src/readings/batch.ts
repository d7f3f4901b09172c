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
  add(measuredAt, 0, rows, stored.measuredAt, 0, base.measuredAt)
  add(receivedAt, 0, rows, stored.receivedAt, 0, base.receivedAt)
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
  const { u8, u16, u32, i32, f64 } = laidOut(bytes)
  const { rows, flags, at } = checked(bytes.length, u32, u16)
  const from = target.length
  if (from + rows > target.value.length) return undefined
  const counts = parseCounts(u8.subarray(at.counts, bytes.length))
  for (let i = 0, o = at.seriesLo >> 2; i < rows; i++) target.seriesLo[from + i] = u32[o + i] as number
  for (let i = 0, o = at.seriesHi >> 2; i < rows; i++) target.seriesHi[from + i] = u32[o + i] as number
  for (let i = 0, o = at.value >> 3; i < rows; i++) target.value[from + i] = f64[o + i] as number
  for (let i = 0, o = at.quality; i < rows; i++) target.quality[from + i] = u8[o + i] as number
  if (flags & WIDE_MEASURED) add(target.measuredAt, from, rows, f64, at.measuredAt >> 3, 0)
  else add(target.measuredAt, from, rows, i32, at.measuredAt >> 2, f64[2] as number)
  if (flags & WIDE_RECEIVED) add(target.receivedAt, from, rows, f64, at.receivedAt >> 3, 0)
  else add(target.receivedAt, from, rows, u16, at.receivedAt >> 1, f64[3] as number)
  target.length = from + rows
  return counts
}

/** How many rows a record value says it holds; 0 when it is not a readings batch. */
export function rowsOf(bytes: Uint8Array): number {
  if (bytes.length < HEADER) return 0
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER)
  return view.getUint32(0, true) === BATCH_MAGIC ? view.getUint32(8, true) : 0
}

/** Lays the columns over the bytes. */
function open(bytes: Uint8Array) {
  const b = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes)
  const { buffer, byteOffset: o } = b
  const whole = Math.min(b.length, HEADER) & ~7
  const { rows, flags, at } = checked(b.length, new Uint32Array(buffer, o, whole / 4), new Uint16Array(buffer, o, whole / 2)) // biome-ignore format: one line
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
  const header = new Float64Array(buffer, o, HEADER / 8)
  const base = {
    measuredAt: flags & WIDE_MEASURED ? 0 : (header[2] as number),
    receivedAt: flags & WIDE_RECEIVED ? 0 : (header[3] as number),
  }
  return { rows, stored, base, counts: b.subarray(at.counts) }
}

/** Checks a header, given as numbers, against the length of the whole. */
function checked(length: number, u32: Uint32Array, u16: Uint16Array) {
  if (length < HEADER) throw corrupt(`${length} bytes are fewer than the header's ${HEADER}`)
  if (u32[0] !== BATCH_MAGIC) throw corrupt('the first four bytes are not "QRB1"')
  const version = u16[2] as number
  if (version !== VERSION)
    throw new QuartierError('BATCH_VERSION', `decode a readings batch: version ${version} is unknown`)
  const flags = u16[3] as number
  if (flags > (WIDE_MEASURED | WIDE_RECEIVED)) throw corrupt(`flags ${flags} are unknown`)
  const rows = u32[2] as number
  const countBytes = u32[3] as number
  const at = layout(rows, flags)
  if (at.counts + countBytes !== length)
    throw corrupt(`${rows} rows need ${at.counts + countBytes} bytes, there are ${length}`)
  return { rows, flags, at }
}

/** Aligned memory that is used for one record after another: a view made for each costs more than the copy. */
let desk = createDesk(1 << 16)

function createDesk(bytes: number) {
  const buffer = new ArrayBuffer(bytes)
  return {
    u8: new Uint8Array(buffer),
    u16: new Uint16Array(buffer),
    u32: new Uint32Array(buffer),
    i32: new Int32Array(buffer),
    f64: new Float64Array(buffer),
  }
}

function laidOut(bytes: Uint8Array): typeof desk {
  if (desk.u8.length < bytes.length) desk = createDesk(2 ** Math.ceil(Math.log2(bytes.length)))
  desk.u8.set(bytes)
  return desk
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

type Numbers = Float64Array | Int32Array | Uint16Array

function add(out: Float64Array, to: number, rows: number, offsets: Numbers, from: number, base: number): void {
  for (let i = 0; i < rows; i++) out[to + i] = base + (offsets[from + i] as number)
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
