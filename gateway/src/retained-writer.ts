import type { Logger } from '@quartier/contracts/runtime'
import { AckList, type Acknowledged } from './ack-list.ts'
import { Insistence } from './insist.ts'

export interface RetainedMessage {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: number
  /** Whose it is. */
  readonly principal: string
}

/** Retained messages, the latest one of each MQTT topic, and who waits until they are kept. */
export class RetainedBatch {
  bytes = 0
  readonly messages = new Map<string, RetainedMessage>()
  readonly acks: { readonly owner: Acknowledged; readonly id: number }[] = []
  readonly waiters: (() => void)[] = []

  put(message: RetainedMessage): void {
    this.bytes += sizeOf(message) - sizeOf(this.messages.get(message.topic))
    this.messages.set(message.topic, message)
  }
}

export interface RetainedDeps {
  readonly logger: Logger
  readonly store: (messages: readonly RetainedMessage[]) => Promise<void>
  readonly onFatal: (error: unknown) => void
}

const WAITING_BYTES = 16 * 1024 * 1024
const WAITING_ACKS = 50_000

/**
 * Keeps the retained messages of batches that are durable, beside the group commit: where the disk of the sessions is
 * full or slow, their own acknowledgements wait and no others.
 */
export class RetainedWriter {
  readonly #deps: RetainedDeps
  readonly #insistence: Insistence
  readonly #acks = new AckList<Acknowledged>()
  #waiting = new RetainedBatch()
  #storing: RetainedBatch | undefined
  #running: Promise<void> | undefined
  readonly #givenUp = Promise.withResolvers<void>()

  constructor(deps: RetainedDeps) {
    this.#deps = deps
    this.#insistence = new Insistence(deps.logger, 'retained')
  }

  /** So much waits that no more should be added. */
  get isFull(): boolean {
    const { bytes, acks } = this.#waiting
    return bytes + (this.#storing?.bytes ?? 0) > WAITING_BYTES || acks.length > WAITING_ACKS
  }

  /** Messages that wait to be kept. */
  get pending(): number {
    return this.#waiting.messages.size + (this.#storing?.messages.size ?? 0)
  }

  add(batch: RetainedBatch): void {
    const waiting = this.#waiting
    for (const message of batch.messages.values()) waiting.put(message)
    for (const ack of batch.acks) waiting.acks.push(ack)
    for (const done of batch.waiters) waiting.waiters.push(done)
    this.#running ??= this.#run().catch(this.#deps.onFatal)
  }

  /** Resolves when everything added is kept, or was given up. */
  async drain(): Promise<void> {
    await Promise.race([this.#running, this.#givenUp.promise])
  }

  giveUp(): void {
    this.#insistence.isGivenUp = true
    this.#givenUp.resolve()
  }

  async #run(): Promise<void> {
    while (this.#waiting.messages.size > 0) {
      const batch = this.#waiting
      this.#storing = batch
      this.#waiting = new RetainedBatch()
      const messages = [...batch.messages.values()]
      await this.#insistence.run({ what: 'store retained messages', run: () => this.#deps.store(messages) })
      if (this.#insistence.isGivenUp) return
      for (const { owner, id } of batch.acks) this.#acks.push(owner, id)
      this.#acks.send()
      for (const done of batch.waiters) done()
    }
    this.#storing = this.#running = undefined
  }
}

const sizeOf = (message: RetainedMessage | undefined): number =>
  message ? message.payload.length + 2 * message.topic.length + 200 : 0
