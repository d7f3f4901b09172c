import type { LedgerEntry, SourceCounts } from '@quartier/contracts'
import { addCounts } from '@quartier/contracts/ledger'
import type { StoreCounts } from '@quartier/contracts/telemetry-store'

type Gateway = LedgerEntry['gateway']

interface SourceSide {
  readonly gateway: Gateway
  readonly rejected: Record<string, number>
}

const MINUTE_MS = 60_000

/** A range of offsets of one partition, counted by the gateway on one side and by ingest and the store on the other. */
export class Period {
  readonly partition: number
  readonly firstOffset: number
  nextOffset: number
  receivedMinute = Number.NaN
  /** Rows that were given to the store: what its counts must come to before the range is settled. */
  rowsWritten = 0
  /** Something was counted since it was written down last. */
  isChanged = true
  readonly #sources = new Map<string, SourceSide>()
  /** By range and source: the store may count a range again once it has decided what was undecided. */
  readonly #store = new Map<string, StoreCounts>()

  constructor(partition: number, firstOffset: number) {
    this.partition = partition
    this.firstOffset = this.nextOffset = firstOffset
  }

  /** A range that an earlier run has written down before the store had decided everything. */
  static reopen(entries: readonly LedgerEntry[]): Period {
    const [first] = entries as [LedgerEntry]
    const period = new Period(first.partition, first.firstOffset)
    period.nextOffset = first.nextOffset
    period.receivedMinute = first.receivedMinute
    for (const { source, gateway, store } of entries) {
      period.#sources.set(source, { gateway, rejected: store.rejected })
      period.isChanged = false
      period.rowsWritten += store.stored + store.duplicates + store.corrections + store.undecided
    }
    return period
  }

  /** Takes in one record: what the gateway counted, and when its first reading came. */
  addRecord(offset: number, receivedAt: number, counts: readonly SourceCounts[]): void {
    this.nextOffset = offset + 1
    if (Number.isNaN(this.receivedMinute)) this.receivedMinute = Math.floor(receivedAt / MINUTE_MS) * MINUTE_MS
    for (const { source, messages, readings, untimed, removed } of counts) {
      const { gateway } = this.#side(source)
      addTally(gateway.messages, messages)
      addTally(gateway.readings, readings)
      gateway.untimed += untimed
      if (removed) {
        gateway.removed ??= {}
        addCounts(gateway.removed, removed)
      }
    }
  }

  reject(source: string, reason: string, readings: number): void {
    addCounts(this.#side(source).rejected, { [reason]: readings })
  }

  /** False when the counts are of another range. */
  addStoreCounts(counts: StoreCounts): boolean {
    if (counts.partition !== this.partition) return false
    if (counts.firstOffset < this.firstOffset || counts.nextOffset > this.nextOffset) return false
    const id = `${counts.firstOffset} ${counts.nextOffset} ${counts.source}`
    if (this.#store.get(id)?.undecided !== counts.undecided) this.isChanged = true
    this.#store.set(id, counts)
    return true
  }

  /** The store has said something about every row. */
  get isCounted(): boolean {
    let sum = 0
    for (const c of this.#store.values()) sum += c.stored + c.duplicates + c.corrections + c.undecided
    return sum >= this.rowsWritten
  }

  get isDecided(): boolean {
    return [...this.#store.values()].every((c) => c.undecided === 0)
  }

  /** One entry for each source that either side names. */
  entries(): LedgerEntry[] {
    const names = new Set([...this.#sources.keys(), ...[...this.#store.values()].map((c) => c.source)])
    return [...names].map((source) => this.#entry(source))
  }

  #entry(source: string): LedgerEntry {
    const { partition, firstOffset, nextOffset, receivedMinute } = this
    const { gateway, rejected } = this.#side(source)
    const store = { stored: 0, duplicates: 0, corrections: 0, rejected, undecided: 0 }
    for (const counts of this.#store.values()) {
      if (counts.source !== source) continue
      store.stored += counts.stored
      store.duplicates += counts.duplicates
      store.corrections += counts.corrections
      store.undecided += counts.undecided
    }
    return { partition, firstOffset, nextOffset, source, receivedMinute, gateway, store }
  }

  #side(source: string): SourceSide {
    let side = this.#sources.get(source)
    if (!side) {
      const none = () => ({ received: 0, accepted: 0, rejected: {} })
      side = { gateway: { messages: none(), readings: none(), untimed: 0 }, rejected: {} }
      this.#sources.set(source, side)
    }
    return side
  }
}

function addTally(sums: Gateway['messages'], counts: SourceCounts['messages']): void {
  sums.received += counts.received
  sums.accepted += counts.accepted
  addCounts(sums.rejected, counts.rejected)
}
