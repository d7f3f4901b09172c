import type { Attention, AttentionRow } from '@quartier/contracts/api'
import { BAD, NEVER, OUT_OF_RANGE, SILENT, STALE, STATE_WORDS, UNCERTAIN } from '@quartier/contracts/live'

export const FILTERS = ['range', 'silent', 'stale', 'doubt'] as const
export type Filter = (typeof FILTERS)[number]

const STATES: Readonly<Record<Filter, readonly number[]>> = {
  range: [OUT_OF_RANGE],
  silent: [SILENT],
  stale: [STALE, NEVER],
  doubt: [UNCERTAIN, BAD],
}

/** The figure of each filter: gateways for the silent ones, series for the rest. */
export function filterCounts({ counts, silentGateways }: Attention): Record<Filter, number> {
  const sum = (filter: Filter) => STATES[filter].reduce((n, state) => n + (counts[state] ?? 0), 0)
  return { range: sum('range'), silent: silentGateways, stale: sum('stale'), doubt: sum('doubt') }
}

export function selectRows(rows: readonly AttentionRow[], filter: Filter | undefined): readonly AttentionRow[] {
  if (!filter) return rows
  return rows.filter((row) => STATES[filter].includes(STATE_WORDS.indexOf(row.state)))
}
