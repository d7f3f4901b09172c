import {
  type Connection,
  ListOffsetTimestamps,
  listOffsetsV7,
  offsetCommitV8,
  offsetFetchV8,
} from '@platformatic/kafka'
import type { PartitionRange, Position } from '../port.ts'
import type { Client } from './client.ts'
import { fromCode, isStale } from './errors.ts'

/** Oldest and next offset of partitions, as their leaders say. Nothing is retried here. */
export async function rangesOf(
  client: Client,
  topic: string,
  partitions: readonly number[],
): Promise<PartitionRange[]> {
  const [earliest, next] = await Promise.all([
    listed(client, topic, partitions, ListOffsetTimestamps.EARLIEST),
    listed(client, topic, partitions, ListOffsetTimestamps.LATEST),
  ])
  return partitions.map((partition) => ({
    partition,
    earliest: earliest.get(partition) as number,
    next: next.get(partition) as number,
  }))
}

async function listed(client: Client, topic: string, partitions: readonly number[], timestamp: bigint) {
  const found = new Map<number, number>()
  try {
    const asked = [...(await byLeader(client, topic, partitions))].map(async ([leader, own]) => {
      const wanted = own.map((partitionIndex) => ({ partitionIndex, currentLeaderEpoch: -1, timestamp }))
      const answer = await listOffsetsV7.api.async(await client.node(leader), -1, 0, [
        { name: topic, partitions: wanted },
      ])
      for (const p of answer.topics[0]?.partitions ?? []) found.set(p.partitionIndex, Number(p.offset))
    })
    await Promise.all(asked)
    if (partitions.some((p) => !found.has(p))) throw fromCode(13)
  } catch (error) {
    if (isStale(error)) client.forget()
    throw error
  }
  return found
}

/** The partitions under the node that leads them. */
export async function byLeader(
  client: Client,
  topic: string,
  partitions: readonly number[],
): Promise<Map<number, number[]>> {
  await client.metadata([topic])
  const groups = new Map<number, number[]>()
  for (const partition of partitions) {
    const leader = client.knownLeader(topic, partition)
    if (leader === undefined) {
      client.forget()
      throw fromCode(5)
    }
    groups.set(leader, [...(groups.get(leader) ?? []), partition])
  }
  return groups
}

/** What a group has committed; partitions without a commit are absent. */
export function committedOf(
  client: Client,
  group: string,
  topic: string,
  partitions: readonly number[],
): Promise<Position> {
  return client.atCoordinator(group, async (connection) => {
    const wanted = [
      { groupId: group, memberId: null, memberEpoch: -1, topics: [{ name: topic, partitionIndexes: [...partitions] }] },
    ]
    const { groups } = await offsetFetchV8.api.async(connection, wanted, true)
    const found = groups[0]?.topics[0]?.partitions ?? []
    const bad = groups[0]?.errorCode || found.find((p) => p.errorCode !== 0)?.errorCode
    if (bad) throw fromCode(bad)
    const kept = found.filter((p) => p.committedOffset >= 0n)
    return Object.fromEntries(kept.map((p) => [p.partitionIndex, Number(p.committedOffset)]))
  })
}

/** Who commits: a member of the group in one of its generations, or nobody in particular. */
export interface Committer {
  readonly memberId: string
  readonly generation: number
}

export const NOBODY: Committer = { memberId: '', generation: -1 }

export function commitTo(
  client: Client,
  group: string,
  topic: string,
  position: Position,
  by: Committer,
): Promise<void> {
  const partitions = Object.entries(position).map(([partition, offset]) => ({
    partitionIndex: Number(partition),
    committedOffset: BigInt(offset),
    committedLeaderEpoch: -1,
    committedMetadata: null,
  }))
  if (partitions.length === 0) return Promise.resolve()
  return client.atCoordinator(group, async (connection: Connection) => {
    const { topics } = await offsetCommitV8.api.async(connection, group, by.generation, by.memberId, null, [
      { name: topic, partitions },
    ])
    const bad = topics[0]?.partitions.find((p) => p.errorCode !== 0)
    if (bad) throw fromCode(bad.errorCode)
  })
}
