import { QuartierError } from '../../errors.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { LogRecord, Position } from '../port.ts'
import type { Client } from './client.ts'
import { fromCode, isStale, mayPass, saysSo, translate } from './errors.ts'
import { fetchFrom } from './fetch.ts'
import { byLeader, rangesOf } from './offsets.ts'
import { pause } from './patience.ts'
import { addRecords } from './record-batches.ts'

export interface IntakeSettings {
  /** A client of its own: a fetch that waits for records holds up its connection. */
  readonly client: Client
  readonly topic: string
  readonly maxRecords: number
  readonly maxBytes: number
  readonly patienceMs: number
  readonly logger: Logger
}

interface Source {
  readonly partition: number
  /** Next offset to hand out; the next one to fetch as soon as `records` are handed out. */
  position: number
  /** Where the position stands once `records` are handed out. */
  after: number
  records: LogRecord[]
  taken: number
}

const WAIT_MS = 500
const FETCH_BYTES = 65_536
const MOST_BYTES = 2_097_152 // larger answers cost more per byte: fresh memory, copied once

/**
 * Fetches records of some partitions and hands them out in bounded batches. From each broker one answer at most waits
 * here while the consumer is busy: the next is asked for when all of its records have been handed out.
 */
export class Intake {
  readonly #settings: IntakeSettings
  #sources: Source[] = []
  readonly #fetching = new Set<number>()
  #looking = false
  #again = false
  #failures = 0
  #failingSince = 0
  #error: QuartierError | undefined
  #turn = 0
  #wake: () => void = () => {}
  #ended = false

  constructor(settings: IntakeSettings) {
    this.#settings = settings
  }

  get partitions(): number[] {
    return this.#sources.map((s) => s.partition)
  }

  /** The next offset to hand out, by partition. */
  get position(): Position {
    return Object.fromEntries(this.#sources.map((s) => [s.partition, s.position]))
  }

  /** Reads these partitions from now on; those that it reads already go on where they are. */
  assign(partitions: readonly number[], begin: Position): void {
    const kept = this.#sources.filter((s) => partitions.includes(s.partition))
    const added = partitions.filter((p) => !kept.some((s) => s.partition === p))
    this.#sources = [
      ...kept,
      ...added.map((partition) => {
        const position = begin[partition] ?? 0
        return { partition, position, after: position, records: [], taken: 0 }
      }),
    ]
    this.wake()
  }

  /** Ends a wait in {@link next}. */
  wake(): void {
    this.#wake()
  }

  /** The next records, or none when it was woken or the signal aborts before any came. */
  async next(signal: AbortSignal): Promise<LogRecord[]> {
    let records = this.#take()
    if (this.#error) throw this.#error
    if (records.length === 0 && !signal.aborted) {
      const woken = new Promise<void>((go) => {
        this.#wake = go
      })
      const onAbort = () => this.#wake()
      signal.addEventListener('abort', onAbort, { once: true })
      this.#fill()
      await woken
      signal.removeEventListener('abort', onAbort)
      records = signal.aborted ? [] : this.#take()
    }
    if (this.#error) throw this.#error
    if (records.length > 0) this.#fill()
    return records
  }

  async end(): Promise<void> {
    this.#ended = true
    await this.#settings.client.close()
  }

  #take(): LogRecord[] {
    const { maxRecords, maxBytes } = this.#settings
    const out: LogRecord[] = []
    let bytes = 0
    this.#turn++
    for (let i = 0; i < this.#sources.length; i++) {
      const source = this.#sources[(i + this.#turn) % this.#sources.length] as Source
      while (source.taken < source.records.length && out.length < maxRecords) {
        const record = source.records[source.taken] as LogRecord
        if (out.length > 0 && bytes + record.value.length > maxBytes) break
        out.push(record)
        bytes += record.value.length
        source.taken++
        source.position = record.offset + 1
      }
      if (source.taken === source.records.length) source.position = source.after
    }
    return out
  }

  /** Asks every broker for more whose records have all been handed out. */
  #fill(): void {
    if (this.#ended) return
    this.#again = this.#looking
    if (this.#looking) return
    this.#looking = true
    this.#start()
      .catch((error: unknown) => this.#failed(error))
      .finally(() => {
        this.#looking = false
        if (this.#again) this.#fill()
      })
  }

  async #start(): Promise<void> {
    const { client, topic } = this.#settings
    const known = await client.metadata([topic])
    const topicId = known.topics.get(topic)?.id as string
    for (const [leader, partitions] of await byLeader(client, topic, this.partitions)) {
      const sources = this.#sources.filter((s) => partitions.includes(s.partition))
      if (this.#fetching.has(leader) || sources.some((s) => s.taken < s.records.length)) continue
      this.#fetching.add(leader)
      this.#fetch(leader, topicId, sources)
        .catch((error: unknown) => this.#failed(error))
        .finally(() => {
          this.#fetching.delete(leader)
          if (sources.some((s) => s.taken < s.records.length) || this.#error) this.wake()
          else if (!this.#ended) setTimeout(() => this.#fill(), this.#failures > 0 ? pause(this.#failures) : 0)
        })
    }
  }

  async #fetch(leader: number, topicId: string, sources: readonly Source[]): Promise<void> {
    const { client, maxBytes } = this.#settings
    const most = Math.min(MOST_BYTES, Math.max(FETCH_BYTES, maxBytes))
    const limits = { waitMs: WAIT_MS, maxBytes: most, partitionBytes: most }
    // the broker fills its answer in the order of the request: every partition comes first in turn
    const wanted = sources.map((_, i) => sources[(i + this.#turn) % sources.length] as Source)
    const asked = wanted.map(({ partition, position }) => ({ partition, offset: position }))
    let failure: unknown
    for (const part of await fetchFrom(await client.node(leader), topicId, asked, limits)) {
      const source = sources.find((s) => s.partition === part.partition)
      if (!source || !this.#sources.includes(source)) continue // taken from us meanwhile
      if (part.errorCode === 0) fillSource(source, part.bytes)
      else failure = (await this.#recovered(source, part.errorCode)) ?? failure
    }
    if (failure) throw failure
    this.#failures = 0
  }

  /** Goes on at the earliest record when retention has removed the position. Returns an error that is left. */
  async #recovered(source: Source, code: number): Promise<unknown> {
    const error = fromCode(code)
    if (!saysSo(error, 'OFFSET_OUT_OF_RANGE')) return error
    const { client, topic, logger } = this.#settings
    const [range] = await rangesOf(client, topic, [source.partition])
    const { earliest, next } = range as { earliest: number; next: number }
    if (source.position > next) return positionAhead(topic, source.partition, source.position, next)
    logger.warn({ topic, partition: source.partition, from: source.position, to: earliest }, 'log.position.removed')
    source.position = earliest
    source.after = earliest
    return undefined
  }

  #failed(error: unknown): void {
    if (this.#ended) return
    const { client, topic, logger, patienceMs } = this.#settings
    if (isStale(error)) client.forget()
    if (this.#failures++ === 0) this.#failingSince = performance.now()
    const tooLong = performance.now() - this.#failingSince > patienceMs
    if (!mayPass(error) || tooLong) {
      this.#error = translate(error, `read ${topic}`)
      this.wake()
      return
    }
    if (this.#failures === 5) logger.warn({ topic, err: translate(error, 'read').message }, 'log.kafka.waiting')
    if (this.#fetching.size === 0) setTimeout(() => this.#fill(), pause(this.#failures))
  }
}

function fillSource(source: Source, bytes: Buffer): void {
  source.records = []
  source.taken = 0
  source.after = addRecords(bytes, source.partition, source.position, source.records)
  if (source.records.length === 0) source.position = source.after
}

export function positionAhead(topic: string, partition: number, offset: number, next: number): QuartierError {
  const what = `read ${topic} partition ${partition} from offset ${offset}: the log ends at ${next}`
  return new QuartierError('LOG_POSITION_AHEAD', `${what}; the topic is younger than the position`)
}
