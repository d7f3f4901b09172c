import type { LogRecord, Offset } from '../port.ts'
import type { Client } from './client.ts'
import { fromCode, isStale } from './errors.ts'
import { fetchFrom } from './fetch.ts'
import { positionAhead } from './intake.ts'
import { rangesOf } from './offsets.ts'
import { insist, type Patience } from './patience.ts'
import { addRecords } from './record-batches.ts'

export interface Stretch {
  readonly client: Client
  readonly topic: string
  readonly patience: Patience
}

const PAGE_BYTES = 4 * 2 ** 20

/** Up to `limit` records of one partition that are there now. */
export async function readStretch(
  stretch: Stretch,
  { partition, offset }: Offset,
  limit: number,
): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  await pages(stretch, { partition, from: offset }, (page) => {
    for (const record of page) if (records.length < limit) records.push(record)
    return records.length < limit
  })
  return records
}

/** Hands over every record of a partition in [from, to), page by page. */
export function scan(
  stretch: Stretch,
  range: { readonly partition: number; readonly from: number; readonly to: number },
  take: (record: LogRecord) => void,
): Promise<void> {
  return pages(stretch, range, (page) => {
    for (const record of page) if (record.offset < range.to) take(record)
    return true
  })
}

/** Reads on until `take` returns false, or `to` or the end as it is now has come. */
async function pages(
  { client, topic, patience }: Stretch,
  { partition, from, to }: { readonly partition: number; readonly from: number; readonly to?: number },
  take: (page: readonly LogRecord[]) => boolean,
): Promise<void> {
  const [range] = await insist(`read ${topic}`, patience, () => rangesOf(client, topic, [partition]))
  const { earliest, next } = range as { earliest: number; next: number }
  if (from > next) throw positionAhead(topic, partition, from, next)
  const end = Math.min(to ?? next, next)
  let at = Math.max(earliest, from)
  while (at < end) {
    const page: LogRecord[] = []
    at = await insist(`read ${topic}`, patience, () => fetchPage(client, topic, partition, at, page))
    if (!take(page)) return
  }
}

async function fetchPage(
  client: Client,
  topic: string,
  partition: number,
  from: number,
  into: LogRecord[],
): Promise<number> {
  try {
    into.length = 0
    const topicId = (await client.metadata([topic])).topics.get(topic)?.id as string
    const leader = client.knownLeader(topic, partition)
    if (leader === undefined) throw fromCode(5)
    const limits = { waitMs: 500, maxBytes: PAGE_BYTES, partitionBytes: PAGE_BYTES }
    const wanted = [{ partition, offset: from }]
    const [part] = await fetchFrom(await client.node(leader), topicId, wanted, limits)
    if (part?.errorCode !== 0) throw fromCode(part?.errorCode ?? 13)
    return addRecords(part.bytes, partition, from, into)
  } catch (error) {
    if (isStale(error)) client.forget()
    throw error
  }
}
