import { LEDGER, type LedgerEntry, ledgerEntrySchema } from '@quartier/contracts'
import type { LedgerView } from '@quartier/contracts/api'
import type { LogRecord } from '@quartier/contracts/event-log'
import type { ServiceDeps } from '@quartier/contracts/runtime'
import { follow, tailOf } from '../follow.ts'
import { retrying } from '../retrying.ts'
import { differenceOf, summarise } from './ledger-sums.ts'

/** Entries of `ledger.v1` of the last day, the newest ones as far as there is room; sums are made when asked for. */
export class LedgerBook {
  /** By range and source: an entry written again (after a crash, or once settled) replaces the earlier one. */
  readonly #entries = new Map<string, LedgerEntry>()
  readonly #deps: ServiceDeps

  constructor(deps: ServiceDeps) {
    this.#deps = deps
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { log, logger } = this.#deps
    const from = await retrying(() => tailOf(log, LEDGER, MOST), {
      signal,
      logger,
      what: 'read the ranges of ledger.v1',
    })
    if (!from) return
    await follow(this.#deps, LEDGER, { from, signal }, (records) => {
      for (const record of records) this.#take(record)
    })
  }

  /** Sums of the entries received in the last `minutes` of platform time. */
  view(minutes: number): LedgerView {
    const to = this.#deps.clock.now()
    const from = to - minutes * 60_000
    const entries = [...this.#entries.values()].filter((e) => e.receivedMinute > from - 60_000)
    const sources = summarise(entries)
    const imbalances = entries.filter((e) => differenceOf(e) !== 0)
    const state =
      entries.length === 0
        ? 'empty'
        : sources.every((s) => s.balanced) && imbalances.length === 0
          ? 'balanced'
          : 'unbalanced'
    return { from, to, state, sources, imbalances: imbalances.reverse().slice(0, 100) }
  }

  #take(record: LogRecord): void {
    const parsed = ledgerEntrySchema.safeParse(JSON.parse(Buffer.from(record.value).toString()))
    if (!parsed.success) {
      this.#deps.logger.warn({ partition: record.partition, offset: record.offset }, 'ledger.entry_unreadable')
      return
    }
    const entry = parsed.data
    const id = `${entry.partition} ${entry.firstOffset} ${entry.nextOffset} ${entry.source}`
    this.#entries.delete(id)
    this.#entries.set(id, entry)
    this.#forget(entry.receivedMinute - DAY_MS)
  }

  #forget(oldest: number): void {
    for (const [id, entry] of this.#entries) {
      if (this.#entries.size <= MOST && entry.receivedMinute >= oldest) return
      this.#entries.delete(id)
    }
  }
}

const MOST = 50_000
const DAY_MS = 86_400_000
