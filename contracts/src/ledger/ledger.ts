import type { LedgerEntry } from '../schemas/ledger.ts'

/** Sums of one source; both equations hold when `balanced`. */
export interface SourceTotals {
  readonly source: string
  readonly messagesReceived: number
  readonly messagesAccepted: number
  readonly messagesRejected: Readonly<Record<string, number>>
  readonly received: number
  readonly accepted: number
  /** By reason, at the gateway and at ingest together. */
  readonly rejected: Readonly<Record<string, number>>
  readonly stored: number
  readonly duplicates: number
  readonly corrections: number
  /** In flight: the store has them and has yet to decide what they are. */
  readonly undecided: number
  readonly untimed: number
  /** What the privacy firewall removed from its messages, by kind. */
  readonly removed: Readonly<Record<string, number>>
  /** Accepted by the gateway less what the store accounts for, of readings. */
  readonly difference: number
  readonly events: EventTotals
  /** For readings and for events. */
  readonly balanced: boolean
}

/** The same sums for events, whose messages are counted among those above. */
export interface EventTotals {
  readonly received: number
  readonly accepted: number
  readonly rejected: Readonly<Record<string, number>>
  readonly stored: number
  readonly duplicates: number
  readonly untimed: number
  readonly difference: number
}

export interface LedgerSummary {
  /** In the order of their names. */
  readonly sources: readonly SourceTotals[]
  /** Entries of which one side counted otherwise than the other, in the order given. */
  readonly imbalances: readonly LedgerEntry[]
  readonly balanced: boolean
}

/**
 * What the ledger says per source, and where its two sides disagree.
 * @param entries in the order of the log; an entry of the same range and source replaces an earlier one
 */
export function summarise(entries: Iterable<LedgerEntry>): LedgerSummary {
  const bySource = new Map<string, Sums>()
  const imbalances: LedgerEntry[] = []
  for (const entry of newestOfEachRange(entries)) {
    const sums = bySource.get(entry.source) ?? emptySums(entry.source)
    bySource.set(entry.source, sums)
    add(sums, entry)
    if (isBalanced(entry)) continue
    sums.balanced = false
    imbalances.push(entry)
  }
  const sources = [...bySource.values()].sort((a, b) => (a.source < b.source ? -1 : 1))
  return { sources, imbalances, balanced: imbalances.length === 0 }
}

/** Accepted by the gateway less what the store accounts for: 0 when nothing was lost or added on the way. */
export function differenceOf({ gateway, store }: LedgerEntry): number {
  return (
    gateway.readings.accepted -
    (store.stored + store.duplicates + store.corrections + store.undecided + total(store.rejected))
  )
}

/** Whether the gateway's own counts add up, and agree with the store's. */
export function isBalanced(entry: LedgerEntry): boolean {
  const { messages, readings } = entry.gateway
  return (
    differenceOf(entry) === 0 &&
    messages.received === messages.accepted + total(messages.rejected) &&
    readings.received === readings.accepted + total(readings.rejected)
  )
}

/** Leaves out entries that a later one replaces: those written again after a crash or once they were settled. */
export function newestOfEachRange(entries: Iterable<LedgerEntry>): LedgerEntry[] {
  const newest = new Map<string, LedgerEntry>()
  for (const entry of entries) newest.set(ledgerEntryId(entry), entry)
  return [...newest.values()]
}

/** Names the topic, the range and the source of an entry. */
export const ledgerEntryId = ({ topic, partition, firstOffset, nextOffset, source }: LedgerEntry): string =>
  `${topic ?? ''} ${partition} ${firstOffset} ${nextOffset} ${source}`

/** The sum of counts by reason. */
export const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0)

/** Adds counts by reason to others. */
export function addCounts(sums: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [reason, count] of Object.entries(counts)) sums[reason] = (sums[reason] ?? 0) + count
}

type Open<T> = { -readonly [K in keyof T]: T[K] } & { rejected: Record<string, number> }
type Sums = Open<Omit<SourceTotals, 'events' | 'removed'>> & {
  messagesRejected: Record<string, number>
  removed: Record<string, number>
  events: Open<EventTotals>
}

function add(sums: Sums, entry: LedgerEntry): void {
  if (entry.topic === undefined) addReadings(sums, entry)
  else addEvents(sums.events, entry)
}

function addEvents(sums: Sums['events'], entry: LedgerEntry): void {
  const { readings: events, untimed } = entry.gateway
  sums.received += events.received
  sums.accepted += events.accepted
  addCounts(sums.rejected, events.rejected)
  addCounts(sums.rejected, entry.store.rejected)
  sums.stored += entry.store.stored
  sums.duplicates += entry.store.duplicates
  sums.untimed += untimed
  sums.difference += differenceOf(entry)
}

function addReadings(sums: Sums, entry: LedgerEntry): void {
  const { messages, readings, untimed, removed } = entry.gateway
  if (removed) addCounts(sums.removed, removed)
  sums.messagesReceived += messages.received
  sums.messagesAccepted += messages.accepted
  addCounts(sums.messagesRejected, messages.rejected)
  sums.received += readings.received
  sums.accepted += readings.accepted
  addCounts(sums.rejected, readings.rejected)
  addCounts(sums.rejected, entry.store.rejected)
  sums.stored += entry.store.stored
  sums.duplicates += entry.store.duplicates
  sums.corrections += entry.store.corrections
  sums.undecided += entry.store.undecided
  sums.untimed += untimed
  sums.difference += differenceOf(entry)
}

const emptySums = (source: string): Sums => ({
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
  removed: {},
  difference: 0,
  events: { received: 0, accepted: 0, rejected: {}, stored: 0, duplicates: 0, untimed: 0, difference: 0 },
  balanced: true,
})
