import {
  type AttentionRow,
  BAD,
  NEVER,
  OUT_OF_RANGE,
  SILENT,
  type Situation,
  STALE,
  UNCERTAIN,
} from '../../live/situation.ts'

export const FILTERS = ['range', 'silent', 'stale', 'doubt'] as const
export type Filter = (typeof FILTERS)[number]

const STATES: Readonly<Record<Filter, readonly number[]>> = {
  range: [OUT_OF_RANGE],
  silent: [SILENT],
  stale: [STALE, NEVER],
  doubt: [UNCERTAIN, BAD],
}

/** How many rows a list shows; the rest is a count. */
export const ROWS_MAX = 200

export const filterOf = (state: number): Filter => FILTERS.find((filter) => STATES[filter].includes(state)) ?? 'doubt'

/** The figure of each filter: gateways for the silent ones, series for the rest. */
export function filterCounts(situation: Situation): Record<Filter, number> {
  const sum = (filter: Filter) => STATES[filter].reduce((n, state) => n + situation.counts[state]!, 0)
  return { range: sum('range'), silent: situation.silentGateways, stale: sum('stale'), doubt: sum('doubt') }
}

export function selectRows(situation: Situation, filter: Filter | undefined): readonly AttentionRow[] {
  if (!filter) return situation.attention
  return situation.attention.filter((row) => STATES[filter].includes(row.state))
}
