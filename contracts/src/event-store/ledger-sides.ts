import type { DatabaseSync } from 'node:sqlite'
import type { EventCounts } from '../events/batch.ts'
import type { LedgerEntry } from '../schemas/ledger.ts'
import { EVENTS } from '../topics.ts'
import type { EventWrite } from './port.ts'
import type { SourceTally } from './sift.ts'

const MINUTE_MS = 60_000

/** Writes down what gateway and store have counted of these writes, as part of an open range. */
export function recordSides(
  db: DatabaseSync,
  writes: readonly EventWrite[],
  tallies: readonly ReadonlyMap<string, SourceTally>[],
): void {
  const insert = db.prepare('insert into side values (0, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  for (const side of sidesOf(writes, tallies)) {
    const { partition, first, next, receivedAt, source, gateway, stored, duplicates, tooLate } = side
    insert.run(partition, first, next, receivedAt, source, JSON.stringify(gateway), stored, duplicates, tooLate)
  }
}

/** Both sides of one source in one write. */
export interface Side extends SourceTally {
  readonly partition: number
  readonly first: number
  readonly next: number
  readonly receivedAt: number
  readonly source: string
  readonly gateway: readonly EventCounts[]
}

export function sidesOf(
  writes: readonly EventWrite[],
  tallies: readonly ReadonlyMap<string, SourceTally>[],
): readonly Side[] {
  return writes.flatMap(({ partition, firstOffset: first, nextOffset: next, receivedAt, counts }, k) => {
    const bySource = Map.groupBy(counts, (c) => c.source)
    const sources = new Set([...bySource.keys(), ...(tallies[k]?.keys() ?? [])])
    return [...sources].map((source) => {
      const none = { stored: 0, duplicates: 0, tooLate: 0 }
      const tally = tallies[k]?.get(source) ?? none
      return { partition, first, next, receivedAt, source, gateway: bySource.get(source) ?? [], ...tally }
    })
  })
}

export interface SideRow {
  readonly period: number
  readonly partition: number
  readonly first: number
  readonly next: number
  readonly received_at: number
  readonly source: string
  readonly gateway: string
  readonly stored: number
  readonly duplicates: number
  readonly too_late: number
}

/** Ends the open ranges; returns the entries of all that are closed, and the number of the last period. */
export function closeOpenRanges(db: DatabaseSync): { period: number; entries: LedgerEntry[] } {
  const { period } = db.prepare('select coalesce(max(period), 0) + 1 as period from side').get() as { period: number }
  db.prepare('update side set period = ? where period = 0').run(period)
  const rows = db.prepare('select * from side order by period, partition, first').all() as unknown as SideRow[]
  return { period, entries: entriesOf(rows) }
}

export function forgetRanges(db: DatabaseSync, period: number): void {
  db.prepare('delete from side where period between 1 and ?').run(period)
}

/** One entry per range and source. The rows of one period and partition are one range. */
export function entriesOf(rows: readonly SideRow[]): LedgerEntry[] {
  const ranges = Map.groupBy(rows, (row) => `${row.period} ${row.partition}`)
  return [...ranges.values()].flatMap((range) => {
    const partition = range[0]?.partition ?? 0
    const firstOffset = Math.min(...range.map((row) => row.first))
    const nextOffset = Math.max(...range.map((row) => row.next))
    const receivedMinute = Math.floor(Math.min(...range.map((row) => row.received_at)) / MINUTE_MS) * MINUTE_MS
    return [...Map.groupBy(range, (row) => row.source)].map(([source, some]) => ({
      ...{ topic: EVENTS, partition, firstOffset, nextOffset, source, receivedMinute },
      ...countsOf(some),
    }))
  })
}

function countsOf(rows: readonly SideRow[]): Pick<LedgerEntry, 'gateway' | 'store'> {
  const readings = { received: 0, accepted: 0, rejected: {} as Record<string, number> }
  const store = { stored: 0, duplicates: 0, corrections: 0, rejected: {} as Record<string, number>, undecided: 0 }
  let untimed = 0
  for (const row of rows) {
    store.stored += row.stored
    store.duplicates += row.duplicates
    if (row.too_late > 0) store.rejected['too-late'] = (store.rejected['too-late'] ?? 0) + row.too_late
    for (const counts of JSON.parse(row.gateway) as EventCounts[]) {
      readings.received += counts.received
      readings.accepted += counts.accepted
      untimed += counts.untimed
      for (const [reason, n] of Object.entries(counts.rejected))
        readings.rejected[reason] = (readings.rejected[reason] ?? 0) + n
    }
  }
  return { gateway: { messages: { received: 0, accepted: 0, rejected: {} }, readings, untimed }, store }
}
