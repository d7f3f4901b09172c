import { MARK_HISTORICAL } from '@quartier/contracts/quality'
import { bytesOf } from '../bytes.ts'
import type { Codec, MessageContext, ReadingSink } from '../codec.ts'
import { fail, rejection } from '../fault.ts'
import { addLeaves } from '../json/leaves.ts'
import { BOOLEAN, Members, NESTED, scanMembers } from '../json/members.ts'
import { MAX_PAYLOAD_BYTES } from '../limits.ts'
import { addRaw, addSignal, envelopeTime, only } from '../lora.ts'

const UPLINK = bytesOf('uplink_message')
const SOLVED = bytesOf('location_solved')
const LOCATION = bytesOf('location')
const RECEIVED_AT = bytesOf('received_at')
const SIMULATED = bytesOf('simulated')
const DECODED = bytesOf('decoded_payload')
const NORMALIZED = bytesOf('normalized_payload')
const RAW = bytesOf('frm_payload')
const RX_METADATA = bytesOf('rx_metadata')

const envelope = new Members()
const inner = new Members()

/** The Things Stack v3: uplinks and solved locations. docs/sources/the-things-stack.md is the description. */
export function ttnCodec(): Codec {
  return {
    name: 'ttn',
    decode(payload, from, to, context, sink) {
      if (to - from > MAX_PAYLOAD_BYTES)
        return { reason: 'json-limit', detail: `the payload is longer than ${MAX_PAYLOAD_BYTES} bytes` }
      return decode(payload, from, to, context, sink) < 0 ? rejection(from) : undefined
    },
  }
}

function decode(b: Uint8Array, from: number, to: number, context: MessageContext, sink: ReadingSink): number {
  const m = envelope
  if (context.deviceTo === context.deviceFrom) return fail('json-device', 'the topic names no device', -1)
  if (scanMembers(b, from, to, m) < 0) return -1
  if (!m.isObject) return fail('json-shape', 'the payload is not an object', from)
  const uplink = only(b, m, UPLINK)
  const solved = only(b, m, SOLVED)
  const received = only(b, m, RECEIVED_AT)
  const simulated = only(b, m, SIMULATED)
  if (uplink < -1 || solved < -1 || received < -1 || simulated < -1) return -1
  const body = uplink >= 0 ? uplink : solved
  // What a downlink or a join tells is about the transport.
  if (body < 0) return 0
  if (m.kind[body] !== NESTED)
    return fail('json-shape', 'the message within is not an object', m.valueFrom[body] as number)
  if (scanMembers(b, m.valueFrom[body] as number, m.valueTo[body] as number, inner) < 0) return -1
  const at = timeOf(b, m, received)
  if (at < 0) return -1
  // What was only made up to try something out is stored, and never alarmed upon.
  const isSimulated = simulated >= 0 && m.kind[simulated] === BOOLEAN && m.value[simulated] === 1
  const quality = isSimulated ? MARK_HISTORICAL : 0
  return uplink >= 0 ? addUplink(b, at, quality, context, sink) : addLocation(b, at, quality, context, sink)
}

/** The network server's own time of reception stands inside; the outer one is that of the application server. */
function timeOf(b: Uint8Array, m: Members, outer: number): number {
  const row = only(b, inner, RECEIVED_AT)
  if (row < -1) return -1
  return row >= 0 ? envelopeTime(b, inner, row) : envelopeTime(b, m, outer)
}

function addUplink(b: Uint8Array, at: number, quality: number, context: MessageContext, sink: ReadingSink): number {
  const m = inner
  const decoded = only(b, m, DECODED)
  const normalized = only(b, m, NORMALIZED)
  const raw = only(b, m, RAW)
  const rx = only(b, m, RX_METADATA)
  if (decoded < -1 || normalized < -1 || raw < -1 || rx < -1) return -1
  const values = decoded >= 0 ? decoded : normalized
  if (values >= 0 && m.kind[values] === NESTED)
    addLeaves(b, m.valueFrom[values] as number, m.valueTo[values] as number, at, quality, context, sink)
  else addRaw(b, m, raw, at, context, sink)
  if (rx >= 0) addSignal(b, m.valueFrom[rx] as number, m.valueTo[rx] as number, at, quality, context, sink)
  return 0
}

function addLocation(b: Uint8Array, at: number, quality: number, context: MessageContext, sink: ReadingSink): number {
  const row = only(b, inner, LOCATION)
  if (row < -1) return -1
  if (row < 0 || inner.kind[row] !== NESTED) return fail('json-value', 'there is no location', -1)
  addLeaves(b, inner.valueFrom[row] as number, inner.valueTo[row] as number, at, quality, context, sink)
  return 0
}
