import { LEDGER, type LedgerEntry, type SourceCounts } from '@quartier/contracts'
import type { EventLog, LogRecord, Position } from '@quartier/contracts/event-log'
import { differenceOf, isBalanced, newestOfEachRange } from '@quartier/contracts/ledger'
import type { Logger } from '@quartier/contracts/runtime'
import type { StoreCounts } from '@quartier/contracts/telemetry-store'
import { Period } from './period.ts'

export interface LedgerBookDeps {
  readonly log: EventLog
  readonly logger: Logger
  readonly onImbalance: (entry: LedgerEntry) => void
}

interface Bounds {
  readonly partition: number
  readonly firstOffset: number
}

const PAGE = 1000
const MOST_PAGES = 50
/** Ranges that wait for the store's decision; beyond it the oldest stay as they were written last. */
const MOST_OPEN = 5000

/** Keeps the two sides of the ledger by ranges of offsets and writes them to `ledger.v1`. */
export class LedgerBook {
  readonly #deps: LedgerBookDeps
  /** Up to where each partition is written down. Records before it, read again after a crash, are not counted again. */
  readonly #written = new Map<number, number>()
  readonly #cuts = new Map<number, number[]>()
  readonly #current = new Map<number, Period>()
  #open: Period[] = []
  /** The whole ledger was read: what it does not name was never written down. */
  #isWhole = false

  constructor(deps: LedgerBookDeps) {
    this.#deps = deps
  }

  /**
   * Finds out where the ledger of an earlier run ends.
   * @param position from where the store will be given records again
   * @returns ranges that the store had yet to decide about when they were written, and that it holds durably now
   */
  async resume(position: Position): Promise<readonly Period[]> {
    const entries = newestOfEachRange(await this.#tail(new Set(Object.keys(position).map(Number))))
    const undecided: Period[] = []
    for (const range of Map.groupBy(entries, (e) => `${e.partition} ${e.firstOffset} ${e.nextOffset}`).values()) {
      const { partition, firstOffset, nextOffset } = range[0] as LedgerEntry
      const again = nextOffset > (position[partition] ?? 0)
      this.#written.set(partition, Math.max(nextOffset, this.#written.get(partition) ?? 0))
      if (again) this.#cuts.set(partition, [...(this.#cuts.get(partition) ?? []), firstOffset, nextOffset])
      if (range.every((e) => e.store.undecided === 0)) continue
      if (again) this.#open.push(Period.reopen(range))
      else undecided.push(Period.reopen(range))
    }
    return undecided
  }

  /** Up to where a partition is written down; `undefined` when that lies further back than we look. */
  writtenUpTo(partition: number): number | undefined {
    return this.#written.get(partition) ?? (this.#isWhole ? 0 : undefined)
  }

  /** True when the store must have counted what comes before `offset` apart from what comes after it. */
  isCut(partition: number, offset: number): boolean {
    return this.#cuts.get(partition)?.includes(offset) ?? false
  }

  /** Whether one of these begins at a cut. */
  isAtCut(stretches: readonly Bounds[]): boolean {
    return stretches.some((s) => this.isCut(s.partition, s.firstOffset))
  }

  /** Stretches that may be given to the store together: after a crash, those before a cut go apart from the others. */
  atCuts<S extends Bounds>(stretches: readonly S[]): S[][] {
    const groups: S[][] = [[]]
    for (const stretch of stretches) {
      if (this.isAtCut([stretch])) groups.push([])
      groups.at(-1)?.push(stretch)
    }
    return groups.filter((group) => group.length > 0)
  }

  /** One record was read: its counts, and what was refused of it. */
  addRecord(record: LogRecord, receivedAt: number, counts: readonly SourceCounts[]): void {
    this.#period(record)?.addRecord(record.offset, receivedAt, counts)
  }

  reject(record: LogRecord, source: string, reason: string, readings: number): void {
    this.#period(record)?.reject(source, reason, readings)
  }

  addRows(record: LogRecord, rows: number): void {
    const period = this.#period(record)
    if (period) period.rowsWritten += rows
  }

  /** Adds a range that was counted outside the running work. */
  addPeriod(period: Period): void {
    const { partition, nextOffset } = period
    this.#open.push(period)
    this.#written.set(partition, Math.max(nextOffset, this.#written.get(partition) ?? 0))
  }

  /**
   * Ends the running ranges, adds the store's counts, and writes down what has been counted on both sides.
   * @param durable what the store holds durably: beyond that a missing count is a loss and not a delay
   * @returns how many entries were written
   */
  async write(counts: readonly StoreCounts[], durable: Position): Promise<number> {
    for (const [partition, period] of this.#current) {
      this.#open.push(period)
      this.#written.set(partition, period.nextOffset)
    }
    this.#current.clear()
    for (const count of counts) this.#open.find((period) => period.addStoreCounts(count))
    const ready = this.#open.filter((p) => p.isChanged && (p.isCounted || (durable[p.partition] ?? 0) >= p.nextOffset))
    const entries = ready.flatMap((period) => period.entries())
    if (entries.length > 0) await this.#deps.log.append(LEDGER, entries.map(toRecord))
    for (const period of ready) {
      period.isChanged = false
      if (period.isDecided) this.#judge(period)
    }
    const waits = (p: Period) => !p.isDecided || (!p.isCounted && (durable[p.partition] ?? 0) < p.nextOffset)
    this.#open = this.#open.filter((p) => p.isChanged || waits(p)).slice(-MOST_OPEN)
    return entries.length
  }

  #judge(period: Period): void {
    for (const entry of period.entries()) {
      if (isBalanced(entry)) continue
      const { partition, firstOffset, nextOffset, source, gateway, store } = entry
      const where = { partition, firstOffset, nextOffset, source }
      this.#deps.logger.error({ ...where, difference: differenceOf(entry), gateway, store }, 'ledger.imbalance')
      this.#deps.onImbalance(entry)
    }
  }

  #period(record: LogRecord): Period | undefined {
    const { partition, offset } = record
    if (offset < (this.#written.get(partition) ?? 0)) return undefined
    let period = this.#current.get(partition)
    if (!period) {
      period = new Period(partition, offset)
      this.#current.set(partition, period)
    }
    return period
  }

  /** The newest entries of these partitions, back to where each of them has been seen. */
  async #tail(partitions: ReadonlySet<number>): Promise<LedgerEntry[]> {
    const [range] = await this.#deps.log.ranges(LEDGER)
    const entries: LedgerEntry[] = []
    this.#isWhole = !range
    if (!range) return entries
    const seen = new Set<number>()
    let end = range.next
    for (let page = 0; page < MOST_PAGES && end > range.earliest && seen.size < partitions.size; page++) {
      const from = Math.max(range.earliest, end - PAGE)
      const records = await this.#deps.log.read(LEDGER, { partition: 0, offset: from }, end - from)
      const found = records
        .map((r) => JSON.parse(Buffer.from(r.value).toString()) as LedgerEntry)
        .filter((entry) => entry.topic === undefined && partitions.has(entry.partition))
      for (const entry of found) seen.add(entry.partition)
      entries.unshift(...found)
      end = from
    }
    this.#isWhole = end === 0
    return entries
  }
}

const toRecord = (entry: LedgerEntry) => ({ key: String(entry.partition), value: Buffer.from(JSON.stringify(entry)) })
