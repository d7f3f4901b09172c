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

  constructor(deps: LedgerBookDeps) {
    this.#deps = deps
  }

  /** Finds out where the ledger of an earlier run ends, and what of it the store had yet to decide. */
  async resume(position: Position): Promise<void> {
    const entries = newestOfEachRange(await this.#tail(Object.keys(position).length))
    for (const { partition, nextOffset } of entries)
      this.#written.set(partition, Math.max(nextOffset, this.#written.get(partition) ?? 0))
    const replayed = entries.filter((e) => e.nextOffset > (position[e.partition] ?? 0))
    for (const e of replayed)
      this.#cuts.set(e.partition, [...(this.#cuts.get(e.partition) ?? []), e.firstOffset, e.nextOffset])
    const ranges = Map.groupBy(replayed, (e) => `${e.partition} ${e.firstOffset}`)
    for (const range of ranges.values())
      if (range.some((e) => e.store.undecided > 0)) this.#open.push(Period.reopen(range))
  }

  /** Up to where a partition is written down; `undefined` when the ledger does not name it. */
  writtenUpTo(partition: number): number | undefined {
    return this.#written.get(partition)
  }

  /** True when a stretch given to the store must end before `offset`, so that its counts fit one range. */
  isCut(partition: number, offset: number): boolean {
    return this.#cuts.get(partition)?.includes(offset) ?? false
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
    this.#open.push(period)
    this.#written.set(period.partition, period.nextOffset)
  }

  /**
   * Ends the running ranges, adds the store's counts, and writes down what has been counted on both sides.
   * @param durable what the store holds durably: beyond that a missing count is a loss and not a delay
   */
  async write(counts: readonly StoreCounts[], durable: Position): Promise<void> {
    for (const period of this.#current.values()) this.#open.push(period)
    for (const period of this.#current.values()) this.#written.set(period.partition, period.nextOffset)
    this.#current.clear()
    const changed = new Set(this.#open.filter((period) => !this.#seen.has(period)))
    for (const count of counts) {
      const period = this.#open.find((p) => p.addStoreCounts(count))
      if (period) changed.add(period)
    }
    const ready = [...changed].filter((p) => p.isCounted || (durable[p.partition] ?? 0) >= p.nextOffset)
    const entries = ready.flatMap((period) => period.entries())
    if (entries.length > 0) await this.#deps.log.append(LEDGER, entries.map(toRecord))
    for (const period of ready) this.#judge(period)
    this.#open = this.#open.filter((p) => !ready.includes(p) || !p.isDecided).slice(-MOST_OPEN)
  }

  readonly #seen = new WeakSet<Period>()

  #judge(period: Period): void {
    this.#seen.add(period)
    if (!period.isDecided) return
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

  /** The newest entries, back to where every partition has been seen. */
  async #tail(partitions: number): Promise<LedgerEntry[]> {
    const [range] = await this.#deps.log.ranges(LEDGER)
    const entries: LedgerEntry[] = []
    if (!range) return entries
    const seen = new Set<number>()
    let end = range.next
    for (let page = 0; page < MOST_PAGES && end > range.earliest && seen.size < partitions; page++) {
      const from = Math.max(range.earliest, end - PAGE)
      const records = await this.#deps.log.read(LEDGER, { partition: 0, offset: from }, end - from)
      const found = records.map((r) => JSON.parse(Buffer.from(r.value).toString()) as LedgerEntry)
      for (const entry of found) seen.add(entry.partition)
      entries.unshift(...found)
      end = from
    }
    return entries
  }
}

const toRecord = (entry: LedgerEntry) => ({ key: String(entry.partition), value: Buffer.from(JSON.stringify(entry)) })
