import type { Limits } from './config.ts'
import { TopicMemory } from './topics/topic-memory.ts'
import { PartialBudget } from './wire/partial-budget.ts'

/** What one principal takes of what all share; outlives a change of its rights. */
export class Share {
  connections = 0
  /** Series that it brought in, in this run. */
  newSeries = 0
  /** MQTT topics that it has retained, in this run. */
  readonly retained = new Set<string>()
  /** Its readings that wait for the log, in the batch `batch`. */
  rows = 0
  batch = 0
  /** Memory of its half-received packets. */
  readonly partial: PartialBudget

  constructor(partialBytes: number, whole: PartialBudget) {
    this.partial = new PartialBudget(partialBytes, whole)
  }

  /** Adds readings to those in the batch; returns how many there are now. */
  add(rows: number, batch: number): number {
    if (batch !== this.batch) {
      this.batch = batch
      this.rows = 0
    }
    this.rows += rows
    return this.rows
  }
}

/** The shares of all principals, by name, and what they share. */
export class Shares {
  readonly partial: PartialBudget
  readonly topics: TopicMemory
  readonly #byName = new Map<string, Share>()

  constructor(limits: Limits) {
    this.partial = new PartialBudget(limits.partialBytes)
    this.topics = new TopicMemory(limits.topicMemory)
  }

  of(name: string, partialBytes: number): Share {
    const share = this.#byName.get(name) ?? new Share(partialBytes, this.partial)
    this.#byName.set(name, share)
    return share
  }
}
