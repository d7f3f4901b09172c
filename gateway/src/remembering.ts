import type { EventLog } from '@quartier/contracts/event-log'
import type { Clock, Logger } from '@quartier/contracts/runtime'
import type { Access } from './access.ts'
import type { Committer } from './append.ts'
import { CodecStates } from './codec-states.ts'
import type { Codec, CodecState } from './codecs/codec.ts'
import type { FastLane } from './fast-lane.ts'
import { TokenBucket } from './limits.ts'
import type { SinkServices } from './sink.ts'

export interface RememberingDeps {
  readonly log: EventLog
  readonly logger: Logger
  readonly clock: Clock
  readonly instance: string
  readonly codecOf: (name: string) => Codec | undefined
  readonly limit: number
  readonly commandsPerSecond: number
  readonly silentSendersMs: number
  /** Other gateways may hold the senders of what was remembered. */
  readonly isShared: boolean
}

/** The parts of the gateway that exist only later. */
export interface Around {
  readonly committer: Committer
  readonly lane: FastLane
  readonly behind: (principal: string) => Promise<Access>
  /** Publishes at QoS 0 where the principal will hear it; false when it cannot be reached now. */
  readonly publish: (mqttTopic: string, payload: Uint8Array, principal: string) => boolean
}

const TICK_MS = 200

/** Keeps what codecs remember, wakes them, and sends what they answer: few at a time, so that a start is no storm. */
export class Remembering implements SinkServices {
  readonly states: CodecStates
  readonly stats = { sent: 0, heldBack: 0, lastWords: 0 }
  readonly #deps: RememberingDeps
  readonly #commands: TokenBucket
  #around: Around | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(deps: RememberingDeps) {
    this.#deps = deps
    this.#commands = new TokenBucket(deps.commandsPerSecond, deps.commandsPerSecond, performance.now())
    const verifyWithinMs = deps.isShared ? 0 : deps.silentSendersMs * deps.clock.speed
    this.states = new CodecStates({ ...deps, verifyWithinMs })
  }

  open(onFatal: (error: unknown) => void): Promise<void> {
    return this.states.open(this.#deps.clock.now(), onFatal)
  }

  /** From now on codecs are woken and may send. */
  start(around: Around): void {
    this.#around = around
    this.#timer = setInterval(() => this.#tick(around), TICK_MS)
  }

  recall(codec: Codec, source: string, key: string, principal: string): CodecState | undefined {
    return this.states.recall(codec, source, key, principal)
  }

  readonly send = (mqttTopic: string, payload: Uint8Array, principal: string): boolean => {
    const isSent =
      this.#around !== undefined &&
      this.#commands.take(1, performance.now()) &&
      this.#around.publish(mqttTopic, payload, principal)
    if (isSent) this.stats.sent++
    else this.stats.heldBack++
    return isSent
  }

  /** What saves the states that have changed, as a step of a commit. */
  readonly take = (): (() => Promise<void>) | undefined => this.states.take(this.#deps.clock.now(), performance.now())

  /** Wakes nobody and sends nothing any more. */
  rest(): void {
    clearInterval(this.#timer)
    this.#around = undefined
  }

  /** Saves what has changed since the last batch. */
  async close(): Promise<void> {
    const save = this.states.take(this.#deps.clock.now(), performance.now(), true)
    await save?.().catch((error) => this.#deps.logger.warn({ err: error }, 'codec-states.unsaved'))
    await this.states.close()
  }

  #tick(around: Around): void {
    const now = this.#deps.clock.now()
    for (const { principal, mqttTopic, payload } of this.states.wake(now, this.send)) {
      this.stats.lastWords++
      const packet = { topic: mqttTopic, payload: Buffer.from(payload), retain: false, qos: 0 }
      around
        .behind(principal)
        .then((access) => around.lane.takeFromRoad(access, packet, now))
        .catch((error) => this.#deps.logger.warn({ err: error, mqttTopic }, 'codec-states.word-lost'))
    }
    if (this.states.isDue(performance.now())) around.committer.afterCommit(() => {})
  }
}
