import { ConfigResourceTypes, createTopicsV7, describeConfigsV4 } from '@platformatic/kafka'
import { QuartierError } from '../../errors.ts'
import type { TopicDeclaration } from '../../topics.ts'
import type { Client } from './client.ts'
import { fromCode, saysSo } from './errors.ts'
import { insist, type Patience } from './patience.ts'

export interface TopicSettings {
  readonly topics: readonly TopicDeclaration[]
  /** Put before the name of every topic and group. */
  readonly prefix: string
  /** Copies of every record; `undefined`: three, or as many as there are brokers, and not compared with what exists. */
  readonly replication: number | undefined
  /** Whether topics that are missing are made. */
  readonly create: boolean
  readonly maxRecordBytes: number
}

const SEGMENT_MS = 7 * 86_400_000
const ROOM = 16_384 // what a record's key and headers and its batch may add to the value

/**
 * Makes the topics that are missing and compares the others with their declarations; changes none.
 * @throws QuartierError LOG_TOPIC_DIFFERS (says what differs), LOG_TOPIC_UNKNOWN (missing and not to be made)
 */
export async function ensureTopics(client: Client, settings: TopicSettings, patience: Patience): Promise<void> {
  const names = settings.topics.map((t) => settings.prefix + t.name)
  const missing = await insist('look at the topics', patience, () => missingOf(client, names))
  if (missing.length > 0 && !settings.create)
    throw new QuartierError('LOG_TOPIC_UNKNOWN', `open the log: the brokers have no ${missing.join(', ')}`)
  const absent = settings.topics.filter((t) => missing.includes(settings.prefix + t.name))
  if (absent.length > 0) await insist('make the topics', patience, () => create(client, settings, absent))
  await insist('wait for the leaders of the topics', patience, () => awaitLeaders(client, names))
  const differences = await insist('compare the topics', patience, () => compare(client, settings))
  if (differences.length > 0)
    throw new QuartierError('LOG_TOPIC_DIFFERS', `open the log: ${differences.join('; ')}. Change one or the other`)
}

/** The settings that a declaration stands for; retention by size is shared out over the partitions. */
export function configOf(t: TopicDeclaration, replication: number, maxRecordBytes: number): Record<string, string> {
  const share = t.retentionBytes === undefined ? -1 : Math.floor(t.retentionBytes / t.partitions)
  const kept = { 'retention.ms': String(t.retentionMs ?? -1), 'retention.bytes': String(share) }
  return {
    'cleanup.policy': t.cleanup,
    ...(t.cleanup === 'delete' ? kept : {}),
    'max.message.bytes': String(maxRecordBytes + ROOM),
    'min.insync.replicas': String(Math.min(2, replication)),
    'message.timestamp.type': 'CreateTime',
  }
}

/** Given to topics that we make, and not compared: an operator may tune them. */
function tuningOf(t: TopicDeclaration, replication: number): Record<string, string> {
  const share = (t.retentionBytes ?? 8e9) / t.partitions
  const whole = t.cleanup === 'compact' ? 64 * 2 ** 20 : Math.min(256 * 2 ** 20, Math.max(16 * 2 ** 20, share / 8))
  return {
    'segment.bytes': String(Math.floor(whole)),
    'segment.ms': String(Math.floor(Math.min(SEGMENT_MS, (t.retentionMs ?? SEGMENT_MS) / 8))),
    // With one copy only the disk can keep a promise; with several, two brokers have a record before it is acknowledged.
    ...(replication === 1 ? { 'flush.messages': '1' } : {}),
    // a platform clock that runs faster than the brokers' is ahead of them
    'message.timestamp.after.max.ms': '9223372036854775807',
  }
}

async function missingOf(client: Client, names: readonly string[]): Promise<string[]> {
  const missing: string[] = []
  for (const name of names) {
    try {
      await client.metadata([name], true)
    } catch (error) {
      // the client tells a topic that is not there only by this message
      if (!(error instanceof Error && error.message.startsWith('Unknown topic'))) throw error
      missing.push(name)
    }
  }
  return missing
}

async function create(client: Client, settings: TopicSettings, absent: readonly TopicDeclaration[]): Promise<void> {
  const { brokers } = await client.metadata([], true)
  const replication = settings.replication ?? Math.min(3, brokers.size)
  const wanted = absent.map((t) => ({
    name: settings.prefix + t.name,
    numPartitions: t.partitions,
    replicationFactor: replication,
    assignments: [],
    configs: Object.entries({ ...configOf(t, replication, settings.maxRecordBytes), ...tuningOf(t, replication) }).map(
      ([name, value]) => ({ name, value }),
    ),
  }))
  try {
    await createTopicsV7.api.async(await client.anyNode(), wanted, 10_000, false)
  } catch (error) {
    if (!saysSo(error, 'TOPIC_ALREADY_EXISTS')) throw error // somebody else was faster: theirs are compared next
  }
}

async function awaitLeaders(client: Client, names: readonly string[]): Promise<void> {
  let found: Awaited<ReturnType<Client['metadata']>>
  try {
    found = await client.metadata(names, true)
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('Unknown topic')) throw fromCode(5)
    throw error
  }
  for (const name of names) if (found.topics.get(name)?.partitions.some((p) => p.leader < 0)) throw fromCode(5)
}

async function compare(client: Client, settings: TopicSettings): Promise<string[]> {
  const names = settings.topics.map((t) => settings.prefix + t.name)
  const { topics } = await client.metadata(names)
  const resources = names.map((resourceName) => ({ resourceType: ConfigResourceTypes.TOPIC, resourceName }))
  const { results } = await describeConfigsV4.api.async(await client.anyNode(), resources, false, false)
  return settings.topics.flatMap((declared) => {
    const name = settings.prefix + declared.name
    const partitions = topics.get(name)?.partitions ?? []
    const copies = partitions[0]?.replicas.length ?? 0
    const found = results.find((r) => r.resourceName === name)
    return [
      ...differs(name, 'partitions', partitions.length, declared.partitions),
      ...differs(name, 'replication', copies, settings.replication ?? copies),
      ...Object.entries(configOf(declared, copies, settings.maxRecordBytes)).flatMap(([key, value]) =>
        differs(name, key, settingOf(found, key), value),
      ),
    ]
  })
}

type Described = describeConfigsV4.DescribeConfigsResponseResult

const settingOf = (result: Described | undefined, key: string): string =>
  result?.configs.find((c) => c.name === key)?.value ?? 'unknown'

const differs = (name: string, what: string, found: string | number, declared: string | number): string[] =>
  found === declared ? [] : [`${what} of ${name} is ${found}, declared is ${declared}`]
