import type { LedgerView } from '@quartier/contracts/api'
import { expect, it } from 'vitest'
import { rowsOf, sumOfRows } from './ledger-rows.ts'

const source = (name: string, more: object = {}): LedgerView['sources'][number] => ({
  ...{ source: name, messagesReceived: 9, messagesAccepted: 9, messagesRejected: {}, untimed: 0, removed: {} },
  ...{ received: 100, accepted: 97, rejected: { 'json-syntax': 3, 'too-late': 1 }, stored: 90, duplicates: 3 },
  ...{ corrections: 2, undecided: 1, difference: 0, balanced: true },
  events: { received: 5, accepted: 5, rejected: {}, stored: 4, duplicates: 1, untimed: 0, difference: 0 },
  ...more,
})

it('adds up for each source and for all: what arrived is all that became of it', () => {
  const view = { sources: [source('a'), source('b', { stored: 80, difference: 10 })] } as unknown as LedgerView
  const rows = rowsOf(view)
  for (const row of [...rows, sumOfRows(rows, 'all')]) {
    const { arrived, stored, duplicates, corrections, rejected, inFlight, missing } = row
    expect(stored + duplicates + corrections + rejected + inFlight + missing).toBe(arrived)
  }
  expect(sumOfRows(rows, 'all')).toMatchObject({ source: 'all', arrived: 210, stored: 178, missing: 10 })
})
