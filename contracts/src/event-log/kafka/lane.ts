import type { MessageRecord } from '@platformatic/kafka'
import type { QuartierError } from '../../errors.ts'

/** Records of one call for one partition; they share one batch, so that all of them are kept or none. */
export interface Chunk {
  readonly messages: readonly MessageRecord[]
  readonly bytes: number
  /** When the caller is told that it took too long, by `performance.now()`. */
  readonly until: number
  done(baseOffset: number): void
  fail(error: QuartierError): void
}

/** What brokers recognise repeated batches by. */
export interface Identity {
  readonly producerId: bigint
  readonly producerEpoch: number
}

/** Keeps its identity and sequence over all attempts: a broker that has it already answers with its offset. */
export interface Batch {
  readonly chunks: readonly Chunk[]
  readonly messages: readonly MessageRecord[]
  readonly identity: Identity
  readonly sequence: number
  attempts: number
  notBefore: number
  error?: unknown
}

const BATCH_BYTES = 1_048_576
const OVERHEAD = 80

/** What waits for one partition, and the one batch that is on its way. */
export class Lane {
  readonly topic: string
  readonly partition: number
  inFlight = false
  batch: Batch | undefined
  readonly #waiting: Chunk[] = []
  #identity: Identity | undefined
  #next = 0

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  get identity(): Identity | undefined {
    return this.#identity
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0
  }

  push(chunk: Chunk): void {
    this.#waiting.push(chunk)
  }

  /** Makes the next batch of what waits, unless one is on its way. Under a new identity the sequence begins at 0. */
  form(identity: Identity): Batch | undefined {
    if (this.batch || !this.isWaiting) return this.batch
    const chunks: Chunk[] = []
    for (let bytes = 0; this.#waiting[0] && (bytes === 0 || bytes + this.#waiting[0].bytes <= BATCH_BYTES); ) {
      const chunk = this.#waiting.shift() as Chunk
      bytes += chunk.bytes
      chunks.push(chunk)
    }
    if (this.#identity !== identity) this.#next = 0
    this.#identity = identity
    const messages = chunks.flatMap((chunk) => chunk.messages)
    this.batch = { chunks, messages, identity, sequence: this.#next, attempts: 0, notBefore: 0 }
    return this.batch
  }

  /** The batch is kept, from this offset on. */
  done(baseOffset: number): void {
    const batch = this.batch as Batch
    this.batch = undefined
    if (this.#identity === batch.identity) this.#next = (batch.sequence + batch.messages.length) % 2 ** 31
    let offset = baseOffset
    for (const chunk of batch.chunks) {
      chunk.done(offset)
      offset += chunk.messages.length
    }
  }

  /** Nothing of the batch was kept, so that its sequence numbers are free. */
  refuse(error: QuartierError): void {
    const { chunks } = this.batch as Batch
    this.batch = undefined
    for (const chunk of chunks) chunk.fail(error)
  }

  /** Sends the same records again, under whatever identity comes next. */
  startOver(): void {
    this.#waiting.unshift(...(this.batch?.chunks ?? []))
    this.batch = undefined
    this.#identity = undefined
  }

  /** Takes out what has waited for too long; says whether some of it may have been kept, which leaves a gap. */
  expire(now: number): { chunks: readonly Chunk[]; error: unknown; leavesGap: boolean } {
    const { batch } = this
    const overdue = batch?.chunks.every((chunk) => chunk.until <= now) ?? false
    const leavesGap = overdue && (batch as Batch).attempts > 0
    const chunks = overdue ? [...(batch as Batch).chunks] : []
    if (overdue) this.batch = undefined
    if (leavesGap) this.#identity = undefined
    while (!this.batch && this.#waiting[0] && this.#waiting[0].until <= now) chunks.push(this.#waiting.shift() as Chunk)
    return { chunks, error: batch?.error, leavesGap }
  }

  /** Takes out everything that is not on its way. */
  empty(): readonly Chunk[] {
    const chunks = [...(this.batch?.chunks ?? []), ...this.#waiting.splice(0)]
    this.batch = undefined
    return chunks
  }
}

/** Bytes of a message in a batch, at most. */
export function sizeOf({ key, value, headers }: MessageRecord): number {
  let bytes = OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0)
  if (headers instanceof Map) for (const [name, text] of headers) bytes += 4 + name.length + text.length
  return bytes
}
