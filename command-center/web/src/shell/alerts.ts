import type { AttentionRow } from '@quartier/contracts/api'
import type { Wishes } from '../theme/preferences.ts'

/** What is told, and what it stands for. */
export interface Alert {
  readonly row: AttentionRow
  /** Lines that are told with it, itself among them. */
  readonly lines: number
}

/** Whether somebody asked to be told of a line. Nothing chosen among systems or zones means all of them. */
export function isWished({ state, system, zoneId }: AttentionRow, { on, states, systems, zones }: Wishes): boolean {
  if (!on || !states.includes(state)) return false
  if (systems.length > 0 && !systems.includes(system)) return false
  return zones.length === 0 || (zoneId !== null && zones.includes(zoneId))
}

/** At most one alert in this time: a flood is told as one line with a count. */
const QUIET_MS = 15_000

export interface Watch {
  /** What is new among what needs a look, to be told now. */
  see(rows: readonly AttentionRow[], wishes: Wishes, nowMs: number): Alert | undefined
}

/**
 * Remembers what stood in the list, so that only what is new is told, once, the most pressing line first. What stood there
 * when somebody began to look is no news.
 */
export function createWatch(): Watch {
  let known: ReadonlySet<string> | undefined
  let waiting: AttentionRow[] = []
  let quietUntil = Number.NEGATIVE_INFINITY
  return {
    see(rows, wishes, nowMs) {
      const before = known
      known = new Set(rows.map(({ id }) => id))
      // What has ended meanwhile is not told any more.
      waiting = waiting.filter(({ id }) => known?.has(id))
      if (before) waiting.push(...rows.filter((row) => !before.has(row.id) && isWished(row, wishes)))
      if (waiting.length === 0 || nowMs < quietUntil) return undefined
      const order = new Map(rows.map(({ id }, place) => [id, place]))
      const [row] = waiting.toSorted((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0))
      const alert = { row: row!, lines: waiting.length }
      waiting = []
      quietUntil = nowMs + QUIET_MS
      return alert
    },
  }
}
