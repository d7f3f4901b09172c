import type { LedgerEntry } from '@quartier/contracts'
import type { LedgerView } from '@quartier/contracts/api'

type SourceSums = { -readonly [K in keyof LedgerView['sources'][number]]: LedgerView['sources'][number][K] }

/** What the gateway says it accepted less what the store can account for; 0 when the entry is balanced. */
export function differenceOf({ gateway, store }: LedgerEntry): number {
  const accounted = store.stored + store.duplicates + store.corrections + store.undecided + total(store.rejected)
  return gateway.readings.accepted - accounted
}

/** Sums by source, in the order of their names. */
export function summarise(entries: readonly LedgerEntry[]): SourceSums[] {
  const bySource = new Map<string, SourceSums>()
  for (const entry of entries) {
    const sums = bySource.get(entry.source) ?? emptySums(entry.source)
    add(sums, entry)
    bySource.set(entry.source, sums)
  }
  return [...bySource.values()].sort((a, b) => (a.source < b.source ? -1 : 1))
}

function add(sums: SourceSums, entry: LedgerEntry): void {
  const { messages, readings, untimed } = entry.gateway
  sums.messagesReceived += messages.received
  sums.messagesAccepted += messages.accepted
  addTo(sums.messagesRejected, messages.rejected)
  sums.received += readings.received
  sums.accepted += readings.accepted
  addTo(sums.rejected, readings.rejected)
  addTo(sums.rejected, entry.store.rejected)
  sums.stored += entry.store.stored
  sums.duplicates += entry.store.duplicates
  sums.corrections += entry.store.corrections
  sums.undecided += entry.store.undecided
  sums.untimed += untimed
  sums.difference += differenceOf(entry)
  const gatewayAgrees =
    messages.received === messages.accepted + total(messages.rejected) &&
    readings.received === readings.accepted + total(readings.rejected)
  if (!gatewayAgrees || differenceOf(entry) !== 0) sums.balanced = false
}

const emptySums = (source: string): SourceSums => ({
  source,
  messagesReceived: 0,
  messagesAccepted: 0,
  messagesRejected: {},
  received: 0,
  accepted: 0,
  rejected: {},
  stored: 0,
  duplicates: 0,
  corrections: 0,
  undecided: 0,
  untimed: 0,
  difference: 0,
  balanced: true,
})

function addTo(sums: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [reason, count] of Object.entries(counts)) sums[reason] = (sums[reason] ?? 0) + count
}

const total = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0)
