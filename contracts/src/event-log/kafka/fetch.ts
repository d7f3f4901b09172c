import { type Connection, createAPI, fetchV13, type Reader } from '@platformatic/kafka'
import { fromCode } from './errors.ts'

/** What is wanted of one partition of one topic. */
export interface Wanted {
  readonly partition: number
  readonly offset: number
}

export interface FetchLimits {
  /** How long the broker waits when there is nothing, ms. */
  readonly waitMs: number
  /** Bytes of all partitions together, and of each; the first batch of an answer comes whole however large it is. */
  readonly maxBytes: number
  readonly partitionBytes: number
}

export interface Fetched {
  readonly partition: number
  /** 0, or Kafka's code of what is wrong with this partition. */
  readonly errorCode: number
  /** Record batches as they lie in the log, the last one perhaps cut off. */
  readonly bytes: Buffer
}

/** One fetch from the leader of the partitions. Trouble with one of them is a value, so that the others get through. */
export async function fetchFrom(
  connection: Connection,
  topicId: string,
  wanted: readonly Wanted[],
  { waitMs, maxBytes, partitionBytes }: FetchLimits,
): Promise<readonly Fetched[]> {
  const partitions = wanted.map(({ partition, offset }) => ({
    partition,
    currentLeaderEpoch: -1,
    fetchOffset: BigInt(offset),
    lastFetchedEpoch: -1,
    partitionMaxBytes: partitionBytes,
  }))
  const answer = await request.async(connection, waitMs, 1, maxBytes, 0, 0, -1, [{ topicId, partitions }], [], '')
  if (answer.errorCode !== 0) throw fromCode(answer.errorCode)
  return answer.parts
}

interface Answer {
  readonly errorCode: number
  readonly parts: readonly Fetched[]
}

const FETCH = 1
const VERSION = 13
const NOTHING = Buffer.alloc(0)

/** The client's own request, with an answer that leaves the record batches alone: we read them in one piece. */
const request = createAPI<fetchV13.FetchRequest, Answer>(FETCH, VERSION, fetchV13.createRequest, answerOf)

function answerOf(_correlation: number, _key: number, _version: number, reader: Reader): Answer {
  reader.readInt32() // throttled for
  const errorCode = reader.readInt16()
  reader.readInt32() // session
  const topics = reader.readArray((r) => {
    r.readUUID()
    return r.readArray(partOf)
  })
  return { errorCode, parts: topics.flat() }
}

function partOf(r: Reader): Fetched {
  const partition = r.readInt32()
  const errorCode = r.readInt16()
  r.skip(24) // high watermark, last stable offset, start of the log
  r.readNullableArray((aborted) => aborted.skip(16))
  r.readInt32() // preferred replica
  const size = r.readUnsignedVarInt() - 1
  if (size <= 0) return { partition, errorCode, bytes: NOTHING }
  const bytes = r.buffer.slice(r.position, r.position + size)
  r.skip(size)
  return { partition, errorCode, bytes }
}
