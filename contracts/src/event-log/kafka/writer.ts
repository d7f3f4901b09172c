import { initProducerIdV3, type MessageRecord, NumericMap, ProduceAcks, produceV9 } from '@platformatic/kafka'
import { QuartierError } from '../../errors.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { Client } from './client.ts'
import { closed, fromCode, isStale, mayPass, saysSo, translate } from './errors.ts'
import { type Batch, type Identity, Lane, sizeOf } from './lane.ts'
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

/** The brokers no longer know how far we were. */
const LOST_STATE = [
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'DUPLICATE_SEQUENCE_NUMBER',
]

/**
 * The idempotent producer: one batch at a time per partition and one request at a time per broker, which takes along
 * whatever has gathered for it meanwhile. A batch is repeated unchanged until all in-sync replicas have it or its time
 * is up, so that order holds and no attempt is stored twice.
 */
export class Writer {
  readonly #settings: WriterSettings
  readonly #lanes = new Map<string, Lane>()
  readonly #active = new Set<Lane>()
  readonly #busy = new Set<number>()
  readonly #held = new Map<string, number>()
  readonly #idle: (() => void)[] = []
  #identity: Identity | undefined
  #preparing = false
  #failures = 0
  #lastError: unknown
  #scheduled = false
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(settings: WriterSettings) {
    this.#settings = settings
  }

  /** Resolves with the offset of the first message. Messages of one call share topic and partition. */
  append(topic: string, partition: number, messages: readonly MessageRecord[]): Promise<number> {
    if (this.#closed) return Promise.reject(closed())
    const { maxRecordBytes, patienceMs } = this.#settings
    const bytes = messages.reduce((sum, m) => sum + sizeOf(m), 0)
    if (bytes > maxRecordBytes) {
      const what = `append ${bytes} bytes to partition ${partition} of ${topic} at once: at most ${maxRecordBytes}`
      return Promise.reject(new QuartierError('LOG_RECORD_TOO_LARGE', what))
    }
    return new Promise((done, fail) => {
      const lane = this.#lane(topic, partition)
      lane.push({ messages, bytes, until: performance.now() + patienceMs, done, fail })
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
    const name = nameOf(topic, partition)
    let lane = this.#lanes.get(name)
    if (!lane) {
      lane = new Lane(topic, partition)
      this.#lanes.set(name, lane)
    }
    return lane
  }

  /** Looks at all lanes soon, once for everything that this turn of the event loop appends. */
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
      if (!lane.batch && !lane.isWaiting) {
        this.#active.delete(lane)
        continue
      }
      const batch = lane.batch ?? (this.#identity && lane.form(this.#identity))
      const leader = this.#settings.client.knownLeader(lane.topic, lane.partition)
      if (batch && batch.notBefore > now) wakeAt = Math.min(wakeAt, batch.notBefore)
      else if (!batch || leader === undefined) unprepared = true
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

  #expire(lane: Lane, now: number): void {
    const before = lane.identity
    const { chunks, error, leavesGap } = lane.expire(now)
    if (leavesGap && this.#identity === before) this.#identity = undefined
    if (chunks.length === 0) return
    const cause = error ?? this.#lastError
    const what = `append to ${lane.topic} partition ${lane.partition}: not acknowledged in ${this.#settings.patienceMs} ms`
    const why = cause === undefined ? '' : ` (${translate(cause, 'last').message})`
    for (const chunk of chunks) chunk.fail(new QuartierError('LOG_UNAVAILABLE', what + why, { cause, retriable: true }))
  }

  /** Learns our identity and the leaders, one attempt at a time. */
  async #prepare(): Promise<void> {
    if (this.#preparing) return
    this.#preparing = true
    const { client } = this.#settings
    try {
      await client.metadata([...new Set([...this.#active].map((lane) => lane.topic))], this.#failures > 0)
      this.#identity ??= await initProducerIdV3.api.async(await client.anyNode(), null, 60_000, -1n, -1)
      const unled = [...this.#active].some((lane) => client.knownLeader(lane.topic, lane.partition) === undefined)
      if (unled) throw fromCode(5)
      this.#failures = 0
    } catch (error) {
      this.#failed(error)
      if (!mayPass(error)) this.#refuseAll(error)
    }
    const again = () => {
      this.#preparing = false
      this.#kick()
    }
    if (this.#failures === 0) again()
    else setTimeout(again, pause(this.#failures))
  }

  /** The brokers will not have us at all: a wrong password, no right to write. */
  #refuseAll(error: unknown): void {
    for (const lane of this.#active)
      if (!lane.inFlight) for (const chunk of lane.empty()) chunk.fail(translate(error, `append to ${lane.topic}`))
  }

  async #send(leader: number, ready: readonly Lane[]): Promise<void> {
    const { client, compression } = this.#settings
    const { identity } = batchOf(ready[0] as Lane)
    const lanes = ready.filter((lane) => lane.batch?.identity === identity)
    const sequences = new NumericMap(lanes.map((lane) => [nameOf(lane.topic, lane.partition), batchOf(lane).sequence]))
    this.#busy.add(leader)
    for (const lane of lanes) lane.inFlight = true
    let answer: produceV9.ProduceResponse | undefined
    let failure: unknown
    try {
      const messages = lanes.flatMap((lane) => batchOf(lane).messages)
      const connection = await client.node(leader)
      for (const lane of lanes) batchOf(lane).attempts++
      const options = { ...identity, sequences, compression }
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
    if (part?.errorCode === 0) {
      this.#failures = 0
      lane.done(Number(part.baseOffset))
      return
    }
    const batch = batchOf(lane)
    const error = part ? fromCode(part.errorCode, part.errorMessage) : (failure ?? fromCode(13))
    this.#failed(error)
    batch.error = error
    if (LOST_STATE.some((id) => saysSo(error, id))) {
      if (this.#identity === batch.identity) this.#identity = undefined
      lane.startOver()
    } else if (mayPass(error)) batch.notBefore = performance.now() + pause(Math.max(1, batch.attempts))
    else lane.refuse(translate(error, `append to ${lane.topic}`))
  }

  #failed(error: unknown): void {
    this.#failures++
    this.#lastError = error
    if (isStale(error)) this.#settings.client.forget()
    if (this.#failures === 5)
      this.#settings.logger.warn({ err: translate(error, 'append').message }, 'log.kafka.waiting')
  }
}

const nameOf = (topic: string, partition: number): string => `${topic}:${partition}`

const batchOf = (lane: Lane): Batch => lane.batch as Batch

const partOf = (answer: produceV9.ProduceResponse | undefined, lane: Lane) =>
  answer?.responses.find((t) => t.name === lane.topic)?.partitionResponses.find((p) => p.index === lane.partition)
