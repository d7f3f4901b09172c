import { createHash } from 'node:crypto'
import { type DeadLetter, QuartierError, REJECTED } from '@quartier/contracts'
import type { EventLog, NewRecord } from '@quartier/contracts/event-log'
import type { Logger } from '@quartier/contracts/runtime'
import type { Access } from './access.ts'
import { TokenBucket } from './limits.ts'
import { cleanTopic } from './privacy/personal-topics.ts'

export interface Refusal {
  readonly access: Access
  readonly source: string
  readonly mqttTopic: string
  readonly stage: DeadLetter['stage']
  readonly reason: string
  readonly detail: string
  readonly receivedAt: number
  readonly readings: number
  /** What arrived may identify people: nothing of it is kept but its structure. */
  readonly isPersonal: boolean
}

export interface DeadLettersDeps {
  readonly log: EventLog
  readonly logger: Logger
  readonly instance: string
  readonly perSecond: number
  /** Of personal payloads, in place of a hash that could be found again by trying. */
  readonly digest: (payload: Uint8Array) => string
}

const PAYLOAD_BYTES = 4096
const SKELETON_CHARACTERS = 512
const QUEUED = 2_000

/** Keeps what could not be used on `rejected.v1`, beside the fast lane and never in its way: beyond a rate, and while the log refuses, it only counts. */
export class DeadLetters {
  readonly stats = { kept: 0, dropped: 0 }
  #queue: NewRecord[] = []
  #number = 0
  #writing: Promise<void> | undefined
  readonly #bucket: TokenBucket
  readonly #deps: DeadLettersDeps

  constructor(deps: DeadLettersDeps) {
    this.#deps = deps
    this.#bucket = new TokenBucket(deps.perSecond, deps.perSecond, performance.now())
  }

  /** Takes `payload[from, to)` aside, if the rate allows. */
  offer(refusal: Refusal, payload: Uint8Array, from: number, to: number): void {
    if (this.#queue.length >= QUEUED || !this.#bucket.take(1, performance.now())) {
      this.stats.dropped++
      return
    }
    const letter = this.#letter(refusal, Buffer.from(payload.buffer, payload.byteOffset + from, to - from))
    this.#queue.push({ key: letter.source, value: Buffer.from(JSON.stringify(letter)) })
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined
    })
  }

  /** Resolves when what was offered is written or given up. */
  async drain(): Promise<void> {
    await this.#writing
  }

  #letter(r: Refusal, payload: Buffer): DeadLetter {
    const { name } = r.access.principal
    const personal = r.isPersonal
    return {
      origin: `gateway:${this.#deps.instance}:${++this.#number}`,
      source: r.source || name,
      principal: name,
      mqttTopic: personal ? cleanTopic(r.mqttTopic) : r.mqttTopic,
      stage: r.stage,
      reason: r.reason,
      // What a codec found may quote the payload.
      detail: personal ? '' : r.detail,
      receivedAt: r.receivedAt,
      readings: r.readings,
      bytes: payload.length,
      sha256: personal ? this.#deps.digest(payload) : createHash('sha256').update(payload).digest('hex'),
      ...(personal
        ? { skeleton: skeletonOf(payload) }
        : { payload: payload.subarray(0, PAYLOAD_BYTES).toString('base64') }),
    }
  }

  async #write(): Promise<void> {
    while (this.#queue.length > 0) {
      const records = this.#queue
      this.#queue = []
      try {
        await this.#deps.log.append(REJECTED, records)
        this.stats.kept += records.length
      } catch (error) {
        this.stats.dropped += records.length
        const code = error instanceof QuartierError ? error.code : 'UNKNOWN'
        this.#deps.logger.warn({ code, records: records.length }, 'dead-letters.lost')
        return
      }
    }
  }
}

/** The brackets and separators of a JSON text: its structure without any name or value. */
const skeletonOf = (payload: Buffer): string =>
  payload
    .subarray(0, PAYLOAD_BYTES)
    .toString('latin1')
    .replaceAll(/[^{}[\]:,]/g, '')
    .slice(0, SKELETON_CHARACTERS)
