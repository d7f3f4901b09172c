import { isUtf8 } from 'node:buffer'
import { QUALITY_STALE } from '@quartier/contracts/quality'
import { utf8 } from '../bytes.ts'
import type { Codec, CodecMemory, CodecState, MessageContext, ReadingSink } from '../codec.ts'
import { fail, rejection } from '../fault.ts'
import { BigInteger, type Node, readTree } from '../json/tree.ts'
import { MAX_PAYLOAD_BYTES } from '../limits.ts'
import { isDeviceName, isPropertyName } from '../names.ts'
import { timeOfNumber, timeOfText } from '../time.ts'
import { type Bridge, readDevices } from './bridge.ts'
import { isTold, topicOf, type ZigbeeTopic } from './topic.ts'

/** The list of devices describes each in detail. */
const MAX_LIST_BYTES = 4 * 1024 * 1024
/** Says something about the message, or about Zigbee2MQTT itself. */
const NOT_MEASURED = new Set(['last_seen', 'device', 'update', 'update_available'])
/** What only grows: a repetition of it is no news, while one of a temperature is. */
const COUNT = /(^|_)(count|counter|pulses?|energy)(_|$)/

/** What is remembered of one device: the last values of its properties. */
interface Known {
  readonly numbers: Record<string, number>
  readonly texts: Record<string, string>
}

/** Zigbee2MQTT. docs/sources/zigbee2mqtt.md is the description. */
export function zigbeeCodec(): Codec {
  return { name: 'zigbee', reads: isTold, decode, memory: zigbeeMemory }
}

function decode(b: Uint8Array, from: number, to: number, context: MessageContext, sink: ReadingSink) {
  const base = context.mqttTopic.slice(0, context.mqttTopic.indexOf('/'))
  const state = sink.recall?.(base)
  if (state === undefined) return { reason: 'zigbee-state', detail: 'there are too many bridges to remember' }
  const topic = topicOf(context.mqttTopic, state.value as Bridge | undefined)
  if (to - from > (topic.kind === 'devices' ? MAX_LIST_BYTES : MAX_PAYLOAD_BYTES))
    return { reason: 'json-limit', detail: `the payload is longer than ${MAX_PAYLOAD_BYTES} bytes` }
  const done = take(b, from, to, topic, state, context, sink)
  return done < 0 ? rejection(from) : undefined
}

function take(
  b: Uint8Array,
  from: number,
  to: number,
  topic: ZigbeeTopic,
  bridge: CodecState,
  context: MessageContext,
  sink: ReadingSink,
): number {
  switch (topic.kind) {
    case 'devices':
      return learn(b, from, to, bridge)
    case 'bridge-state':
      return addAvailability(b, from, to, 'bridge', undefined, context, sink)
    case 'attribute':
      return 0
  }
  const { base, name } = topic
  if (!isDeviceName(name)) return fail('zigbee-name', 'the friendly name cannot name a device', -1)
  const state = sink.recall?.(`${base}/${name}`)
  if (state === undefined) return fail('zigbee-state', 'there are too many devices to remember', -1)
  state.value ??= { numbers: {}, texts: {} } satisfies Known
  if (topic.kind === 'availability') return addAvailability(b, from, to, name, state.value as Known, context, sink)
  return addValues(b, from, to, name, state, sink)
}

function learn(b: Uint8Array, from: number, to: number, state: CodecState): number {
  const bridge = readDevices(b, from, to)
  if (bridge === undefined) return fail('json-shape', 'the list of devices is not an array of objects', -1)
  state.value = bridge
  state.keep()
  return 0
}

/** `online` or `offline`, bare as in old versions or in an object. What is offline is stale, and nothing is made up. */
function addAvailability(
  b: Uint8Array,
  from: number,
  to: number,
  device: string,
  known: Known | undefined,
  context: MessageContext,
  sink: ReadingSink,
): number {
  const text = utf8(b, from, Math.min(to, from + 80))
  const word = /^\s*(?:\{\s*"state"\s*:\s*)?"?(online|offline)"?\s*\}?\s*$/.exec(text)?.[1]
  if (word === undefined) return fail('zigbee-availability', 'this is neither online nor offline', from)
  const at = context.receivedAt
  add(device, 'available', at, word === 'online' ? 1 : 0, 0, sink)
  if (word === 'offline')
    for (const [property, value] of Object.entries(known?.numbers ?? {}))
      add(device, property, at, value, QUALITY_STALE, sink)
  return 0
}

function addValues(
  b: Uint8Array,
  from: number,
  to: number,
  device: string,
  state: CodecState,
  sink: ReadingSink,
): number {
  const root = readTree(b, from, to)
  if (root === undefined) return -1
  if (!(root instanceof Map)) return fail('json-shape', 'the values are not an object', from)
  if (!isUtf8(b.subarray(from, to))) return fail('json-utf8', 'the payload is not UTF-8', -1)
  const at = timeOf(root.get('last_seen'))
  if (at < 0) return fail('json-time', 'last_seen is neither epoch milliseconds nor ISO 8601 with a zone', -1)
  for (const [key, value] of root) if (!NOT_MEASURED.has(key)) addValue(device, key, value, at, state, sink)
  return 0
}

function addValue(
  device: string,
  property: string,
  value: Node,
  at: number,
  state: CodecState,
  sink: ReadingSink,
): void {
  if (value instanceof Map) {
    for (const [key, inner] of value) addValue(device, `${property}.${key}`, inner, at, state, sink)
    return
  }
  // Zigbee2MQTT sends null for whatever it has not heard yet.
  if (value === null || value === '') return
  if (!isPropertyName(property)) {
    sink.reject('json-name', `${JSON.stringify(property.slice(0, 80))} cannot name a property`)
    return
  }
  const { numbers, texts } = state.value as Known
  if (typeof value === 'number' || typeof value === 'boolean') {
    const n = Number(value)
    if (!Number.isFinite(n)) sink.reject('json-range', `${property} is too large`)
    else if (!(COUNT.test(property) && numbers[property] === n)) {
      add(device, property, at, n, 0, sink)
      remember(numbers, property, n, state)
    }
  } else if (typeof value === 'string' || value instanceof BigInteger) {
    const text = typeof value === 'string' ? value : value.text
    // An action is something that happens, not a state that goes on.
    if (texts[property] === text && property !== 'action') return
    sink.state(device, property, at, text)
    remember(texts, property, text, state)
  } else sink.reject('json-nested', `${property} is an array`)
}

const MAX_PROPERTIES = 500

function remember<T>(values: Record<string, T>, property: string, value: T, state: CodecState): void {
  const isNew = !Object.hasOwn(values, property)
  if (isNew && Object.keys(values).length >= MAX_PROPERTIES) return
  values[property] = value
  if (isNew || COUNT.test(property)) state.keep()
}

function add(device: string, property: string, at: number, value: number, quality: number, sink: ReadingSink): void {
  const series = sink.seriesByName(device, property)
  if (series >= 0) sink.add(series, at, value, quality)
}

/** Epoch ms, NaN when there is none, -1 when it cannot be read. */
function timeOf(node: Node | undefined): number {
  if (node === undefined || node === null) return Number.NaN
  const ms =
    typeof node === 'number' ? timeOfNumber(node, 'ms') : typeof node === 'string' ? timeOfText(node) : Number.NaN
  return Number.isNaN(ms) ? -1 : ms
}

/** A bridge is saved as the list of its names, a device as its last values. */
const zigbeeMemory: CodecMemory = {
  save(value) {
    const { names } = value as Partial<Bridge>
    return Buffer.from(JSON.stringify(names ? [...names] : value))
  },
  restore(bytes) {
    try {
      const saved = JSON.parse(Buffer.from(bytes).toString()) as string[] | Known
      if (Array.isArray(saved)) return { names: new Set(saved) }
      return typeof saved.numbers === 'object' && typeof saved.texts === 'object' ? saved : undefined
    } catch {
      return undefined // broken: the list is retained and will come again
    }
  },
}
