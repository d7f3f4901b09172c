import type { LedgerView } from '@quartier/contracts/api'

/** One source, of whose messages some may hold nothing that can be counted: arrived = stored + duplicates + corrections + rejected + inFlight + missing. Readings and events together. */
export interface LedgerRow {
  readonly source: string
  readonly arrived: number
  readonly stored: number
  readonly duplicates: number
  readonly corrections: number
  readonly rejected: number
  readonly inFlight: number
  readonly missing: number
  readonly messages: number
  readonly messagesRejected: number
}

export const rowsOf = ({ sources }: LedgerView): LedgerRow[] =>
  sources.map((s) => ({
    source: s.source,
    arrived: s.received + s.events.received,
    stored: s.stored + s.events.stored,
    duplicates: s.duplicates + s.events.duplicates,
    corrections: s.corrections,
    rejected: total(s.rejected) + total(s.events.rejected),
    inFlight: s.undecided,
    missing: s.difference + s.events.difference,
    messages: s.messagesReceived,
    messagesRejected: total(s.messagesRejected),
  }))

export function sumOfRows(rows: readonly LedgerRow[], source: string): LedgerRow {
  const sum = (name: keyof Omit<LedgerRow, 'source'>) => rows.reduce((n, row) => n + row[name], 0)
  return {
    source,
    arrived: sum('arrived'),
    stored: sum('stored'),
    duplicates: sum('duplicates'),
    corrections: sum('corrections'),
    rejected: sum('rejected'),
    inFlight: sum('inFlight'),
    missing: sum('missing'),
    messages: sum('messages'),
    messagesRejected: sum('messagesRejected'),
  }
}

const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0)
