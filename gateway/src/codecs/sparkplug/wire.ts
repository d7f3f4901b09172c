import { viewOf } from '../bytes.ts'
import { fail } from '../fault.ts'
import { MAX_RECORDS } from '../limits.ts'

/** The protobuf of Sparkplug B (org.eclipse.tahu.protobuf.Payload), read in place: nothing is copied and no object is made. */

/** What {@link scanPayload} found. */
export const head = { timestamp: Number.NaN, seq: -1, metrics: 0 }

/** The metric that {@link scanMetric} read last. */
export const metric = {
  nameFrom: 0,
  /** 0 when the metric has no name. */
  nameTo: 0,
  /** -1 when there is none, NaN beyond 2^53. */
  alias: -1,
  timestamp: Number.NaN,
  datatype: 0,
  isHistorical: false,
  isNull: false,
  propertiesFrom: 0,
  propertiesTo: 0,
  /** Number of the field that holds the value, 0 for none. */
  field: 0,
  /** Of a varint the two halves; of a text where it stands. */
  lo: 0,
  hi: 0,
  float: 0,
  from: 0,
  to: 0,
}

export const INT = 10
export const LONG = 11
export const FLOAT = 12
export const DOUBLE = 13
export const BOOLEAN = 14
export const STRING = 15

const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const FIXED32 = 5

/** The varint read last: low and high 32 bits. */
let lo = 0
let hi = 0

const whole = (): number => hi * 4_294_967_296 + lo

/** Reads a varint at `b[i]`; returns the index after it, or -1. */
function varint(b: Uint8Array, i: number, to: number): number {
  let c = i < to ? (b[i] as number) : 0x80
  lo = c & 0x7f
  hi = 0
  if (c < 0x80) return i + 1
  for (let shift = 7; shift < 70; shift += 7) {
    if (++i >= to) return fail('sparkplug-syntax', 'a number is cut off', i)
    c = b[i] as number
    const bits = c & 0x7f
    if (shift < 28) lo |= bits << shift
    else if (shift === 28) {
      lo = (lo | (bits << 28)) >>> 0
      hi = bits >>> 4
    } else if (shift < 63) hi |= bits << (shift - 32)
    else hi |= (bits & 1) << 31
    if (c < 0x80) {
      lo >>>= 0
      hi >>>= 0
      return i + 1
    }
  }
  return fail('sparkplug-syntax', 'a number is longer than 64 bits', i)
}

/** Passes over the value of a field; of one with a length, `lo` is then its length. Returns the index after it, or -1. */
function pass(b: Uint8Array, i: number, to: number, wire: number): number {
  if (wire === VARINT) return varint(b, i, to)
  let end = -1
  if (wire === FIXED64) end = i + 8
  else if (wire === FIXED32) end = i + 4
  else if (wire === BYTES) {
    i = varint(b, i, to)
    if (i < 0) return -1
    end = hi > 0 ? to + 1 : i + lo
  } else return fail('sparkplug-syntax', `there is no wire type ${wire}`, i)
  return end <= to ? end : fail('sparkplug-syntax', 'a field is cut off', i)
}

/** Reads what surrounds the metrics of `b[from, to)` into {@link head}. Returns 0, or -1 with the fault noted. */
export function scanPayload(b: Uint8Array, from: number, to: number): number {
  head.timestamp = Number.NaN
  head.seq = -1
  head.metrics = 0
  for (let i = from; i < to; ) {
    i = varint(b, i, to)
    if (i < 0) return -1
    const tag = lo
    i = pass(b, i, to, tag & 7)
    if (i < 0) return -1
    if (tag === TIMESTAMP) head.timestamp = timeOf(whole())
    else if (tag === SEQ) head.seq = hi === 0 ? lo : 256
    else if (tag === METRICS) head.metrics++
  }
  if (head.metrics > MAX_RECORDS) return fail('sparkplug-limit', `there are more than ${MAX_RECORDS} metrics`, -1)
  return 0
}

const TIMESTAMP = (1 << 3) | VARINT
const METRICS = (2 << 3) | BYTES
const SEQ = (3 << 3) | VARINT

/** Where the metric that {@link nextMetric} found begins. */
export let metricFrom = 0

/** The end of the next metric from `b[i]` on in a payload that was scanned; -1 when there is none left. */
export function nextMetric(b: Uint8Array, i: number, to: number): number {
  while (i < to) {
    i = varint(b, i, to)
    const tag = lo
    i = pass(b, i, to, tag & 7)
    if (tag !== METRICS) continue
    metricFrom = i - lo
    return i
  }
  return -1
}

/** Reads the metric `b[i, to)` into {@link metric}. Returns 0, or -1 with the fault noted. */
export function scanMetric(b: Uint8Array, i: number, to: number): number {
  const m = metric
  m.nameTo = 0
  m.alias = -1
  m.timestamp = Number.NaN
  m.datatype = 0
  m.isHistorical = m.isNull = false
  m.propertiesTo = 0
  m.field = 0
  while (i < to) {
    i = varint(b, i, to)
    if (i < 0) return -1
    const tag = lo
    const start = i
    i = pass(b, i, to, tag & 7)
    if (i < 0) return -1
    switch (tag) {
      case (1 << 3) | BYTES:
        m.nameFrom = i - lo
        m.nameTo = i
        break
      case (2 << 3) | VARINT:
        m.alias = hi > 0x1fffff ? Number.NaN : whole()
        break
      case (3 << 3) | VARINT:
        m.timestamp = timeOf(whole())
        break
      case (4 << 3) | VARINT:
        m.datatype = lo
        break
      case (5 << 3) | VARINT:
        m.isHistorical = lo !== 0
        break
      case (7 << 3) | VARINT:
        m.isNull = lo !== 0
        break
      case (9 << 3) | BYTES:
        m.propertiesFrom = i - lo
        m.propertiesTo = i
        break
      case (INT << 3) | VARINT:
      case (LONG << 3) | VARINT:
      case (BOOLEAN << 3) | VARINT:
        m.field = tag >> 3
        m.lo = lo
        m.hi = hi
        break
      case (FLOAT << 3) | FIXED32:
        m.field = FLOAT
        m.float = viewOf(b).getFloat32(b.byteOffset + start, true)
        break
      case (DOUBLE << 3) | FIXED64:
        m.field = DOUBLE
        m.float = viewOf(b).getFloat64(b.byteOffset + start, true)
        break
      default:
        if (tag >> 3 >= STRING && tag >> 3 <= 19 && (tag & 7) === BYTES) {
          m.field = tag >> 3
          m.from = i - lo
          m.to = i
        }
    }
  }
  return 0
}

const MAX_TIME_MS = 8.64e15
const timeOf = (ms: number): number => (ms > 0 && ms <= MAX_TIME_MS ? ms : Number.NaN)

/** What {@link scanProperties} found; `unitTo` 0 for no unit, `quality` -1 for none. */
export const properties = { unitFrom: 0, unitTo: 0, quality: -1 }

const MAX_PROPERTIES = 32
const keysFrom = new Int32Array(MAX_PROPERTIES)
const keysTo = new Int32Array(MAX_PROPERTIES)

/** Looks for the engineering unit and the quality in the property set `b[from, to)`; keys and values stand in two lists. */
export function scanProperties(b: Uint8Array, from: number, to: number): void {
  properties.unitTo = 0
  properties.quality = -1
  let keys = 0
  let values = 0
  for (let i = from; i < to; ) {
    i = varint(b, i, to)
    if (i < 0) return
    const tag = lo
    i = pass(b, i, to, tag & 7)
    if (i < 0) return
    if (tag === ((1 << 3) | BYTES) && keys < MAX_PROPERTIES) {
      keysFrom[keys] = i - lo
      keysTo[keys++] = i
    } else if (tag === ((2 << 3) | BYTES) && values < keys) {
      takeProperty(b, keysFrom[values] as number, keysTo[values] as number, i - lo, i)
      values++
    }
  }
}

function takeProperty(b: Uint8Array, keyFrom: number, keyTo: number, from: number, to: number): void {
  const isUnit = isText(b, keyFrom, keyTo, 'engUnit')
  if (!isUnit && !isText(b, keyFrom, keyTo, 'Quality')) return
  for (let i = from; i < to; ) {
    i = varint(b, i, to)
    if (i < 0) return
    const tag = lo
    i = pass(b, i, to, tag & 7)
    if (i < 0) return
    if (isUnit && tag === ((8 << 3) | BYTES)) {
      properties.unitFrom = i - lo
      properties.unitTo = i
    } else if (!isUnit && tag === ((3 << 3) | VARINT)) properties.quality = lo
  }
}

function isText(b: Uint8Array, from: number, to: number, text: string): boolean {
  if (to - from !== text.length) return false
  for (let k = 0; k < text.length; k++) if (b[from + k] !== text.charCodeAt(k)) return false
  return true
}
