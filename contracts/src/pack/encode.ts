import { QuartierError } from '../errors.ts'
import type { SeriesId } from '../series/id.ts'
import {
  PACK_F32,
  PACK_F64,
  PACK_HEADER,
  PACK_I32,
  PACK_IDS,
  PACK_MAGIC,
  PACK_MAX_DECIMALS,
  PACK_MAX_ROWS,
  PACK_QUALITY,
  PACK_ROW_IS_SERIES,
  PACK_SAME_TIME,
  PACK_TIME_STEPS,
  PACK_VERSION,
  packLayout,
} from './layout.ts'

/** A series by its names; without a device it belongs to that of the series before it, at first to the topic's. */
export interface PackSeries {
  readonly device?: string
  readonly property: string
}

/** The series of packs as they stand in the payload; made once by {@link packTable} and used for many packs. */
export interface PackTable {
  readonly count: number
  readonly flags: number
  readonly nameBytes: number
  /** All bytes between the header and the first column of rows. */
  readonly bytes: Uint8Array
}

/** Readings to encode: row `i` is one reading. Typed arrays are welcome. */
export interface Pack {
  /** All by names, or all by id (64-bit hash of the series key); a table when the same series come again and again. */
  readonly series: readonly PackSeries[] | readonly SeriesId[] | PackTable
  /** For each row the place of its series in `series`; left out when row i belongs to series i. */
  readonly index?: ArrayLike<number>
  /** Epoch ms of each row, or one instant for all; NaN when the sender has no clock. */
  readonly measuredAt: ArrayLike<number> | number
  /** Finite. */
  readonly value: ArrayLike<number>
  /** Level of each row, 0 good … 3 stale; left out when all are good. */
  readonly quality?: ArrayLike<number>
  /** How values travel: exactly (the default), as singles, or as whole numbers of 10^−decimals. */
  readonly values?: 'f64' | 'f32' | { readonly decimals: number }
}

/**
 * The bytes of a pack.
 * @throws QuartierError PACK_INVALID when a limit is passed or a number does not fit its column
 */
export function encodePack(pack: Pack): Uint8Array<ArrayBuffer> {
  const rows = pack.value.length
  if (rows > PACK_MAX_ROWS) throw invalid(`${rows} rows are more than ${PACK_MAX_ROWS}`)
  const table = 'bytes' in pack.series ? pack.series : packTable(pack.series)
  const [kind, decimals] = kindOf(pack)
  const [base, unit] = timeBase(pack.measuredAt, rows)
  const flags =
    table.flags |
    (pack.quality === undefined ? 0 : PACK_QUALITY) |
    (typeof pack.measuredAt === 'number' ? PACK_SAME_TIME : 0) |
    (pack.index === undefined ? PACK_ROW_IS_SERIES : 0)
  const at = packLayout(table.count, table.nameBytes, rows, flags, kind)
  const out = new Uint8Array(at.end)
  const view = new DataView(out.buffer)
  view.setUint32(0, PACK_MAGIC, true)
  view.setUint8(4, PACK_VERSION)
  view.setUint8(5, flags)
  view.setUint8(6, kind)
  view.setUint8(7, decimals)
  view.setUint16(8, rows, true)
  view.setUint16(10, table.count, true)
  view.setUint32(12, table.nameBytes, true)
  view.setFloat64(16, base, true)
  view.setUint8(24, unit)
  out.set(table.bytes, PACK_HEADER)
  if (pack.index !== undefined) writeIndex(view, pack.index, at.index, rows, table.count)
  else if (rows !== table.count) throw invalid(`${rows} rows without an index need as many series`)
  if (typeof pack.measuredAt !== 'number')
    writeTimes(view, pack.measuredAt, at.time, base, PACK_TIME_STEPS[unit] as number)
  writeValues(view, pack.value, at.value, kind, decimals)
  if (pack.quality !== undefined) for (let i = 0; i < rows; i++) out[at.quality + i] = (pack.quality[i] as number) & 3
  return out
}

/**
 * Encodes the series of packs once.
 * @throws QuartierError PACK_INVALID when there are too many, or a name is empty or too long
 */
export function packTable(series: readonly PackSeries[] | readonly SeriesId[]): PackTable {
  const count = series.length
  if (count > PACK_MAX_ROWS) throw invalid(`${count} series are more than ${PACK_MAX_ROWS}`)
  return isIds(series) ? idTable(series) : nameTable(series)
}

function idTable(ids: readonly SeriesId[]): PackTable {
  const bytes = new Uint8Array(ids.length * 8)
  const view = new DataView(bytes.buffer)
  ids.forEach((id, i) => {
    view.setUint32(i * 8, id.lo, true)
    view.setUint32(i * 8 + 4, id.hi, true)
  })
  return { count: ids.length, flags: PACK_IDS, nameBytes: 0, bytes }
}

/** Lengths of device and property of each series, then all their bytes. */
function nameTable(series: readonly PackSeries[]): PackTable {
  const names = series.flatMap((s) => [encoder.encode(s.device ?? ''), encoder.encode(s.property)])
  const nameBytes = names.reduce((sum, n) => sum + n.length, 0)
  const at = packLayout(series.length, nameBytes, 0, 0, PACK_F64)
  const bytes = new Uint8Array(at.index - PACK_HEADER)
  const view = new DataView(bytes.buffer)
  let next = at.names - PACK_HEADER
  names.forEach((name, i) => {
    if (name.length > 256 || (name.length === 0 && i % 2 === 1))
      throw invalid('a name is empty or longer than 256 bytes')
    view.setUint16(i * 2, name.length, true)
    bytes.set(name, next)
    next += name.length
  })
  return { count: series.length, flags: 0, nameBytes, bytes }
}

const encoder = new TextEncoder()
const invalid = (why: string): QuartierError => new QuartierError('PACK_INVALID', `encode a pack: ${why}`)

const isIds = (series: readonly PackSeries[] | readonly SeriesId[]): series is readonly SeriesId[] =>
  series[0] !== undefined && 'lo' in series[0]

function kindOf({ values = 'f64' }: Pack): [kind: number, decimals: number] {
  if (values === 'f64') return [PACK_F64, 0]
  if (values === 'f32') return [PACK_F32, 0]
  const { decimals } = values
  if (!(Number.isInteger(decimals) && decimals >= 0 && decimals <= PACK_MAX_DECIMALS))
    throw invalid(`decimals must be 0 to ${PACK_MAX_DECIMALS}, not ${decimals}`)
  return [PACK_I32, decimals]
}

/** The earliest time, and the finest unit in which all others fit as 32-bit offsets. */
function timeBase(times: ArrayLike<number> | number, rows: number): [base: number, unit: number] {
  if (typeof times === 'number') return [times, 0]
  if (times.length !== rows) throw invalid(`${times.length} times for ${rows} values`)
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  let inSeconds = true
  for (let i = 0; i < rows; i++) {
    const t = times[i] as number
    if (!Number.isSafeInteger(t)) throw invalid(`the time ${t} is not a whole number of milliseconds`)
    if (t < min) min = t
    if (t > max) max = t
    if ((t - min) % 1_000 !== 0) inSeconds = false
  }
  if (rows === 0) return [Number.NaN, 0]
  if (max - min <= 0x7fffffff) return [min, 0]
  if (inSeconds && (max - min) / 1_000 <= 0x7fffffff) return [min, 1]
  throw invalid('the times lie more than 24 days apart')
}

function writeIndex(view: DataView, index: ArrayLike<number>, at: number, rows: number, series: number): void {
  if (index.length !== rows) throw invalid(`${index.length} indices for ${rows} values`)
  for (let i = 0; i < rows; i++) {
    const k = index[i] as number
    if (!(k >= 0 && k < series)) throw invalid(`row ${i} names series ${k} of ${series}`)
    view.setUint16(at + i * 2, k, true)
  }
}

function writeTimes(view: DataView, times: ArrayLike<number>, at: number, base: number, step: number): void {
  for (let i = 0; i < times.length; i++) view.setInt32(at + i * 4, ((times[i] as number) - base) / step, true)
}

function writeValues(view: DataView, values: ArrayLike<number>, at: number, kind: number, decimals: number): void {
  const scale = 10 ** decimals
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as number
    if (!Number.isFinite(v)) throw invalid(`the value ${v} of row ${i} is not finite`)
    if (kind === PACK_F64) view.setFloat64(at + i * 8, v, true)
    else if (kind === PACK_F32) view.setFloat32(at + i * 4, v, true)
    else view.setInt32(at + i * 4, scaled(v, scale, i), true)
  }
}

function scaled(v: number, scale: number, row: number): number {
  const n = Math.round(v * scale)
  if (Math.abs(n) > 0x7fffffff) throw invalid(`the value ${v} of row ${row} does not fit 32 bits at this scale`)
  return n
}
