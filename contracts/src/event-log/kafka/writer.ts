import { initProducerIdV3, type MessageRecord, NumericMap, ProduceAcks, produceV9 } from '@platformatic/kafka'
import { QuartierError } from '../../errors.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { Client } from './client.ts'
import { closed, fromCode, isStale, mayPass, saysSo, translate } from './errors.ts'
import { pause } from './patience.ts'

export interface WriterSettings {
  readonly client: Client
  readonly logger: Logger
  /** How long a record may wait to be acknowledged, ms. */
  readonly patienceMs: number
  /** The largest batch that a topic takes, bytes. */
  readonly maxRecordBytes: number
  readonly compression: 'none' | 'zstd' | 'lz4' | 'gzip' | 'snappy'
}

/** Records of one call for one partition; they share one batch, so that all of them are kept or none. */
interface Chunk {
  readonly messages: readonly MessageRecord[]
  readonly bytes: number
  readonly until: number
  done(baseOffset: number): void
  fail(error: QuartierError): void
}

/** What Kafka recognises repeated batches by. */
interface Identity {
  readonly producerId: bigint
  readonly producerEpoch: number
}

/** A batch keeps its identity and sequence over all attempts: a broker that has it already answers with its offset. */
interface Batch {
  readonly chunks: readonly Chunk[]
  readonly messages: MessageRecord[]
  identity: Identity
  sequence: number
  attempts: number
  notBefore: number
  error?: unknown
}

interface Lane {
  readonly topic: string
  readonly partition: number
  readonly waiting: Chunk[]
  batch?: Batch
  inFlight: boolean
  identity?: Identity
  /** Sequence of the next record under `identity`. */
  next: number
}

const BATCH_BYTES = 1_048_576
const OVERHEAD = 80
const LOST_STATE = [
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'DUPLICATE_SEQUENCE_NUMBER',
]

/**
 * The idempotent producer: one batch at a time per partition and one request at a time per broker, which takes along
 * whatever has gathered for it meanwhile. A batch is repeated unchanged until it is acknowledged by all in-sync
 * replicas or its time is up, so that order holds and no attempt is stored twice.
 */
export class Writer {
  readonly #settings: WriterSettings
  readonly #lanes = new Map<string, Lane>()
  readonly #active = new Set<Lane>()
  readonly #busy = new Set<number>()
  readonly #held = new Map<string, number>()
  readonly #idle: (() => void)[] = []
  #identity?: Identity
  #preparing = false
  #failures = 0
  #lastError: unknown
  #scheduled = false
  #timer?: NodeJS.Timeout
  #closed = false

  constructor(settings: WriterSettings) {
    this.#settings = settings
  }

  /** Resolves with the offset of the first message. Messages of one call share topic and partition. */
  append(topic: string, partition: number, messages: readonly MessageRecord[]): Promise<number> {
    if (this.#closed) return Promise.reject(closed())
    const bytes = messages.reduce((sum, m) => sum + sizeOf(m), 0)
    if (bytes > this.#settings.maxRecordBytes) {
      const what = `append ${messages.length} records of ${bytes} bytes to ${topic}`
      return Promise.reject(
        new QuartierError('LOG_RECORD_TOO_LARGE', `${what}: at most ${this.#settings.maxRecordBytes}`),
      )
    }
    const lane = this.#lane(topic, partition)
    return new Promise((done, fail) => {
      lane.waiting.push({ messages, bytes, until: performance.now() + this.#settings.patienceMs, done, fail })
      this.#active.add(lane)
      this.#kick()
    })
  }

  /** Keeps what is appended to a topic from being sent until the returned function is called. */
  hold(topic: string): () => void {
    this.#held.set(topic, (this.#held.get(topic) ?? 0) + 1)
    let over = false
    return () => {
      if (over) return
      over = true
      this.#held.set(topic, (this.#held.get(topic) ?? 1) - 1)
      this.#kick()
    }
  }

  /** Refuses further appends and resolves when the pending ones have been answered. */
  async close(): Promise<void> {
    this.#closed = true
    this.#held.clear()
    this.#kick()
    if (this.#active.size > 0) await new Promise<void>((go) => this.#idle.push(go))
    clearTimeout(this.#timer)
  }

  #lane(topic: string, partition: number): Lane {
    const name = `${topic}:${partition}`
    let lane = this.#lanes.get(name)
    if (!lane) {
      lane = { topic, partition, waiting: [], inFlight: false, next: 0 }
      this.#lanes.set(name, lane)
    }
    return lane
  }

  #kick(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.#dispatch()
    })
  }

  #dispatch(): void {
    const now = performance.now()
    const byLeader = new Map<number, Lane[]>()
    let wakeAt = Number.POSITIVE_INFINITY
    let unprepared = false
    for (const lane of this.#active) {
      if (lane.inFlight || (this.#held.get(lane.topic) ?? 0) > 0) continue
      this.#expire(lane, now)
      const batch = this.#batchOf(lane)
      if (!batch) {
        if (lane.waiting.length === 0) this.#active.delete(lane)
        else unprepared = true
        continue
      }
      const leader = this.#settings.client.knownLeader(lane.topic, lane.partition)
      if (batch.notBefore > now) wakeAt = Math.min(wakeAt, batch.notBefore)
      else if (leader === undefined) unprepared = true
      else if (!this.#busy.has(leader)) byLeader.set(leader, [...(byLeader.get(leader) ?? []), lane])
    }
    for (const [leader, lanes] of byLeader) void this.#send(leader, lanes)
    if (unprepared) void this.#prepare()
    if (wakeAt < Number.POSITIVE_INFINITY) this.#wakeIn(wakeAt - now)
    if (this.#active.size === 0) for (const go of this.#idle.splice(0)) go()
  }

  #wakeIn(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#kick(), ms)
  }

  /** Gives up what has waited for too long. What may have been sent leaves a gap, so that we need a new identity. */
  #expire(lane: Lane, now: number): void {
    const { batch } = lane
    if (batch && batch.chunks.every((chunk) => chunk.until <= now)) {
      lane.batch = undefined
      if (batch.attempts > 0) this.#renounce(lane)
      this.#giveUp(lane, batch.chunks, batch.error)
    }
    while (!lane.batch && lane.waiting[0] && lane.waiting[0].until <= now)
      this.#giveUp(lane, [lane.waiting.shift() as Chunk], this.#lastError)
  }

  #giveUp(lane: Lane, chunks: readonly Chunk[], cause: unknown): void {
    const what = `append to ${lane.topic} partition ${lane.partition}: not acknowledged in ${this.#settings.patienceMs} ms`
    const why = cause === undefined ? '' : ` (${translate(cause, 'last').message})`
    for (const chunk of chunks) chunk.fail(new QuartierError('LOG_UNAVAILABLE', what + why, { cause, retriable: true }))
  }

  #renounce(lane: Lane): void {
    if (lane.identity === this.#identity) this.#identity = undefined
    lane.identity = undefined
  }

  #batchOf(lane: Lane): Batch | undefined {
    if (lane.batch || lane.waiting.length === 0 || !this.#identity) return lane.batch
    const chunks: Chunk[] = []
    let bytes = 0
    while (lane.waiting[0] && (bytes === 0 || bytes + lane.waiting[0].bytes <= BATCH_BYTES)) {
      const chunk = lane.waiting.shift() as Chunk
      bytes += chunk.bytes
      chunks.push(chunk)
    }
    if (lane.identity !== this.#identity) {
      lane.identity = this.#identity
      lane.next = 0
    }
    const messages = chunks.flatMap((chunk) => chunk.messages)
    lane.batch = { chunks, messages, identity: this.#identity, sequence: lane.next, attempts: 0, notBefore: 0 }
    return lane.batch
  }

  /** Learns our identity and the leaders, one attempt at a time. */
  async #prepare(): Promise<void> {
    if (this.#preparing) return
    this.#preparing = true
    const { client } = this.#settings
    try {
      const topics = [...new Set([...this.#active].map((lane) => lane.topic))]
      await client.metadata(topics, this.#failures > 0)
      this.#identity ??= await initProducerIdV3.api.async(await client.anyNode(), null, 60_000, -1n, -1)
      const unled = [...this.#active].some((lane) => client.knownLeader(lane.topic, lane.partition) === undefined)
      if (unled) throw fromCode(5)
      this.#failures = 0
    } catch (error) {
      this.#failed(error)
      if (isStale(error)) client.forget()
      if (!mayPass(error)) this.#refuse(error)
    }
    if (this.#failures === 0) this.#preparing = false
    else
      setTimeout(() => {
        this.#preparing = false
        this.#kick()
      }, pause(this.#failures))
    this.#kick()
  }

  /** The brokers will not have us at all: a wrong password, no right to write. */
  #refuse(error: unknown): void {
    for (const lane of this.#active) {
      if (lane.inFlight) continue
      const chunks = [...(lane.batch?.chunks ?? []), ...lane.waiting.splice(0)]
      lane.batch = undefined
      for (const chunk of chunks) chunk.fail(translate(error, `append to ${lane.topic}`))
    }
  }

  async #send(leader: number, candidates: readonly Lane[]): Promise<void> {
    const { client, compression } = this.#settings
    const identity = (candidates[0]?.batch as Batch).identity
    const lanes = candidates.filter((lane) => lane.batch?.identity === identity)
    const sequences = new NumericMap()
    this.#busy.add(leader)
    for (const lane of lanes) {
      lane.inFlight = true
      sequences.set(`${lane.topic}:${lane.partition}`, (lane.batch as Batch).sequence)
    }
    let answer: produceV9.ProduceResponse | undefined
    let failure: unknown
    try {
      const messages = lanes.flatMap((lane) => (lane.batch as Batch).messages)
      const options = { ...identity, sequences, compression }
      const connection = await client.node(leader)
      for (const lane of lanes) (lane.batch as Batch).attempts++
      answer = (await produceV9.api.async(connection, ProduceAcks.ALL, 10_000, messages, options)) as typeof answer
    } catch (error) {
      failure = error
      answer = (error as { response?: produceV9.ProduceResponse }).response
    }
    this.#busy.delete(leader)
    for (const lane of lanes) {
      lane.inFlight = false
      this.#settle(lane, partOf(answer, lane), failure)
    }
    this.#kick()
  }

  #settle(lane: Lane, part: produceV9.ProduceResponsePartition | undefined, failure: unknown): void {
    const batch = lane.batch as Batch
    if (part?.errorCode === 0) {
      lane.batch = undefined
      this.#failures = 0
      if (lane.identity === batch.identity) lane.next = (batch.sequence + batch.messages.length) % 2 ** 31
      let offset = Number(part.baseOffset)
      for (const chunk of batch.chunks) {
        chunk.done(offset)
        offset += chunk.messages.length
      }
      return
    }
    const error = part ? fromCode(part.errorCode, part.errorMessage) : (failure ?? fromCode(13))
    batch.error = error
    if (isStale(error)) this.#settings.client.forget()
    if (LOST_STATE.some((id) => saysSo(error, id))) {
      // The brokers no longer know how far we were: the batch goes out again under a new identity.
      this.#renounce(lane)
      lane.batch = undefined
      lane.waiting.unshift(...batch.chunks)
    } else if (!mayPass(error)) {
      lane.batch = undefined
      for (const chunk of batch.chunks) chunk.fail(translate(error, `append to ${lane.topic}`))
    } else batch.notBefore = performance.now() + pause(batch.attempts)
    this.#failed(error)
  }

  #failed(error: unknown): void {
    this.#failures++
    this.#lastError = error
    if (this.#failures === 5)
      this.#settings.logger.warn({ err: translate(error, 'append').message }, 'log.kafka.waiting')
  }
}

const sizeOf = ({ key, value, headers }: MessageRecord): number => {
  let bytes = OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0)
  if (headers instanceof Map) for (const [name, text] of headers) bytes += 4 + name.length + text.length
  return bytes
}

const partOf = (
  answer: produceV9.ProduceResponse | undefined,
  lane: Lane,
): produceV9.ProduceResponsePartition | undefined =>
  answer?.responses.find((t) => t.name === lane.topic)?.partitionResponses.find((p) => p.index === lane.partition)
