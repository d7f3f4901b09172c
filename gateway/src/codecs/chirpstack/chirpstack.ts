import { bytesOf, latin1 } from '../bytes.ts'
import type { Codec, MessageContext, ReadingSink } from '../codec.ts'
import { fail, rejection } from '../fault.ts'
import { addLeaves } from '../json/leaves.ts'
import { BOOLEAN, Members, NESTED, NUMBER, scanMembers } from '../json/members.ts'
import { MAX_PAYLOAD_BYTES } from '../limits.ts'
import { addProperty, addRaw, addSignal, envelopeTime, only } from '../lora.ts'

const [TIME, OBJECT, DATA, RX_INFO, LOCATION] = ['time', 'object', 'data', 'rxInfo', 'location'].map(bytesOf) as Bytes
type Bytes = [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array]
const STATUS = ['margin', 'batteryLevel', 'externalPowerSource'].map(bytesOf)
const NO_BATTERY = bytesOf('batteryLevelUnavailable')
const MARGIN = 0

/** Events that say something about the transport only. */
const SILENT = new Set(['join', 'ack', 'txack', 'log', 'integration'])

const members = new Members()

/**
 * ChirpStack v4, JSON (`json=true`): the event is named by the topic, where a route says `{property}`.
 * docs/sources/chirpstack.md is the description.
 */
export function chirpstackCodec(): Codec {
  return {
    name: 'chirpstack',
    decode(payload, from, to, context, sink) {
      if (to - from > MAX_PAYLOAD_BYTES)
        return { reason: 'json-limit', detail: `the payload is longer than ${MAX_PAYLOAD_BYTES} bytes` }
      return decode(payload, from, to, context, sink) < 0 ? rejection(from) : undefined
    },
  }
}

function decode(b: Uint8Array, from: number, to: number, context: MessageContext, sink: ReadingSink): number {
  const m = members
  if (context.deviceTo === context.deviceFrom) return fail('json-device', 'the topic names no device', -1)
  if (from < to && b[from] !== 0x7b)
    return fail('chirpstack-protobuf', 'this is not JSON: set json=true in the MQTT integration of ChirpStack', from)
  if (scanMembers(b, from, to, m) < 0) return -1
  const time = only(b, m, TIME)
  const measuredAt = time < -1 ? -1 : envelopeTime(b, m, time)
  if (measuredAt < 0) return -1
  const event = latin1(context.topicBytes, context.propertyFrom, context.propertyTo)
  if (event === 'up') return uplink(b, m, measuredAt, context, sink)
  if (event === 'status') return status(b, m, measuredAt, context, sink)
  if (event === 'location') return location(b, m, measuredAt, context, sink)
  return SILENT.has(event) ? 0 : fail('chirpstack-event', `the topic names the event "${event.slice(0, 40)}"`, -1)
}

function uplink(b: Uint8Array, m: Members, at: number, context: MessageContext, sink: ReadingSink): number {
  const object = only(b, m, OBJECT)
  const data = only(b, m, DATA)
  const rxInfo = only(b, m, RX_INFO)
  if (object < -1 || data < -1 || rxInfo < -1) return -1
  const given =
    object >= 0 && m.kind[object] === NESTED
      ? addLeaves(b, m.valueFrom[object] as number, m.valueTo[object] as number, at, 0, context, sink)
      : 0
  if (object < 0 || (given === 0 && m.kind[object] !== NESTED)) addRaw(b, m, data, at, context, sink)
  if (rxInfo >= 0) addSignal(b, m.valueFrom[rxInfo] as number, m.valueTo[rxInfo] as number, at, 0, context, sink)
  return 0
}

function status(b: Uint8Array, m: Members, at: number, context: MessageContext, sink: ReadingSink): number {
  const unknown = only(b, m, NO_BATTERY)
  if (unknown < -1) return -1
  const hasBattery = !(unknown >= 0 && m.value[unknown] === 1)
  for (let i = 0; i < STATUS.length; i++) {
    const key = STATUS[i] as Uint8Array
    const row = only(b, m, key)
    if (row < -1) return -1
    const isNumber = row >= 0 && (m.kind[row] === NUMBER || m.kind[row] === BOOLEAN)
    // A zero or false is left out by proto3; a margin of 0 dB and no outside power are facts all the same.
    if (i === MARGIN + 1 && !(hasBattery && isNumber)) continue
    addProperty(key, isNumber ? (m.value[row] as number) : 0, at, 0, context, sink)
  }
  return 0
}

function location(b: Uint8Array, m: Members, at: number, context: MessageContext, sink: ReadingSink): number {
  const row = only(b, m, LOCATION)
  if (row < -1) return -1
  if (row < 0 || m.kind[row] !== NESTED) return fail('json-value', 'there is no location', -1)
  addLeaves(b, m.valueFrom[row] as number, m.valueTo[row] as number, at, 0, context, sink)
  return 0
}
