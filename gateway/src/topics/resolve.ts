import { isCameraTopic } from '@quartier/contracts/privacy'
import type { Access } from '../access.ts'
import type { Tallies } from '../tally.ts'
import { isTopicName } from '../wire/connect.ts'
import { isText } from '../wire/packets.ts'
import { levelsOf } from './filter.ts'
import type { RouteMatch, Routes } from './routes.ts'
import { TopicEntry, type TopicKind } from './topic-entry.ts'

const SOURCE_CHARACTERS = 80

/** Bounds of topics and filters. */
export interface TopicLimits {
  readonly topicLevels: number
  readonly topicBytes: number
}

/** Works out once what a topic means for a principal; `undefined` when it is no valid topic to publish to. */
export function resolveTopic(
  access: Access,
  b: Buffer,
  from: number,
  to: number,
  deps: { readonly routes: Routes; readonly tallies: Tallies; readonly limits: TopicLimits },
): TopicEntry | undefined {
  if (to - from > deps.limits.topicBytes || !isText(b, from, to)) return undefined
  const topicBytes = Buffer.from(b.subarray(from, to))
  const topic = topicBytes.toString()
  if (!isTopicName(topic) || levelsOf(topic) > deps.limits.topicLevels) return undefined
  const route = deps.routes.match(topic)
  const levels = topic.split('/')
  const words = (span: readonly [number, number]) => levels.slice(span[0], span[1]).join('/')
  const named = route ? words(route.source) : ''
  const { principal } = access
  const source = access.anySource ? named || (route?.defaultSource ?? '') : principal.source
  const kind = kindOf(access, topic, route, route ? { source: named, device: words(route.device) } : undefined)
  const [deviceFrom, deviceTo] = bytesOf(levels, route?.device)
  const [propertyFrom, propertyTo] = bytesOf(levels, route?.property)
  return new TopicEntry({
    topicBytes,
    kind,
    source,
    codec: route?.codec,
    isPersonal: principal.personal || route?.codec.personal === true || isCameraTopic(topic),
    deviceFrom,
    deviceTo,
    propertyFrom,
    propertyTo,
    tallies: deps.tallies.of(source || principal.name),
  })
}

function kindOf(
  access: Access,
  topic: string,
  route: RouteMatch | undefined,
  named: { source: string; device: string } | undefined,
): TopicKind {
  if (!access.mayPublish(topic)) return 'denied'
  if (!route || !named) return isCameraTopic(topic) ? 'denied' : 'other'
  if (named.source.length > SOURCE_CHARACTERS) return 'denied'
  if (!access.anySource && named.source !== '' && named.source !== access.principal.source) return 'denied'
  return named.device === '' || access.maySpeakFor(named.device) ? 'telemetry' : 'denied'
}

/** Where levels `[span[0], span[1])` stand in the bytes of the topic. */
function bytesOf(levels: readonly string[], span: readonly [number, number] | undefined): [number, number] {
  if (!span || span[0] === span[1]) return [0, 0]
  const before = levels.slice(0, span[0]).join('/')
  const from = span[0] === 0 ? 0 : Buffer.byteLength(before) + 1
  return [from, from + Buffer.byteLength(levels.slice(span[0], span[1]).join('/'))]
}
