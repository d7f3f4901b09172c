import { smallCountMark } from '@quartier/contracts/privacy'
import { z } from 'zod'
import { copyOf } from '../../privacy/copy.ts'
import { latin1 } from '../bytes.ts'
import type { Codec, MessageContext, ReadingSink } from '../codec.ts'
import { fail, rejection } from '../fault.ts'
import { NUMBER, scanNumber } from '../json/number.ts'
import { truthOf } from '../json/picked.ts'
import { MAX_PAYLOAD_BYTES } from '../limits.ts'
import { copyFor } from './copy.ts'
import { decodeObject, decodeReview, decodeUpdate } from './objects.ts'
import { decodeStats } from './stats.ts'
import { type FrigateTopic, topicOf } from './topics.ts'

const optionsSchema = z.strictObject({
  prefixLevels: z.number().int().min(1).max(8).default(1).describe("levels of Frigate's topic_prefix"),
  speedUnit: z.enum(['kmh', 'mph']).default('kmh').describe('unit of the speeds that Frigate estimates'),
})
type Options = z.output<typeof optionsSchema>

/**
 * Frigate: tracked objects, counts, plates and health of its cameras. docs/sources/frigate.md tells what is kept of them.
 * @throws ZodError when the options are others
 */
export function frigateCodec(options: unknown = {}): Codec {
  const o = optionsSchema.parse(options)
  return {
    name: 'frigate',
    personal: true,
    decode(payload, from, to, context, sink) {
      if (to - from > MAX_PAYLOAD_BYTES)
        return { reason: 'json-limit', detail: `the payload is longer than ${MAX_PAYLOAD_BYTES} bytes` }
      // Nothing says nothing: how retained messages are removed.
      if (from === to) return undefined
      return decode(payload, from, to, context, sink, o) < 0 ? rejection(from) : undefined
    },
    copy(payload, from, to, context) {
      const topic = topicOf(context, o.prefixLevels)
      // ON and OFF stand alone, which is no JSON; they were found good.
      if (topic.is === 'switch') return payload.subarray(from, to)
      const kept = copyFor(topic)
      return kept && copyOf(kept, payload, from, to)
    },
  }
}

function decode(
  b: Uint8Array,
  from: number,
  to: number,
  context: MessageContext,
  sink: ReadingSink,
  o: Options,
): number {
  const topic = topicOf(context, o.prefixLevels)
  switch (topic.is) {
    case 'events':
      return decodeObject(b, from, to, sink, o.speedUnit)
    case 'updates':
      return decodeUpdate(b, from, to, sink)
    case 'reviews':
      return decodeReview(b, from, to, sink)
    case 'stats':
      return decodeStats(b, from, to, sink)
    case 'available':
      return decodeAvailable(b, from, to, sink)
    case 'ignored':
      return 0
    case 'image':
      sink.privacy?.removed(topic.device, 'image', 1)
      return 0
    case 'words':
      sink.privacy?.removed(topic.device, 'text', 1)
      return 0
    case 'unknown':
      sink.privacy?.removed(topic.device, 'other', 1)
      return 0
    default:
      return decodeScalar(b, from, to, sink, topic)
  }
}

const values = new Float64Array(1)
const kinds = new Uint8Array(1)

function decodeScalar(
  b: Uint8Array,
  from: number,
  to: number,
  sink: ReadingSink,
  topic: Extract<FrigateTopic, { property: string }>,
): number {
  let value = truthOf(b, from, to)
  if (topic.is !== 'switch') {
    const end = scanNumber(b, from, to, values, kinds, 0)
    value = end === to && kinds[0] === NUMBER ? (values[0] as number) : Number.NaN
  }
  if (Number.isNaN(value) || (topic.is === 'count' && !(Number.isInteger(value) && value >= 0)))
    return fail('frigate-value', `the value is no ${topic.is === 'switch' ? 'ON or OFF' : topic.is}`, from)
  const series = sink.seriesByName(topic.device, topic.property)
  if (series >= 0) sink.add(series, Number.NaN, value, topic.is === 'count' ? smallCountMark(value) : 0)
  return 0
}

function decodeAvailable(b: Uint8Array, from: number, to: number, sink: ReadingSink): number {
  const word = to - from > 8 ? '' : latin1(b, from, to)
  if (word !== 'online' && word !== 'offline' && word !== 'stopped')
    return fail('frigate-value', 'the value is neither online nor offline', from)
  const series = sink.seriesByName('frigate', 'available')
  if (series >= 0) sink.add(series, Number.NaN, word === 'online' ? 1 : 0, 0)
  sink.event({
    device: 'frigate',
    kind: word === 'online' ? 'device-online' : 'device-offline',
    measuredAt: Number.NaN,
  })
  return 0
}
