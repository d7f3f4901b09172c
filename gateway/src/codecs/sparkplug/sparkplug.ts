import type { Codec, CodecState, MessageContext, ReadingSink } from '../codec.ts'
import { fail, rejection } from '../fault.ts'
import { MAX_PAYLOAD_BYTES } from '../limits.ts'
import { takeBirth } from './birth.ts'
import { takeData } from './data.ts'
import { takeDeath } from './death.ts'
import { Edge, restoreEdge, saveEdge } from './edge.ts'
import { wake } from './wake.ts'
import { scanPayload } from './wire.ts'

/** What a topic says: `spBv1.0/{group}/{type}/{edge}[/{device}]`. Remembered with the topic. */
export interface SparkplugTopic {
  readonly type: string
  readonly edgeKey: string
  /** Empty for the node itself. */
  readonly device: string
  readonly state: CodecState
}

/** Commands and STATE are plain MQTT. */
const TELLS = /^[^/]+\/[^/]+\/(N(BIRTH|DEATH|DATA)\/[^/]+|D(BIRTH|DEATH|DATA)\/[^/]+\/[^/]+)$/

/** Sparkplug B 3.0, as a host application. docs/sources/sparkplug.md is the description. */
export function sparkplugCodec(): Codec {
  return {
    name: 'sparkplug',
    reads: (mqttTopic) => TELLS.test(mqttTopic),
    decode(payload, from, to, context, sink) {
      if (to - from > MAX_PAYLOAD_BYTES)
        return { reason: 'sparkplug-limit', detail: `the payload is longer than ${MAX_PAYLOAD_BYTES} bytes` }
      const topic = topicOf(context, sink)
      const done = topic === undefined ? -1 : decode(payload, from, to, topic, context, sink)
      return done < 0 ? rejection(from) : undefined
    },
    memory: {
      save: (edge) => saveEdge(edge as Edge),
      restore: restoreEdge,
      wake,
    },
  }
}

function topicOf(context: MessageContext, sink: ReadingSink): SparkplugTopic | undefined {
  const known = context.memo as SparkplugTopic | undefined
  if (known !== undefined) return known
  const [, group = '', type = '', name = '', device = ''] = context.mqttTopic.split('/')
  if (!TELLS.test(context.mqttTopic)) {
    fail('sparkplug-topic', 'the topic is not spBv1.0/{group}/{type}/{edge} or …/{device}', -1)
    return undefined
  }
  const edgeKey = `${group}/${name}`
  const state = sink.recall?.(edgeKey)
  if (state === undefined) {
    fail('sparkplug-state', 'there are too many edge nodes to remember', -1)
    return undefined
  }
  const topic = { type, edgeKey, device, state }
  context.memo = topic
  return topic
}

function decode(
  b: Uint8Array,
  from: number,
  to: number,
  topic: SparkplugTopic,
  context: MessageContext,
  sink: ReadingSink,
): number {
  if (scanPayload(b, from, to) < 0) return -1
  const { state, type } = topic
  if (!(state.value instanceof Edge)) {
    const [group = '', name = ''] = topic.edgeKey.split('/')
    state.value = new Edge(group, name)
  }
  const edge = state.value as Edge
  const now = context.receivedAt
  if (type === 'DDATA' || type === 'NDATA') return takeData(b, from, to, edge, topic, now, sink)
  if (type === 'NBIRTH' || type === 'DBIRTH') return takeBirth(b, from, to, edge, topic, now, sink)
  return takeDeath(b, from, to, edge, topic, now, sink)
}
