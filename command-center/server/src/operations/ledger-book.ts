import { LEDGER, type LedgerEntry, ledgerEntrySchema } from '@quartier/contracts'
import type { LedgerView } from '@quartier/contracts/api'
import type { LogRecord } from '@quartier/contracts/event-log'
import { ledgerEntryId, summarise } from '@quartier/contracts/ledger'
import type { ServiceDeps } from '@quartier/contracts/runtime'
import { follow, tailOf } from '../follow.ts'
import { retrying } from '../retrying.ts'

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
    const what = 'read the ranges of ledger.v1'
    const from = await retrying(() => tailOf(log, LEDGER, MOST), { signal, logger, what })
    if (!from) return
    await follow(this.#deps, LEDGER, { from, signal }, (records) => {
      for (const record of records) this.#take(record)
    })
  }

  /** Sums of the entries whose readings were received in the last `minutes` of platform time. */
  view(minutes: number): LedgerView {
    const to = this.#deps.clock.now()
    const from = to - minutes * 60_000
    const entries = [...this.#entries.values()].filter((e) => e.receivedMinute > from - 60_000)
    const { sources, imbalances, balanced } = summarise(entries)
    const state = entries.length === 0 ? 'empty' : balanced ? 'balanced' : 'unbalanced'
    return { from, to, state, sources: [...sources], imbalances: imbalances.toReversed().slice(0, LISTED) }
  }

  /** What the ledger says was removed, by source and kind, of ranges that began in `[from, to)`. */
  removedBySource(from: number, to: number): Map<string, Readonly<Record<string, number>>> {
    const entries = [...this.#entries.values()].filter((e) => e.receivedMinute >= from && e.receivedMinute < to)
    return new Map(summarise(entries).sources.map(({ source, removed }) => [source, removed]))
  }

  #take({ partition, offset, value }: LogRecord): void {
    const entry = readEntry(value)
    if (!entry) {
      this.#deps.logger.warn({ partition, offset }, 'ledger.entry_unreadable')
      return
    }
    const id = ledgerEntryId(entry)
    this.#entries.delete(id)
    this.#entries.set(id, entry)
    this.#forget(this.#deps.clock.now() - DAY_MS)
  }

  #forget(oldest: number): void {
    for (const [id, entry] of this.#entries) {
      if (this.#entries.size <= MOST && entry.receivedMinute >= oldest) return
      this.#entries.delete(id)
    }
  }
}

const MOST = 50_000
const LISTED = 100
const DAY_MS = 86_400_000

function readEntry(value: Uint8Array): LedgerEntry | undefined {
  try {
    return ledgerEntrySchema.safeParse(JSON.parse(Buffer.from(value).toString())).data
  } catch {
    return undefined
  }
}
