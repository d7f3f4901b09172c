import { AUDIT, EVENTS, PREVIEWS, RECEIPTS, REJECTED, topic } from '@quartier/contracts'
import type { PrivacyView } from '@quartier/contracts/api'
import type { DayKeyStatus } from '@quartier/contracts/privacy/day-keys'
import { type Sample, valueIn } from '../platform/gather-metrics.ts'
import type { LedgerBook } from './ledger-book.ts'
import { type ReceiptBook, type Removed, total } from './receipt-book.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** A range of the ledger may reach from the minute that it is counted in into the next ones. */
const EDGE_MS = 2 * MINUTE_MS

export interface PrivacyParts {
  readonly receipts: Pick<ReceiptBook, 'bySource'>
  readonly ledger: Pick<LedgerBook, 'removedBySource'>
  readonly keys: DayKeyStatus
  /** What ingest of this machine says. */
  readonly ingest: readonly Sample[] | undefined
  readonly now: number
  readonly minutes: number
}

/** Whether what was promised about people is kept, in figures. */
export function privacyOf({ receipts, ledger, keys, ingest, now, minutes }: PrivacyParts): PrivacyView {
  const from = Math.floor((now - minutes * MINUTE_MS) / MINUTE_MS) * MINUTE_MS
  const byReceipts = receipts.bySource(from, Number.POSITIVE_INFINITY)
  const byLedger = ledger.removedBySource(from, Number.POSITIVE_INFINITY)
  const atEdges = [receipts.bySource(from, from + EDGE_MS), receipts.bySource(now - EDGE_MS, Number.POSITIVE_INFINITY)]
  const sources = [...new Set([...byReceipts.keys(), ...byLedger.keys()])].sort().flatMap((source) => {
    const row = { source, receipts: total(byReceipts.get(source) ?? {}), ledger: total(byLedger.get(source) ?? {}) }
    return row.receipts === row.ledger ? [] : [row]
  })
  const isOnItsWay = sources.every(
    (row) =>
      Math.abs(row.receipts - row.ledger) <= atEdges.reduce((sum, edge) => sum + total(edge.get(row.source) ?? {}), 0),
  )
  const removed = sumOf(byReceipts.values())
  const inLedger = sumOf(byLedger.values())
  const state =
    sources.length === 0 ? (total(removed) === 0 ? 'empty' : 'agrees') : isOnItsWay ? 'on-its-way' : 'differs'
  return {
    at: now,
    from,
    removed,
    ledger: { removed: inLedger, state, sources },
    keys: {
      known: keys.isThere,
      days: [...keys.days],
      endsAt: (Math.floor(now / DAY_MS) + 1) * DAY_MS,
      lastDestroyed: keys.lastDestroyed ?? null,
    },
    timers: timersOf(ingest),
  }
}

/** How long what concerns people is kept, the shortest first. */
function timersOf(ingest: readonly Sample[] | undefined): PrivacyView['timers'] {
  const ofTopic = (what: PrivacyView['timers'][number]['what'], name: string) => ({
    what,
    keptMs: topic(name).retentionMs,
  })
  const ofIngest = (what: 'personal-event' | 'event' | 'raw') => ({
    what,
    keptMs: valueIn(ingest, 'quartier_ingest_retention_ms', { what }),
  })
  const timers = [
    ofTopic('preview', PREVIEWS),
    { what: 'plate-key' as const, keptMs: DAY_MS },
    ofTopic('event-log', EVENTS),
    ofIngest('personal-event'),
    ofTopic('dead-letter', REJECTED),
    ofIngest('raw'),
    ofIngest('event'),
    ofTopic('receipt', RECEIPTS),
    ofTopic('audit', AUDIT),
  ]
  return timers.flatMap(({ what, keptMs }) => (keptMs === undefined ? [] : [{ what, keptMs }])).sort(byTime)
}

const byTime = (a: { keptMs: number }, b: { keptMs: number }): number => a.keptMs - b.keptMs

function sumOf(all: Iterable<Readonly<Record<string, number | undefined>>>): Removed {
  const sums: Record<string, number> = {}
  for (const counts of all)
    for (const [kind, n = 0] of Object.entries(counts)) if (n > 0) sums[kind] = (sums[kind] ?? 0) + n
  return sums
}
