import { QuartierError } from '../errors.ts'
import type { EventColumns } from './columns.ts'

/**
 * The value of an `events.v1` record: columns of events and what the gateway counted of them. Little-endian; every
 * column starts at a multiple of 8 bytes. docs/formats/events-v1.md describes the bytes for readers in other languages.
 *
 *   0  u32  magic "QEB1"           16  u32  bytes of attributes
 *   4  u16  version, 1             20  u32  bytes of counts
 *   6  u16  flags, 0               24  columns: ids 4 × u32, measuredAt f64, receivedAt f64, device u32, asset u32,
 *   8  u32  rows                       attributesEnd u32, kind u8, severity u8, quality u8; then attributes (UTF-8
 *  12  u32  bytes of words             JSON), words (a JSON array), counts (JSON)
 */
export const EVENT_BATCH_MAGIC = 0x31424551
const VERSION = 1
const HEADER = 24

/** What the gateway counted of one source's events since its previous record of the partition. */
export interface EventCounts {
  readonly source: string
  readonly received: number
  /** Those that stand in this record. */
  readonly accepted: number
  /** By reason. */
  readonly rejected: Readonly<Record<string, number>>
  /** Of `accepted`, those without a time or an id of their own: stored at least once. */
  readonly untimed: number
}

export interface EventBatch {
  /** Views of the bytes where their alignment allows: not to be changed. */
  readonly columns: EventColumns
  readonly counts: readonly EventCounts[]
}

const align8 = (n: number): number => (n + 7) & ~7

/** Encodes the first `columns.length` rows. The columns are copied. */
export function encodeEventBatch({ columns: c, counts }: EventBatch): Uint8Array {
  const rows = c.length
  const attributeBytes = rows === 0 ? 0 : (c.attributesEnd[rows - 1] as number)
  const words = c.words.length === 0 ? Buffer.alloc(0) : Buffer.from(JSON.stringify(c.words))
  const countBytes = counts.length === 0 ? Buffer.alloc(0) : Buffer.from(JSON.stringify(counts))
  const at = layout(rows, attributeBytes)
  const out = new Uint8Array(at.words + words.length + countBytes.length)
  const view = new DataView(out.buffer)
  view.setUint32(0, EVENT_BATCH_MAGIC, true)
  view.setUint16(4, VERSION, true)
  view.setUint32(8, rows, true)
  view.setUint32(12, words.length, true)
  view.setUint32(16, attributeBytes, true)
  view.setUint32(20, countBytes.length, true)
  new Uint32Array(out.buffer, at.ids, rows * 4).set(c.ids.subarray(0, rows * 4))
  new Float64Array(out.buffer, at.measuredAt, rows).set(c.measuredAt.subarray(0, rows))
  new Float64Array(out.buffer, at.receivedAt, rows).set(c.receivedAt.subarray(0, rows))
  new Uint32Array(out.buffer, at.device, rows).set(c.device.subarray(0, rows))
  new Uint32Array(out.buffer, at.asset, rows).set(c.asset.subarray(0, rows))
  new Uint32Array(out.buffer, at.attributesEnd, rows).set(c.attributesEnd.subarray(0, rows))
  out.set(c.kind.subarray(0, rows), at.kind)
  out.set(c.severity.subarray(0, rows), at.severity)
  out.set(c.quality.subarray(0, rows), at.quality)
  out.set(c.attributes.subarray(0, attributeBytes), at.attributes)
  out.set(words, at.words)
  out.set(countBytes, at.words + words.length)
  return out
}

/**
 * Decodes a record value.
 * @throws QuartierError BATCH_CORRUPT when the bytes are not a batch of events, BATCH_VERSION when it is a newer one
 */
export function decodeEventBatch(bytes: Uint8Array): EventBatch {
  const b = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes)
  if (b.length < HEADER) throw corrupt(`${b.length} bytes are fewer than the header's ${HEADER}`)
  const header = new DataView(b.buffer, b.byteOffset, HEADER)
  if (header.getUint32(0, true) !== EVENT_BATCH_MAGIC) throw corrupt('the first four bytes are not "QEB1"')
  const version = header.getUint16(4, true)
  if (version !== VERSION)
    throw new QuartierError('BATCH_VERSION', `decode a batch of events: version ${version} is unknown`)
  const rows = header.getUint32(8, true)
  const wordBytes = header.getUint32(12, true)
  const attributeBytes = header.getUint32(16, true)
  const countBytes = header.getUint32(20, true)
  const at = layout(rows, attributeBytes)
  const length = at.words + wordBytes + countBytes
  if (length !== b.length) throw corrupt(`${rows} rows need ${length} bytes, there are ${b.length}`)
  const { buffer, byteOffset: o } = b
  const columns: EventColumns = {
    length: rows,
    ids: new Uint32Array(buffer, o + at.ids, rows * 4),
    measuredAt: new Float64Array(buffer, o + at.measuredAt, rows),
    receivedAt: new Float64Array(buffer, o + at.receivedAt, rows),
    device: new Uint32Array(buffer, o + at.device, rows),
    asset: new Uint32Array(buffer, o + at.asset, rows),
    attributesEnd: new Uint32Array(buffer, o + at.attributesEnd, rows),
    kind: b.subarray(at.kind, at.kind + rows),
    severity: b.subarray(at.severity, at.severity + rows),
    quality: b.subarray(at.quality, at.quality + rows),
    attributes: b.subarray(at.attributes, at.attributes + attributeBytes),
    words: parse(b.subarray(at.words, at.words + wordBytes), isText, 'words'),
  }
  const counts = parse(b.subarray(at.words + wordBytes), isCounts, 'counts')
  checkPlaces(columns, attributeBytes)
  return { columns, counts }
}

function layout(rows: number, attributeBytes: number) {
  const ids = HEADER
  const measuredAt = ids + rows * 16
  const receivedAt = measuredAt + rows * 8
  const device = receivedAt + rows * 8
  const asset = device + align8(rows * 4)
  const attributesEnd = asset + align8(rows * 4)
  const kind = attributesEnd + align8(rows * 4)
  const severity = kind + align8(rows)
  const quality = severity + align8(rows)
  const attributes = quality + align8(rows)
  return {
    ids,
    measuredAt,
    receivedAt,
    device,
    asset,
    attributesEnd,
    kind,
    severity,
    quality,
    attributes,
    words: align8(attributes + attributeBytes),
  }
}

/** Nothing in a record may point outside it. */
function checkPlaces(c: EventColumns, attributeBytes: number): void {
  const { length, words, device, asset, attributesEnd, measuredAt, receivedAt } = c
  let end = 0
  for (let i = 0; i < length; i++) {
    if ((device[i] as number) >= words.length || (asset[i] as number) > words.length)
      throw corrupt(`row ${i} names a word that is not there`)
    if ((attributesEnd[i] as number) < end) throw corrupt(`row ${i} has attributes of negative length`)
    end = attributesEnd[i] as number
    if (!(Math.abs(measuredAt[i] as number) <= 1e15 && Math.abs(receivedAt[i] as number) <= 1e15))
      throw corrupt(`row ${i} has a time that is none`)
  }
  if (end !== attributeBytes) throw corrupt(`the attributes take ${end} bytes, ${attributeBytes} are there`)
}

function parse<T>(bytes: Uint8Array, is: (item: unknown) => item is T, what: string): T[] {
  if (bytes.length === 0) return []
  let list: unknown
  try {
    list = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString())
  } catch (cause) {
    throw new QuartierError('BATCH_CORRUPT', `decode a batch of events: its ${what} are not JSON`, { cause })
  }
  if (!Array.isArray(list) || !list.every(is)) throw corrupt(`its ${what} have another shape`)
  return list
}

const isText = (item: unknown): item is string => typeof item === 'string'

function isCounts(item: unknown): item is EventCounts {
  const { source, received, accepted, rejected, untimed } = (item ?? {}) as Partial<EventCounts>
  const reasons = typeof rejected === 'object' && rejected !== null ? Object.values(rejected) : [undefined]
  return typeof source === 'string' && [received, accepted, untimed, ...reasons].every((n) => typeof n === 'number')
}

const corrupt = (why: string): QuartierError => new QuartierError('BATCH_CORRUPT', `decode a batch of events: ${why}`)
