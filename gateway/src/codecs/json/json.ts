import { bytesOf, utf8 } from '../bytes.ts'
import type { Codec, MessageContext, ReadingSink } from '../codec.ts'
import { fail, rejection } from '../fault.ts'
import { MAX_PAYLOAD_BYTES } from '../limits.ts'
import { timeOfNumber } from '../time.ts'
import { mappedDecode } from './mapped.ts'
import { Members, scanMembers } from './members.ts'
import { type JsonOptions, jsonOptionsSchema, tokensOf } from './options.ts'
import { pair, quickPair } from './quick.ts'
import {
  badDetail,
  badReason,
  faultOf,
  find,
  firstRepeated,
  isIgnored,
  isUsable,
  keyText,
  nameAt,
  REPEATED,
  reasonOf,
  stateText,
  timeAt,
} from './rows.ts'
import { ESCAPED } from './text.ts'
import { BIG_INTEGER, BOOLEAN, NUMBER, TEXT } from './values.ts'

const members = new Members()

/**
 * Plain JSON: a bare value or `{"ts":…,"value":…}` where the topic names the property, a flat object of several
 * properties where it does not, or what the mapping in `options` says. docs/formats/json.md is the description.
 * @throws ZodError when the options are not those of {@link jsonOptionsSchema}
 */
export function jsonCodec(options: unknown = {}): Codec {
  const o = jsonOptionsSchema.parse(options)
  const flat = flatKeys(o)
  return {
    name: 'json',
    // Whoever tells what happened may tell who did it.
    personal: o.event !== undefined,
    decode(payload, from, to, context, sink) {
      if (to - from > MAX_PAYLOAD_BYTES)
        return { reason: 'json-limit', detail: `the payload is longer than ${MAX_PAYLOAD_BYTES} bytes` }
      const done =
        flat === undefined
          ? mappedDecode(payload, from, to, context, sink, o)
          : decodeFlat(payload, from, to, context, sink, flat)
      return done < 0 ? rejection(from) : undefined
    },
  }
}

/** The keys of interest of an object without nesting. */
interface FlatKeys {
  readonly time: Uint8Array
  readonly value: Uint8Array
  /** Whether both stand in JSON as they are, without an escape. */
  readonly isPlain: boolean
  readonly timeUnit: JsonOptions['timeUnit']
  readonly ignore: readonly Uint8Array[]
}

/** The mapping as keys of a flat object; `undefined` when it needs more than that. */
function flatKeys(o: JsonOptions): FlatKeys | undefined {
  const time = tokensOf(o.time)
  const value = tokensOf(o.value)
  const simple = time.length === 1 && value.length === 1 && time[0] !== value[0]
  if (!simple || o.device !== undefined || o.property !== undefined || o.values || o.event || o.each !== undefined)
    return undefined
  const [t, v] = [time[0] as string, value[0] as string]
  const isPlain = JSON.stringify(t + v) === `"${t}${v}"`
  return { time: bytesOf(t), value: bytesOf(v), isPlain, timeUnit: o.timeUnit, ignore: o.ignore.map(bytesOf) }
}

function decodeFlat(
  b: Uint8Array,
  from: number,
  to: number,
  context: MessageContext,
  sink: ReadingSink,
  keys: FlatKeys,
): number {
  const m = members
  const isSingle = context.propertyTo > context.propertyFrom
  if (isSingle && keys.isPlain && context.deviceTo > context.deviceFrom)
    if (quickPair(b, from, to, keys.time, keys.value)) {
      const n = pair[1] as number
      const measuredAt = timeOfNumber(n, keys.timeUnit)
      if (measuredAt >= 0 || Number.isNaN(n)) return addSingle(context, sink, measuredAt, pair[0] as number)
    }
  if (scanMembers(b, from, to, m) < 0) return -1
  if (context.deviceTo === context.deviceFrom)
    return fail('json-device', 'neither topic nor mapping names a device', -1)
  if (isSingle) return single(b, from, context, sink, keys, m)
  if (!m.isObject) return fail('json-shape', 'the topic names no property and the payload is not an object', from)
  return several(b, context, sink, keys, m)
}

function single(
  b: Uint8Array,
  from: number,
  context: MessageContext,
  sink: ReadingSink,
  keys: FlatKeys,
  m: Members,
): number {
  let row = 0
  let measuredAt = Number.NaN
  if (m.isObject) {
    row = find(b, m, keys.value)
    if (row === REPEATED) return fail('json-duplicate', `the key "${keyText(keys.value)}" stands twice`, from)
    if (row < 0) return fail('json-value', `there is no key "${keyText(keys.value)}"`, from)
    const time = find(b, m, keys.time)
    if (time === REPEATED) return fail('json-duplicate', `the key "${keyText(keys.time)}" stands twice`, from)
    if (time >= 0) {
      measuredAt = timeAt(b, m, time, keys.timeUnit)
      if (measuredAt < 0) return -1
    }
  }
  const kind = m.values.kind[row] as number
  if (kind === NUMBER || kind === BOOLEAN) return addSingle(context, sink, measuredAt, m.values.value[row] as number)
  if (kind === TEXT || kind === BIG_INTEGER) {
    const property = utf8(context.topicBytes, context.propertyFrom, context.propertyTo)
    sink.state(deviceText(context), property, measuredAt, stateText(b, m, row))
    return 0
  }
  return fail(reasonOf(kind), `the value ${faultOf(kind)}`, m.values.from[row] as number)
}

function addSingle(context: MessageContext, sink: ReadingSink, measuredAt: number, value: number): number {
  const t = context.topicBytes
  const series = sink.series(t, context.deviceFrom, context.deviceTo, t, context.propertyFrom, context.propertyTo)
  if (series >= 0) sink.add(series, measuredAt, value, 0)
  return 0
}

function several(b: Uint8Array, context: MessageContext, sink: ReadingSink, keys: FlatKeys, m: Members): number {
  const twice = firstRepeated(b, m)
  if (twice >= 0)
    return fail('json-duplicate', `the key "${nameAt(b, m, twice)}" stands twice`, m.keyFrom[twice] as number)
  const time = find(b, m, keys.time)
  const measuredAt = time < 0 ? Number.NaN : timeAt(b, m, time, keys.timeUnit)
  if (measuredAt < 0) return -1
  let usable = 0
  let firstBad = -1
  for (let row = 0; row < m.count; row++) {
    if (row === time || isIgnored(b, m, row, keys.ignore)) continue
    if (isUsable(b, m, row)) {
      usable++
      addMember(b, context, sink, m, row, measuredAt)
    } else {
      if (firstBad < 0) firstBad = row
      sink.reject(badReason(b, m, row), badDetail(b, m, row))
    }
  }
  if (usable > 0) return 0
  if (firstBad < 0) return fail('json-value', 'the object holds no property', -1)
  return fail(badReason(b, m, firstBad), badDetail(b, m, firstBad), m.values.from[firstBad] as number)
}

function addMember(
  b: Uint8Array,
  context: MessageContext,
  sink: ReadingSink,
  m: Members,
  row: number,
  measuredAt: number,
): void {
  const { topicBytes, deviceFrom, deviceTo } = context
  const kind = m.values.kind[row] as number
  if (kind === TEXT || kind === BIG_INTEGER) {
    sink.state(deviceText(context), nameAt(b, m, row), measuredAt, stateText(b, m, row))
    return
  }
  const isEscaped = (m.keyMarks[row] as number) & ESCAPED
  const series = isEscaped
    ? sink.seriesByName(deviceText(context), nameAt(b, m, row))
    : sink.series(topicBytes, deviceFrom, deviceTo, b, m.keyFrom[row] as number, m.keyTo[row] as number)
  if (series >= 0) sink.add(series, measuredAt, m.values.value[row] as number, 0)
}

const deviceText = (c: MessageContext): string => utf8(c.topicBytes, c.deviceFrom, c.deviceTo)
