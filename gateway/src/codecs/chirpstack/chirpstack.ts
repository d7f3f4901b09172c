import { bytesOf, latin1 } from '../bytes.ts'
import type { Codec, MessageContext, ReadingSink } from '../codec.ts'
import { fail, rejection } from '../fault.ts'
import { Envelope } from '../json/envelope.ts'
import { addLeaves } from '../json/leaves.ts'
import { MAX_PAYLOAD_BYTES } from '../limits.ts'
import {
  addProperty,
  addRaw,
  addSignal,
  endOf,
  enterReceptions,
  forgetSignal,
  isNested,
  isTrue,
  numberIn,
  timeIn,
} from '../lora.ts'

const TIME = 0
const up = new Envelope({ time: undefined, object: undefined, data: undefined, rxInfo: enterReceptions })
const [OBJECT, DATA] = [1, 2]
const status = new Envelope({
  time: undefined,
  margin: undefined,
  batteryLevel: undefined,
  batteryLevelUnavailable: undefined,
  externalPowerSource: undefined,
})
const [MARGIN, BATTERY, NO_BATTERY, POWER] = [1, 2, 3, 4]
const location = new Envelope({ time: undefined, location: undefined })
const LOCATION = 1
/** Says something about the transport only. */
const silent = new Envelope({ time: undefined })

const EVENTS: Readonly<Record<string, Envelope>> = {
  ...{ up, status, location },
  ...{ join: silent, ack: silent, txack: silent, log: silent, integration: silent },
}

const MARGIN_NAME = bytesOf('margin')
const BATTERY_NAME = bytesOf('batteryLevel')
const POWER_NAME = bytesOf('externalPowerSource')

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
  if (context.deviceTo === context.deviceFrom) return fail('json-device', 'the topic names no device', -1)
  const e = (context.memo as Envelope | undefined) ?? envelopeOf(context)
  if (e === undefined) return -1
  if (from < to && b[from] !== 0x7b)
    return fail('chirpstack-protobuf', 'this is not JSON: set json=true in the MQTT integration of ChirpStack', from)
  forgetSignal()
  if (endOf(b, e.scan(b, from, to), to) < 0) return -1
  const at = timeIn(b, e, TIME)
  if (at < 0) return -1
  if (e === up) return addUplink(b, at, context, sink)
  if (e === status) return addStatus(b, at, context, sink)
  return e === location ? addLocation(b, at, context, sink) : 0
}

function envelopeOf(context: MessageContext): Envelope | undefined {
  const event = latin1(context.topicBytes, context.propertyFrom, context.propertyTo)
  const e = Object.hasOwn(EVENTS, event) ? EVENTS[event] : undefined
  if (e === undefined) fail('chirpstack-event', `the topic names the event "${event.slice(0, 40)}"`, -1)
  context.memo = e
  return e
}

function addUplink(b: Uint8Array, at: number, context: MessageContext, sink: ReadingSink): number {
  if (isNested(b, up, OBJECT)) addLeaves(b, up.from[OBJECT] as number, up.to[OBJECT] as number, at, 0, context, sink)
  else addRaw(b, up, DATA, at, context, sink)
  addSignal(at, 0, context, sink)
  return 0
}

/** A zero or false is left out by proto3; a margin of 0 dB and no outside power are facts all the same. */
function addStatus(b: Uint8Array, at: number, context: MessageContext, sink: ReadingSink): number {
  const margin = numberIn(b, status, MARGIN)
  const battery = numberIn(b, status, BATTERY)
  addProperty(MARGIN_NAME, Number.isNaN(margin) ? 0 : margin, at, 0, context, sink)
  if (!isTrue(b, status, NO_BATTERY) && !Number.isNaN(battery)) addProperty(BATTERY_NAME, battery, at, 0, context, sink)
  addProperty(POWER_NAME, isTrue(b, status, POWER) ? 1 : 0, at, 0, context, sink)
  return 0
}

function addLocation(b: Uint8Array, at: number, context: MessageContext, sink: ReadingSink): number {
  if (!isNested(b, location, LOCATION)) return fail('json-value', 'there is no location', -1)
  addLeaves(b, location.from[LOCATION] as number, location.to[LOCATION] as number, at, 0, context, sink)
  return 0
}
