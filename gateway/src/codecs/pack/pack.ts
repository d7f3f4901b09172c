import {
  PACK_F32,
  PACK_F64,
  PACK_FLAGS,
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
  type PackLayout,
  packLayout,
} from '@quartier/contracts/pack'
import { QUALITY_LEVEL } from '@quartier/contracts/quality'
import { z } from 'zod'
import { viewOf } from '../bytes.ts'
import type { Codec, MessageContext, ReadingSink } from '../codec.ts'
import { fail, rejection } from '../fault.ts'
import { MAX_PAYLOAD_BYTES, MAX_TIME_MS } from '../limits.ts'
import { isDeviceBytes, isPropertyBytes } from '../names.ts'

const handles = new Int32Array(PACK_MAX_ROWS)
const REFUSED = -2
const SCALES = Float64Array.from({ length: PACK_MAX_DECIMALS + 1 }, (_, i) => Number(`1e${i}`))

/** The columnar pack of gateways; docs/formats/pack.md is the description. It has no options. */
export function packCodec(options: unknown = {}): Codec {
  z.strictObject({}).parse(options)
  return {
    name: 'pack',
    decode(payload, from, to, context, sink) {
      return decodePack(payload, from, to, context, sink) < 0 ? rejection(from) : undefined
    },
  }
}

function decodePack(b: Uint8Array, from: number, to: number, context: MessageContext, sink: ReadingSink): number {
  if (to - from > MAX_PAYLOAD_BYTES)
    return fail('pack-limit', `the payload is longer than ${MAX_PAYLOAD_BYTES} bytes`, -1)
  if (to - from < PACK_HEADER)
    return fail('pack-length', `the payload is shorter than the header's ${PACK_HEADER} bytes`, -1)
  const v = viewOf(b)
  const o = b.byteOffset + from
  if (v.getUint32(o, true) !== PACK_MAGIC) return fail('pack-magic', 'the first four bytes are not "QPK1"', from)
  if (b[from + 4] !== PACK_VERSION) return fail('pack-version', `version ${b[from + 4]} is unknown`, from + 4)
  const flags = b[from + 5] as number
  const kind = b[from + 6] as number
  const decimals = b[from + 7] as number
  const rows = v.getUint16(o + 8, true)
  const series = v.getUint16(o + 10, true)
  const nameBytes = v.getUint32(o + 12, true)
  const base = v.getFloat64(o + 16, true)
  const unit = b[from + 24] as number
  if (flags > PACK_FLAGS || kind > PACK_I32 || decimals > PACK_MAX_DECIMALS || unit >= PACK_TIME_STEPS.length)
    return fail('pack-header', 'flags, kind of values, decimals or time unit is unknown', from + 5)
  if (rows > PACK_MAX_ROWS || series > PACK_MAX_ROWS)
    return fail('pack-limit', `the pack has more than ${PACK_MAX_ROWS} rows or series`, from + 8)
  if (!Number.isNaN(base) && !(Number.isInteger(base) && base >= 0 && base <= MAX_TIME_MS))
    return fail('pack-time', `the base time ${base} is no whole millisecond from 1970 on`, from + 16)
  if (nameBytes > to - from) return fail('pack-length', 'the names are longer than the payload', from + 12)
  if (flags & PACK_ROW_IS_SERIES && rows !== series)
    return fail('pack-header', `${rows} rows without an index need as many series, not ${series}`, from + 8)
  const at = packLayout(series, flags & PACK_IDS ? 0 : nameBytes, rows, flags, kind)
  if (at.end !== to - from)
    return fail('pack-length', `the header promises ${at.end} bytes, there are ${to - from}`, -1)
  const resolved =
    flags & PACK_IDS
      ? resolveIds(v, o, series, sink)
      : resolveNames(b, from, v, o, series, nameBytes, at.names, context, sink)
  if (resolved < 0) return -1
  return addRows(b, from, v, o, rows, series, flags, kind, decimals, base, PACK_TIME_STEPS[unit] as number, at, sink)
}

function resolveIds(v: DataView, o: number, series: number, sink: ReadingSink): number {
  if (sink.seriesById === undefined) return fail('pack-ids', 'series named by id are not taken here', -1)
  for (let i = 0; i < series; i++) {
    const id = o + PACK_HEADER + i * 8
    handles[i] = sink.seriesById(v.getUint32(id, true), v.getUint32(id + 4, true))
  }
  return 0
}

function resolveNames(
  b: Uint8Array,
  from: number,
  v: DataView,
  o: number,
  series: number,
  nameBytes: number,
  namesAt: number,
  context: MessageContext,
  sink: ReadingSink,
): number {
  let name = from + namesAt
  const end = name + nameBytes
  let device = context.topicBytes
  let deviceFrom = context.deviceFrom
  let deviceTo = context.deviceTo
  for (let i = 0; i < series; i++) {
    const lengths = o + PACK_HEADER + i * 4
    const property = name + v.getUint16(lengths, true)
    const next = property + v.getUint16(lengths + 2, true)
    if (next > end) return fail('pack-name', `the names of series ${i} pass the end of the names`, name)
    if (property > name) {
      if (!isDeviceBytes(b, name, property)) return fail('pack-name', `series ${i} has an unfit device name`, name)
      device = b
      deviceFrom = name
      deviceTo = property
    }
    if (deviceTo === deviceFrom) return fail('pack-name', `series ${i} names no device, and the topic neither`, name)
    if (!isPropertyBytes(b, property, next))
      return fail('pack-name', `series ${i} has an unfit property name`, property)
    handles[i] = sink.series(device, deviceFrom, deviceTo, b, property, next)
    name = next
  }
  return name === end ? 0 : fail('pack-name', 'there are more names than series', name)
}

function addRows(
  b: Uint8Array,
  from: number,
  v: DataView,
  o: number,
  rows: number,
  series: number,
  flags: number,
  kind: number,
  decimals: number,
  base: number,
  step: number,
  at: PackLayout,
  sink: ReadingSink,
): number {
  const scale = SCALES[decimals] as number
  let unusable = 0
  for (let i = 0; i < rows; i++) {
    const k = flags & PACK_ROW_IS_SERIES ? i : v.getUint16(o + at.index + i * 2, true)
    if (k >= series) return fail('pack-index', `row ${i} names series ${k} of ${series}`, from + at.index + i * 2)
    const measuredAt = flags & PACK_SAME_TIME ? base : base + v.getInt32(o + at.time + i * 4, true) * step
    let value: number
    if (kind === PACK_F64) value = v.getFloat64(o + at.value + i * 8, true)
    else if (kind === PACK_F32) value = v.getFloat32(o + at.value + i * 4, true)
    else value = v.getInt32(o + at.value + i * 4, true) / scale
    const handle = handles[k] as number
    if (handle < 0) {
      // The sink has counted the first reading of the series that it refused.
      if (handle === REFUSED) sink.reject('series-refused', `row ${i} belongs to a series that was refused`)
      else handles[k] = REFUSED
      continue
    }
    if (value - value !== 0 || measuredAt < 0) {
      unusable++
      sink.reject('pack-value', `row ${i} is not finite or lies before 1970`)
    } else
      sink.add(
        handle,
        measuredAt,
        value + 0,
        flags & PACK_QUALITY ? (b[from + at.quality + i] as number) & QUALITY_LEVEL : 0,
      )
  }
  if (unusable > 0 && unusable === rows) return fail('pack-value', 'no value is a finite number', from + at.value)
  return 0
}
