import type { EventAttributes } from '@quartier/contracts'
import type { Codec, MessageContext } from './codec.ts'
import { contextOf, RecordingSink } from './recording-sink.ts'

/** A message of a camera and what must come of it. */
export interface CameraVector {
  readonly name: string
  /** The first level, or those before `/onvif-`, name the camera. */
  readonly topic: string
  readonly payload: string
  readonly readings?: readonly [device: string, property: string, measuredAt: number | null, value: number, q: number][]
  readonly events?: readonly [device: string, kind: string, measuredAt: number | null, attributes: EventAttributes][]
  /** What was handed in for tokens. */
  readonly plates?: readonly string[]
  readonly removed?: Readonly<Record<string, number>>
  readonly rejection?: string
}

/** A topic as a route gives it whose first level is the device. */
export function topicOf(topic: string): MessageContext {
  const slash = topic.indexOf('/')
  return contextOf(topic.slice(0, slash), topic.slice(slash + 1))
}

/** What a codec makes of a payload, in the form of a vector. */
export function decodeVector(
  codec: Codec,
  topic: string,
  payload: Uint8Array,
  sink: RecordingSink = new RecordingSink(),
): Omit<CameraVector, 'name' | 'topic' | 'payload'> {
  // The payload stands in the middle of a larger buffer, as it does in a socket's.
  const buffer = Buffer.concat([Buffer.from('9"{'), payload, Buffer.from('}9,"')])
  const rejection = codec.decode(buffer, 3, 3 + payload.length, topicOf(topic), sink)
  const time = (t: number) => (Number.isNaN(t) ? null : t)
  const removed: Record<string, number> = {}
  for (const { kind, count } of sink.removed) removed[kind] = (removed[kind] ?? 0) + count
  return {
    readings: sink.readings.map((r) => [r.device, r.property, time(r.measuredAt), r.value, r.quality]),
    events: sink.events.map((e) => [e.device, e.kind, time(e.measuredAt), e.attributes ?? {}]),
    plates: sink.plates,
    removed,
    ...(rejection && { rejection: rejection.reason }),
  }
}

/** A vector with what it leaves out. */
export const expected = ({ readings = [], events = [], plates = [], removed = {}, rejection }: CameraVector) => ({
  readings,
  events,
  plates,
  removed,
  ...(rejection && { rejection }),
})
