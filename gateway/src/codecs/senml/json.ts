import { isUtf8 } from 'node:buffer'
import { bytesOf } from '../bytes.ts'
import { fail } from '../fault.ts'
import { scanNumber } from '../json/number.ts'
import {
  ESCAPED,
  scanColon,
  scanString,
  scanWord,
  seen,
  skipSpace,
  skipValue,
  stringMarks,
  stringText,
} from '../json/text.ts'
import {
  BN,
  BS,
  BT,
  BU,
  BV,
  IS_BOOLEAN,
  IS_NUMBER,
  LABEL_NAMES,
  LABEL_TYPES,
  labelNamed,
  N,
  S,
  T,
  U,
  UNKNOWN,
  V,
  VB,
  VD,
  VS,
} from './labels.ts'
import type { Records } from './records.ts'

/** Reads a JSON pack into `r`, record by record. Returns 0, or -1 with the fault noted. */
export function readJson(b: Uint8Array, from: number, to: number, r: Records): number {
  seen.nonAscii = false
  let i = skipSpace(b, from, to)
  if (i >= to || b[i] !== 0x5b) return fail('senml-format', 'the payload is neither a JSON nor a CBOR array', i)
  i = skipSpace(b, i + 1, to)
  if (i < to && b[i] === 0x5d) i++
  else {
    i = readRecords(b, i, to, r)
    if (i < 0) return -1
  }
  i = skipSpace(b, i, to)
  if (i < to) return fail('json-syntax', 'something follows the pack', i)
  if (seen.nonAscii && !isUtf8(b.subarray(from, to))) return fail('senml-utf8', 'the payload is not UTF-8', -1)
  return 0
}

function readRecords(b: Uint8Array, i: number, to: number, r: Records): number {
  for (;;) {
    i = readRecord(b, i, to, r)
    if (i < 0 || r.finish() < 0) return -1
    i = skipSpace(b, i, to)
    const c = i < to ? b[i] : 0
    if (c === 0x5d) return i + 1
    if (c !== 0x2c) return fail('json-syntax', 'a comma is missing', i)
    i = skipSpace(b, i + 1, to)
  }
}

function readRecord(b: Uint8Array, i: number, to: number, r: Records): number {
  if (i >= to || b[i] !== 0x7b) return fail('senml-format', 'a record is not an object', i)
  i = skipSpace(b, i + 1, to)
  if (i < to && b[i] === 0x7d) return i + 1
  for (;;) {
    i = readField(b, i, to, r)
    if (i < 0) return -1
    let c = i < to ? b[i] : 0
    if (c !== 0x2c && c !== 0x7d) {
      i = skipSpace(b, i, to)
      c = i < to ? b[i] : 0
    }
    if (c === 0x7d) return i + 1
    if (c !== 0x2c) return fail('json-syntax', 'a comma is missing', i)
    i = skipSpace(b, i + 1, to)
  }
}

function readField(b: Uint8Array, i: number, to: number, r: Records): number {
  if (i >= to || b[i] !== 0x22) return fail('json-syntax', 'a key is missing', i)
  const start = i
  let label = UNKNOWN
  if (i + 3 < to && b[i + 2] === 0x22) {
    label = SHORT[b[i + 1] as number] as number
    i += 3
  } else if (i + 4 < to && b[i + 3] === 0x22) {
    label = pairLabel(b[i + 1] as number, b[i + 2] as number)
    i += 4
  }
  if (label === UNKNOWN) {
    i = scanString(b, start, to)
    if (i < 0) return -1
    const name = stringText(b, start + 1, i - 1, stringMarks)
    label = labelNamed(name)
    if (name === '__proto__') return fail('json-proto', 'the key __proto__ is not allowed', start)
    if (label === UNKNOWN && name.endsWith('_')) return mustUnderstand(name, start)
  }
  i = i < to && b[i] === 0x3a ? i + 1 : scanColon(b, i, to)
  if (i < 0) return -1
  if (i < to && (b[i] as number) <= 0x20) i = skipSpace(b, i, to)
  if (label === UNKNOWN) return skipValue(b, i, to, 2)
  if (r.seen & (1 << label))
    return fail('senml-duplicate', `the field "${LABEL_NAMES[label]}" stands twice in a record`, start)
  r.seen |= 1 << label
  return readValue(b, i, to, r, label)
}

/** A field that a reader must understand (RFC 8428 §4.4) and we do not. */
export const mustUnderstand = (name: string, at: number): -1 =>
  fail('senml-must-understand', `the field ${JSON.stringify(name.slice(0, 80))} must be understood and is not`, at)

function readValue(b: Uint8Array, i: number, to: number, r: Records, label: number): number {
  const type = LABEL_TYPES[label] as number
  const c = i < to ? (b[i] as number) : 0
  r.from[label] = i
  if (type === IS_NUMBER) {
    if (c !== 0x2d && (c < 0x30 || c > 0x39)) return fail('senml-type', `"${LABEL_NAMES[label]}" is not a number`, i)
    const end = scanNumber(b, i, to, r.values, r.kinds, label)
    r.bytes[label] = b
    r.to[label] = end
    return end
  }
  if (type === IS_BOOLEAN) {
    if (c !== 0x74 && c !== 0x66) return fail('senml-type', `"${LABEL_NAMES[label]}" is not a boolean`, i)
    r.values[label] = c === 0x74 ? 1 : 0
    return scanWord(b, i, to, c === 0x74 ? 'true' : 'false')
  }
  if (c !== 0x22) return fail('senml-type', `"${LABEL_NAMES[label]}" is not a text`, i)
  const end = scanString(b, i, to)
  if (end < 0) return -1
  if (stringMarks & ESCAPED) {
    const text = bytesOf(stringText(b, i + 1, end - 1, stringMarks))
    r.bytes[label] = text
    r.from[label] = 0
    r.to[label] = text.length
  } else {
    r.bytes[label] = b
    r.from[label] = i + 1
    r.to[label] = end - 1
  }
  return label === VD ? checkData(r, end) : end
}

/** Data is base64url without padding in JSON; padding is forgiven and dropped. */
function checkData(r: Records, end: number): number {
  const data = r.bytes[VD] as Uint8Array
  while ((r.to[VD] as number) > (r.from[VD] as number) && data[(r.to[VD] as number) - 1] === 0x3d)
    (r.to[VD] as number)--
  for (let k = r.from[VD] as number; k < (r.to[VD] as number); k++)
    if (!/[A-Za-z0-9_-]/.test(String.fromCharCode(data[k] as number)))
      return fail('senml-type', '"vd" is not base64url', end)
  return end
}

const codes = (letters: string, labels: number[]): Int8Array => {
  const table = new Int8Array(256).fill(UNKNOWN)
  labels.forEach((label, k) => {
    table[letters.charCodeAt(k)] = label
  })
  return table
}
const SHORT = codes('nuvst', [N, U, V, S, T])
const AFTER_B = codes('ntuvs', [BN, BT, BU, BV, BS])
const AFTER_V = codes('sbd', [VS, VB, VD])

function pairLabel(first: number, second: number): number {
  if (first === 0x62) return AFTER_B[second] as number
  return first === 0x76 ? (AFTER_V[second] as number) : UNKNOWN
}
