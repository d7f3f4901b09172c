import { MARK_HISTORICAL } from '@quartier/contracts/quality'
import type { Codec, MessageContext, ReadingSink } from '../codec.ts'
import { fail, rejection } from '../fault.ts'
import { Envelope } from '../json/envelope.ts'
import { addLeaves } from '../json/leaves.ts'
import { MAX_PAYLOAD_BYTES } from '../limits.ts'
import { addRaw, addSignal, endOf, enterReceptions, forgetSignal, isNested, isTrue, timeIn } from '../lora.ts'

const RECEIVED_AT = 0
const uplink = new Envelope({
  received_at: undefined,
  decoded_payload: undefined,
  normalized_payload: undefined,
  frm_payload: undefined,
  rx_metadata: enterReceptions,
})
const [DECODED, NORMALIZED, RAW] = [1, 2, 3]
const solved = new Envelope({ received_at: undefined, location: undefined })
const LOCATION = 1
const outer = new Envelope({
  received_at: undefined,
  uplink_message: (b, i, to) => uplink.scan(b, i, to),
  location_solved: (b, i, to) => solved.scan(b, i, to),
  simulated: undefined,
})
const [UPLINK, SOLVED, SIMULATED] = [1, 2, 3]

/** What an application tells The Things Stack. */
const COMMAND = /\/down\/(push|replace)$/

/** The Things Stack v3: uplinks and solved locations. docs/sources/the-things-stack.md is the description. */
export function ttnCodec(): Codec {
  return {
    name: 'ttn',
    reads: (mqttTopic) => !COMMAND.test(mqttTopic),
    decode(payload, from, to, context, sink) {
      if (to - from > MAX_PAYLOAD_BYTES)
        return { reason: 'json-limit', detail: `the payload is longer than ${MAX_PAYLOAD_BYTES} bytes` }
      return decode(payload, from, to, context, sink) < 0 ? rejection(from) : undefined
    },
  }
}

function decode(b: Uint8Array, from: number, to: number, context: MessageContext, sink: ReadingSink): number {
  if (context.deviceTo === context.deviceFrom) return fail('json-device', 'the topic names no device', -1)
  forgetSignal()
  if (endOf(b, outer.scan(b, from, to), to) < 0) return -1
  // What a downlink or a join tells is about the transport.
  if (!outer.has(UPLINK) && !outer.has(SOLVED)) return 0
  const inner = outer.has(UPLINK) ? uplink : solved
  // The network server's own time of reception stands inside; the outer one is that of the application server.
  const at = inner.has(RECEIVED_AT) ? timeIn(b, inner, RECEIVED_AT) : timeIn(b, outer, RECEIVED_AT)
  if (at < 0) return -1
  // What was only made up to try something out is stored, and never alarmed upon.
  const quality = isTrue(b, outer, SIMULATED) ? MARK_HISTORICAL : 0
  return inner === uplink ? addUplink(b, at, quality, context, sink) : addLocation(b, at, quality, context, sink)
}

function addUplink(b: Uint8Array, at: number, quality: number, context: MessageContext, sink: ReadingSink): number {
  const values = uplink.has(DECODED) ? DECODED : NORMALIZED
  if (isNested(b, uplink, values))
    addLeaves(b, uplink.from[values] as number, uplink.to[values] as number, at, quality, context, sink)
  else addRaw(b, uplink, RAW, at, context, sink)
  addSignal(at, quality, context, sink)
  return 0
}

function addLocation(b: Uint8Array, at: number, quality: number, context: MessageContext, sink: ReadingSink): number {
  if (!isNested(b, solved, LOCATION)) return fail('json-value', 'there is no location', -1)
  addLeaves(b, solved.from[LOCATION] as number, solved.to[LOCATION] as number, at, quality, context, sink)
  return 0
}
