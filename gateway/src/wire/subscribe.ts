import { isFilter, levelsOf } from '../topics/filter.ts'
import type { TopicLimits } from '../topics/resolve.ts'
import { isText, u16 } from './packets.ts'

export interface Requested {
  readonly filter: string
  /** Where its QoS byte stands; -1 in an UNSUBSCRIBE. */
  readonly qosAt: number
}

/**
 * The filters of a SUBSCRIBE (`withQos`) or UNSUBSCRIBE body, `b[from, to)`; `undefined` when it is malformed or a
 * filter is longer or deeper than it may be [MQTT-3.8.3-1 … -4, 3.10.3-1 …].
 */
export function parseFilters(
  b: Buffer,
  from: number,
  to: number,
  withQos: boolean,
  limits: TopicLimits,
): Requested[] | undefined {
  const found: Requested[] = []
  if (to - from < 2 || u16(b, from) === 0) return undefined
  let at = from + 2
  while (at < to) {
    if (at + 2 > to) return undefined
    const end = at + 2 + u16(b, at)
    if (end + (withQos ? 1 : 0) > to || end - at - 2 > limits.topicBytes || !isText(b, at + 2, end)) return undefined
    const filter = b.toString('utf8', at + 2, end)
    if (!isFilter(filter) || levelsOf(filter) > limits.topicLevels) return undefined
    if (withQos && (b[end] as number) > 2) return undefined
    found.push({ filter, qosAt: withQos ? end : -1 })
    at = end + (withQos ? 1 : 0)
  }
  return found.length === 0 ? undefined : found
}
