import { EventBuilder, type EventCounts, type EventTimes, encodeEventBatch, type NewEvent } from '@quartier/contracts'
import type { NewRecord } from '@quartier/contracts/event-log'

type Counts = { -readonly [K in keyof EventCounts]: EventCounts[K] } & { rejected: Record<string, number> }

/** Events of one partition and what was counted of them since its last record. */
class Part {
  readonly builder = new EventBuilder()
  readonly #counts = new Map<string, Counts>()

  counts(source: string): Counts {
    let counts = this.#counts.get(source)
    if (counts === undefined) {
      counts = { source, received: 0, accepted: 0, rejected: {}, untimed: 0 }
      this.#counts.set(source, counts)
    }
    return counts
  }

  get isEmpty(): boolean {
    return this.#counts.size === 0
  }

  take(): Uint8Array {
    const value = encodeEventBatch({ columns: this.builder.columns, counts: [...this.#counts.values()] })
    this.builder.clear()
    this.#counts.clear()
    return value
  }
}

/** An event that was found good, until its whole message is. */
export interface PendingEvent {
  readonly partition: number
  readonly owner: string
  readonly event: NewEvent
  readonly json: string
  readonly times: EventTimes
}

/** Events that gather for the next batch, by partition, with the gateway's side of their ledger. */
export class GatheredEvents {
  readonly #parts: readonly Part[]
  #isEmpty = true

  constructor(partitions: number) {
    this.#parts = Array.from({ length: partitions }, () => new Part())
  }

  get isEmpty(): boolean {
    return this.#isEmpty
  }

  add(source: string, { partition, owner, event, json, times }: PendingEvent): void {
    const part = this.#part(partition)
    const counts = part.counts(source)
    counts.received++
    counts.accepted++
    if (event.id === undefined && Number.isNaN(event.measuredAt)) counts.untimed++
    part.builder.add(owner, event, json, times)
  }

  reject(source: string, reason: string, events: number): void {
    const counts = this.#part(0).counts(source)
    counts.received += events
    counts.rejected[reason] = (counts.rejected[reason] ?? 0) + events
  }

  /** What has gathered, as records of `events.v1`. */
  take(headers: Readonly<Record<string, string>>): NewRecord[] {
    if (this.#isEmpty) return []
    this.#isEmpty = true
    const records: NewRecord[] = []
    this.#parts.forEach((part, partition) => {
      if (!part.isEmpty) records.push({ key: String(partition), value: part.take(), partition, headers })
    })
    return records
  }

  #part(partition: number): Part {
    this.#isEmpty = false
    return this.#parts[partition] as Part
  }
}
