import { copyOf } from '../../privacy/copy.ts'
import { cleanName } from '../../privacy/scrub.ts'
import { utf8 } from '../bytes.ts'
import { tellRemoved } from '../camera.ts'
import type { Codec, MessageContext, ReadingSink } from '../codec.ts'
import { counterMemory } from '../counter.ts'
import { fail, rejection } from '../fault.ts'
import { pick } from '../json/pick.ts'
import { MAX_PAYLOAD_BYTES } from '../limits.ts'
import { timeOfBytes, timeOfText } from '../time.ts'
import { eventCopy } from './copy.ts'
import { message } from './fields.ts'
import { decodeMetadata } from './metadata.ts'
import { isKnown, type Rule, ruleOf } from './rules.ts'

/**
 * ONVIF Profile M over MQTT: events (`onvif-ej`) and metadata (`onvif-mj`) in JSON. docs/sources/onvif.md tells what is
 * kept of them.
 */
export function onvifCodec(): Codec {
  return {
    name: 'onvif',
    personal: true,
    memory: counterMemory,
    decode(payload, from, to, context, sink) {
      if (to - from > MAX_PAYLOAD_BYTES)
        return { reason: 'json-limit', detail: `the payload is longer than ${MAX_PAYLOAD_BYTES} bytes` }
      // Of a property that is gone: nothing to say about it any more.
      if (from === to) return undefined
      return decode(payload, from, to, context, sink) < 0 ? rejection(from) : undefined
    },
    // Of metadata, and of events that we do not know, nobody can say what they hold.
    copy(payload, from, to, context) {
      context.memo ??= understand(context)
      const { isOpen } = context.memo as OnvifTopic
      return isOpen ? copyOf(eventCopy, payload, from, to) : undefined
    },
  }
}

/** What the MQTT topic says: `{camera}/onvif-ej/{local topic}/&{source tokens}`, worked out once and remembered. */
interface OnvifTopic {
  readonly camera: string
  /** Of events. */
  readonly rule: Rule | undefined
  /** Of events that are known, also to those who get copies of them. */
  readonly isOpen: boolean
  /** Of metadata: the last level, such as "Temperature". */
  readonly metadata: string | undefined
}

function decode(b: Uint8Array, from: number, to: number, context: MessageContext, sink: ReadingSink): number {
  context.memo ??= understand(context)
  const { camera, rule, metadata } = context.memo as OnvifTopic
  if (camera === '') return fail('onvif-topic', 'the topic names no camera', -1)
  if (metadata !== undefined) return decodeMetadata(b, from, to, camera, metadata, sink)
  const { shape, picked: p, at } = message
  if (pick(b, from, to, shape, p) < 0) return -1
  if (rule === undefined) {
    // Never a guess: of what we do not know nothing is kept.
    p.remove('other')
    tellRemoved(sink, camera, p)
    return 0
  }
  const measuredAt = timeAt(b)
  if (p.has(at.at) && Number.isNaN(measuredAt)) return fail('onvif-time', 'UtcTime is no time', -1)
  if (rule({ camera, measuredAt, sink }) < 0) return -1
  tellRemoved(sink, camera, p)
  return 0
}

function timeAt(b: Uint8Array): number {
  const { picked: p, at } = message
  if (!p.isText(at.at)) return Number.NaN
  const [from, to] = [p.from[at.at] as number, p.to[at.at] as number]
  const time = timeOfBytes(b, from, to)
  // UTC as the name says, also where no zone is written.
  return Number.isNaN(time) ? timeOfText(`${utf8(b, from, to).slice(0, 40)}Z`) : time
}

const STREAMS = [Buffer.from('/onvif-ej/'), Buffer.from('/onvif-mj/')] as const

function understand({ topicBytes, deviceFrom, deviceTo }: MessageContext): OnvifTopic {
  const topic = Buffer.from(topicBytes.buffer, topicBytes.byteOffset, topicBytes.length)
  for (const [stream, mark] of STREAMS.entries()) {
    const end = topic.indexOf(mark, Math.max(0, deviceTo - 1))
    if (end < 0) continue
    // Where the route names no device it is the level before.
    const start = deviceTo > deviceFrom ? deviceFrom : topic.lastIndexOf('/', end - 1) + 1
    const camera = cleanName(utf8(topic, start, end))
    const rest = utf8(topic, end + mark.length, topic.length)
    if (stream === 1) return { camera, rule: undefined, isOpen: false, metadata: rest.slice(rest.lastIndexOf('/') + 1) }
    const source = rest.indexOf('/&')
    const local = source < 0 ? rest : rest.slice(0, source)
    return { camera, rule: ruleOf(local), isOpen: isKnown(local), metadata: undefined }
  }
  return { camera: '', rule: undefined, isOpen: false, metadata: undefined }
}
