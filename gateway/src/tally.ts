import type { SourceCounts } from '@quartier/contracts'
import { REMOVAL_KINDS, type RemovalKind } from '@quartier/contracts/privacy'

/** What was counted for one source in one partition since its last record: one half of the ledger. */
export class Tally {
  readonly source: string
  readonly partition: number
  messagesReceived = 0
  messagesAccepted = 0
  readingsReceived = 0
  readingsAccepted = 0
  untimed = 0
  /** By place in REMOVAL_KINDS. */
  removed: Uint32Array | undefined
  messagesRejected: Record<string, number> | undefined
  readingsRejected: Record<string, number> | undefined
  /** Listed among those that the next record must carry. */
  listed = false

  constructor(source: string, partition: number) {
    this.source = source
    this.partition = partition
  }

  rejectMessage(reason: string): void {
    this.messagesRejected ??= {}
    this.messagesRejected[reason] = (this.messagesRejected[reason] ?? 0) + 1
  }

  rejectReadings(reason: string, n: number): void {
    this.readingsReceived += n
    this.readingsRejected ??= {}
    this.readingsRejected[reason] = (this.readingsRejected[reason] ?? 0) + n
  }

  /** What the privacy firewall has removed, by place in REMOVAL_KINDS. */
  remove(counts: Uint32Array): void {
    this.removed ??= new Uint32Array(counts.length)
    const { removed } = this
    for (let kind = 0; kind < counts.length; kind++)
      removed[kind] = (removed[kind] as number) + (counts[kind] as number)
  }

  /** The counts, which start at zero again. */
  take(): SourceCounts {
    const counts: SourceCounts = {
      source: this.source,
      messages: {
        received: this.messagesReceived,
        accepted: this.messagesAccepted,
        rejected: this.messagesRejected ?? {},
      },
      readings: {
        received: this.readingsReceived,
        accepted: this.readingsAccepted,
        rejected: this.readingsRejected ?? {},
      },
      untimed: this.untimed,
      ...(this.removed && { removed: byKind(this.removed) }),
    }
    this.messagesReceived = this.messagesAccepted = this.readingsReceived = this.readingsAccepted = this.untimed = 0
    this.messagesRejected = this.readingsRejected = this.removed = undefined
    this.listed = false
    return counts
  }
}

/** Counts by place in REMOVAL_KINDS as counts by kind, without those that are 0. */
export function byKind(counts: Uint32Array): Partial<Record<RemovalKind, number>> {
  const named: Partial<Record<RemovalKind, number>> = {}
  REMOVAL_KINDS.forEach((kind, place) => {
    const count = counts[place] as number
    if (count > 0) named[kind] = count
  })
  return named
}

/** The tallies of every source, and which of them changed. */
export class Tallies {
  readonly changed: Tally[][]
  readonly #bySource = new Map<string, readonly Tally[]>()
  readonly #partitions: number

  constructor(partitions: number) {
    this.#partitions = partitions
    this.changed = Array.from({ length: partitions }, () => [])
  }

  /** One tally per partition. */
  of(source: string): readonly Tally[] {
    let tallies = this.#bySource.get(source)
    if (!tallies) {
      tallies = Array.from({ length: this.#partitions }, (_, partition) => new Tally(source, partition))
      this.#bySource.set(source, tallies)
    }
    return tallies
  }

  list(tally: Tally): void {
    if (tally.listed) return
    tally.listed = true
    this.changed[tally.partition]?.push(tally)
  }

  /** The counts of one partition since the last call. */
  take(partition: number): SourceCounts[] {
    const list = this.changed[partition] as Tally[]
    const counts = list.map((t) => t.take())
    list.length = 0
    return counts
  }
}
