import { isUtf8 } from 'node:buffer'
import {
  DATA_CLASSES,
  type DataClass,
  type EventKind,
  isEventKind,
  MAX_ATTRIBUTES,
  SEVERITIES,
  type Severity,
} from '@quartier/contracts'
import { cleanName } from '../../privacy/scrub.ts'
import { utf8 } from '../bytes.ts'
import type { Codec, MessageContext, ReadingSink, Rejection } from '../codec.ts'
import { MAX_NAME_BYTES, MAX_PAYLOAD_BYTES, MAX_RECORDS } from '../limits.ts'
import { timeOfNumber, timeOfText } from '../time.ts'
import { cleanAttributes, dataClassOf } from './attributes.ts'

/**
 * Our plain JSON for events: `{"kind":"door-forced","ts":…,"id":…,"attributes":{…}}`, or an array of such.
 * docs/formats/events-json.md says what each member means.
 */
export function eventCodec(): Codec {
  return {
    name: 'event',
    personal: true,
    decode(payload, from, to, context, sink) {
      if (to - from > MAX_PAYLOAD_BYTES)
        return { reason: 'json-limit', detail: `the payload is longer than ${MAX_PAYLOAD_BYTES} bytes` }
      // Nothing says nothing: how retained messages are removed.
      if (from === to) return undefined
      if (!isUtf8(payload.subarray(from, to))) return { reason: 'json-utf8', detail: 'the payload is not UTF-8' }
      let said: unknown
      try {
        said = JSON.parse(utf8(payload, from, to))
      } catch {
        return { reason: 'json-syntax', detail: 'the payload is not JSON' }
      }
      return Array.isArray(said) ? takeAll(said, context, sink) : takeOne(said, deviceOf(context), sink)
    },
  }
}

function takeAll(list: readonly unknown[], context: MessageContext, sink: ReadingSink): Rejection | undefined {
  if (list.length > MAX_RECORDS)
    return { reason: 'json-limit', detail: `the array holds more than ${MAX_RECORDS} events` }
  const device = deviceOf(context)
  for (const item of list) {
    const wrong = takeOne(item, device, sink)
    if (wrong) sink.reject(wrong.reason, wrong.detail, 'event')
  }
  return undefined
}

/** The device of the topic, '' when it names none. */
const deviceOf = ({ topicBytes, deviceFrom, deviceTo }: MessageContext): string =>
  deviceFrom === deviceTo ? '' : utf8(topicBytes, deviceFrom, deviceTo)

function takeOne(said: unknown, ofTopic: string, sink: ReadingSink): Rejection | undefined {
  if (typeof said !== 'object' || said === null || Array.isArray(said))
    return { reason: 'event-shape', detail: 'an event is not a JSON object' }
  const { kind, ts, time = ts, id, device = ofTopic, severity, asset, dataClass, attributes } = said as Said
  if (typeof kind !== 'string' || kind === '') return { reason: 'event-kind', detail: 'an event names no kind' }
  if (!isNameOf(device) || (asset !== undefined && !isNameOf(asset)))
    return { reason: 'event-name', detail: 'an event names no device, or one that cannot be used' }
  const measuredAt = timeOf(time)
  if (measuredAt === undefined) return { reason: 'json-time', detail: 'the time of an event is none' }
  if (id !== undefined && typeof id !== 'string' && typeof id !== 'number')
    return { reason: 'event-id', detail: 'the id of an event is neither text nor a number' }
  if (severity !== undefined && !SEVERITIES.includes(severity as Severity))
    return { reason: 'event-severity', detail: `the severity of an event is none of ${SEVERITIES.join(', ')}` }
  if (dataClass !== undefined && !DATA_CLASSES.includes(dataClass as DataClass))
    return { reason: 'event-class', detail: `the data class of an event is none of ${DATA_CLASSES.join(', ')}` }
  if (attributes !== undefined && (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes)))
    return { reason: 'event-attribute', detail: 'the attributes of an event are not an object' }
  const clean = cleanAttributes(attributes as Record<string, unknown> | undefined, device, measuredAt, sink)
  if (clean === undefined)
    return {
      reason: 'event-attribute',
      detail: `an event has over ${MAX_ATTRIBUTES} attributes, or one that is neither text, number nor boolean`,
    }
  const isKnown = isEventKind(kind)
  if (!isKnown) clean.vendorKind ??= cleanName(kind.replaceAll(/[:/]/g, '.'))
  sink.event({
    device,
    kind: isKnown ? (kind as EventKind) : 'vendor',
    measuredAt,
    id: id === undefined ? undefined : String(id),
    severity: severity as Severity | undefined,
    asset,
    dataClass: dataClassOf(dataClass as DataClass | undefined, clean),
    attributes: clean,
  })
  return undefined
}

interface Said {
  readonly kind?: unknown
  readonly ts?: unknown
  readonly time?: unknown
  readonly id?: unknown
  readonly device?: unknown
  readonly severity?: unknown
  readonly asset?: unknown
  readonly dataClass?: unknown
  readonly attributes?: unknown
}

const isNameOf = (name: unknown): name is string =>
  typeof name === 'string' && name !== '' && name.length <= MAX_NAME_BYTES

/** Epoch ms, NaN when nothing is said, `undefined` when it is no time. */
function timeOf(said: unknown): number | undefined {
  if (said === undefined || said === null) return Number.NaN
  const at =
    typeof said === 'number' ? timeOfNumber(said, 'ms') : typeof said === 'string' ? timeOfText(said) : Number.NaN
  return Number.isNaN(at) ? undefined : at
}
