import type { EventView } from '@quartier/contracts/api'
import { EVENT_KINDS, type EventGroup, type EventKind, SEVERITIES, type Severity } from '@quartier/contracts/events'

/** What the list shows. */
export interface EventFilter {
  /** A kind, or all of a group. */
  readonly kind: EventKind | `group:${EventGroup}` | ''
  readonly zoneId: string
  readonly severity: Severity
  readonly text: string
  /** How far back, ms. */
  readonly spanMs: number
}

export const HOUR_MS = 3_600_000
export const SPANS_MS = [HOUR_MS, 24 * HOUR_MS, 7 * 24 * HOUR_MS, 30 * 24 * HOUR_MS] as const
export const NO_FILTER: EventFilter = { kind: '', zoneId: '', severity: 'info', text: '', spanMs: HOUR_MS }

/** The kinds that a filter lets pass; `undefined` for all. */
export function kindsOf({ kind }: EventFilter): readonly EventKind[] | undefined {
  if (kind === '') return undefined
  if (!kind.startsWith('group:')) return [kind as EventKind]
  const group = kind.slice('group:'.length)
  return (Object.keys(EVENT_KINDS) as EventKind[]).filter((one) => EVENT_KINDS[one].group === group)
}

/** The query of the first page. @param now platform time */
export function queryOf(filter: EventFilter, now: number): URLSearchParams {
  const { zoneId, severity, text, spanMs } = filter
  const query = new URLSearchParams({ from: String(Math.round(now - spanMs)), limit: '100' })
  for (const kind of kindsOf(filter) ?? []) query.append('kind', kind)
  if (zoneId !== '') query.set('zoneId', zoneId)
  if (severity !== 'info') query.set('severity', severity)
  if (text.trim() !== '') query.set('text', text.trim())
  return query
}

/** Whether an event that has just come belongs to what the list shows, as the server would say. */
export function passes(event: EventView, filter: EventFilter): boolean {
  const kinds = kindsOf(filter)
  const text = filter.text.trim().toLowerCase()
  return (
    (!kinds || kinds.includes(event.kind)) &&
    (filter.zoneId === '' || event.zoneId === filter.zoneId) &&
    SEVERITIES.indexOf(event.severity) >= SEVERITIES.indexOf(filter.severity) &&
    (text === '' ||
      `${event.source}/${event.device}`.toLowerCase().includes(text) ||
      JSON.stringify(event.attributes).toLowerCase().includes(text))
  )
}

/** Newest first, each once. */
export function merged(some: readonly EventView[], others: readonly EventView[], most: number): EventView[] {
  const byId = new Map<string, EventView>()
  for (const event of [...some, ...others]) byId.set(event.id, event)
  return [...byId.values()].sort((a, b) => b.measuredAt - a.measuredAt || (a.id < b.id ? 1 : -1)).slice(0, most)
}
