import {
  type DeadLetter,
  deadLetterSchema,
  REDRIVES,
  REJECTED,
  type RedriveRequest,
  type RedriveResult,
  redriveRequestSchema,
} from '@quartier/contracts'
import { impossibleToRedrive } from '@quartier/contracts/dead-letters'
import type { EventLog, LogRecord } from '@quartier/contracts/event-log'
import type { Clock, Logger } from '@quartier/contracts/runtime'
import type { Access } from './access.ts'
import type { Committer } from './append.ts'
import type { Rejection } from './codecs/codec.ts'
import type { FastLane } from './fast-lane.ts'

export interface RedriveDeps {
  readonly log: EventLog
  readonly logger: Logger
  readonly clock: Clock
  readonly committer: Committer
  /** The lane by which the messages of a principal come in. */
  readonly laneOf: (principal: string) => FastLane
  readonly behind: (principal: string) => Promise<Access>
}

/** How often it is looked whether the log has room again, ms. */
const LOOK_MS = 10
/** What cannot be mended by reading the message another way. */
const NEVER = new Set(['personal', 'in-order'])

/**
 * Takes dead letters in again when somebody asks for it on `redrives.v1`: the message is decoded as things are now, its
 * readings are appended, and the answer says what became of each. The requests of an installation are shared among its
 * gateways. A request that is repeated after a crash does no harm: readings have the identity that they had.
 */
export class Redrive {
  readonly #deps: RedriveDeps
  readonly #stopped = new AbortController()
  #running: Promise<unknown> = Promise.resolve()

  constructor(deps: RedriveDeps) {
    this.#deps = deps
  }

  start(onFatal: (error: unknown) => void): void {
    this.#running = this.#answer().catch(onFatal)
  }

  async close(): Promise<void> {
    this.#stopped.abort()
    await this.#running
  }

  async #answer(): Promise<void> {
    const { log } = this.#deps
    const { signal } = this.#stopped
    for await (const batch of log.consume(REDRIVES, 'redrive', { signal, maxRecords: 1 })) {
      for (const record of batch.records) {
        const request = redriveRequestSchema.safeParse(jsonIn(record)).data
        if (request) await this.#carryOut(request)
        if (signal.aborted) return
      }
      await batch.commit()
    }
  }

  async #carryOut({ ask, by, offsets }: RedriveRequest): Promise<void> {
    const { log, clock, committer, logger } = this.#deps
    const { signal } = this.#stopped
    const results: RedriveResult[] = []
    for (const offset of offsets) {
      while (committer.isOver && !signal.aborted) await new Promise((later) => setTimeout(later, LOOK_MS))
      if (signal.aborted) return
      results.push(await this.#takeAgain(offset))
    }
    // What is not durable when we stop is asked for again at the next start.
    if (!(await this.#isDurable())) return
    const answer = { answer: ask, by, at: clock.now(), results }
    await log.append(REDRIVES, [{ key: ask, value: Buffer.from(JSON.stringify(answer)) }])
    const appended = results.filter((r) => r.outcome === 'appended').length
    logger.info({ by, letters: offsets.length, appended }, 'dead-letters.redriven')
  }

  #isDurable(): Promise<boolean> {
    const { signal } = this.#stopped
    return new Promise((done) => {
      this.#deps.committer.afterCommit(() => done(true))
      if (signal.aborted) done(false)
      else signal.addEventListener('abort', () => done(false), { once: true })
    })
  }

  async #takeAgain(offset: number): Promise<RedriveResult> {
    const { clock, behind, laneOf } = this.#deps
    const refused = (outcome: RedriveResult['outcome'], { reason, detail }: Rejection): RedriveResult => ({
      ...{ offset, outcome, readings: 0, reason, detail },
    })
    const letter = await this.#letterAt(offset)
    if (!letter) return refused('impossible', { reason: 'gone', detail: 'the letter is not kept any more' })
    const impossible = impossibleToRedrive(letter)
    if (impossible) return refused('impossible', impossible)
    const { principal, mqttTopic, payload = '', receivedAt } = letter
    const access = await behind(principal)
    const bytes = Buffer.from(payload, 'base64')
    const taken = laneOf(principal).takeAgain(access, mqttTopic, bytes, clock.now(), receivedAt)
    if (typeof taken === 'number') return { offset, outcome: 'appended', readings: taken, reason: '', detail: '' }
    return refused(NEVER.has(taken.reason) ? 'impossible' : 'refused', taken)
  }

  async #letterAt(offset: number): Promise<DeadLetter | undefined> {
    const { log } = this.#deps
    const [range] = await log.ranges(REJECTED)
    if (!range || offset < range.earliest || offset >= range.next) return undefined
    const [record] = await log.read(REJECTED, { partition: range.partition, offset }, 1)
    return record?.offset === offset ? deadLetterSchema.safeParse(jsonIn(record)).data : undefined
  }
}

function jsonIn({ value }: Pick<LogRecord, 'value'>): unknown {
  try {
    return JSON.parse(Buffer.from(value).toString())
  } catch {
    return undefined // nobody but us writes here; what is broken is passed over
  }
}
