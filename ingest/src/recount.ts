import { QuartierError, READINGS } from '@quartier/contracts'
import type { EventLog, LogRecord } from '@quartier/contracts/event-log'
import type { StoreCounts, TelemetryStore } from '@quartier/contracts/telemetry-store'
import { type CheckLimits, check, type RefusedRow } from './check.ts'
import { Stretch } from './gather.ts'
import { Period } from './period.ts'
import type { SeriesTable } from './series-table.ts'

export interface RecountDeps {
  readonly log: EventLog
  readonly store: TelemetryStore
  readonly table: SeriesTable
  readonly limits: CheckLimits
}

export interface Range {
  readonly partition: number
  readonly from: number
  readonly to: number
}

const PAGE = 64
const SERIES_AT_ONCE = 500

/**
 * Counts a range that the store holds and the ledger lacks: the gateway's side from the log; the store's from what it
 * still remembers, or else by looking up every reading. One that stands there twice is then stored and a duplicate.
 */
export async function recount(deps: RecountDeps, range: Range, remembered: readonly StoreCounts[]): Promise<Period> {
  const known = await scan(deps, range, async () => [])
  for (const counts of remembered) known.addStoreCounts(counts)
  if (known.isCounted) return known
  return await scan(deps, range, (stretch) => lookUp(deps, stretch))
}

async function scan(
  deps: RecountDeps,
  { partition, from, to }: Range,
  countRows: (stretch: Stretch) => Promise<Iterable<StoreCounts>>,
): Promise<Period> {
  const period = new Period(partition, from)
  const stretch = new Stretch(partition)
  for (let offset = from; offset < to; offset = stretch.nextOffset) {
    const records = await deps.log.read(READINGS, { partition, offset }, Math.min(PAGE, to - offset))
    stretch.begin(records[0]?.offset ?? to)
    for (const record of records) if (record.offset < to) takeIn(deps, period, stretch, record)
    if (stretch.isEmpty) break
    period.rowsWritten += stretch.columns.length
    for (const counts of await countRows(stretch)) period.addStoreCounts(counts)
  }
  period.nextOffset = to
  return period
}

function takeIn({ table, limits }: RecountDeps, period: Period, stretch: Stretch, record: LogRecord): void {
  const start = stretch.columns.length
  try {
    const counts = stretch.add(record)
    const refuse = (row: RefusedRow) => period.reject(table.source(row.series), row.reason, 1)
    const progress = { read: start, write: start }
    while (!check(stretch.columns, progress, table, limits, refuse)) progress.read++ // a series nobody knows has no rows
    period.addRecord(record.offset, stretch.columns.receivedAt[start] ?? record.appendedAt, counts)
  } catch (error) {
    if (!(error instanceof QuartierError)) throw error
    stretch.columns.length = start
    period.addRecord(record.offset, record.appendedAt, [])
  }
}

/** How many of the rows the store has, by source. */
async function lookUp(deps: RecountDeps, stretch: Stretch): Promise<Iterable<StoreCounts>> {
  const { table, store } = deps
  const { columns, partition, firstOffset, nextOffset } = stretch
  const times = new Map<number, number[]>()
  for (let i = 0; i < columns.length; i++) {
    const series = table.find(columns.seriesLo[i] as number, columns.seriesHi[i] as number)
    const list = times.get(series)
    if (list) list.push(columns.measuredAt[i] as number)
    else times.set(series, [columns.measuredAt[i] as number])
  }
  const bySource = new Map<string, StoreCounts>()
  const all = [...times.entries()]
  for (let i = 0; i < all.length; i += SERIES_AT_ONCE) {
    const some = all.slice(i, i + SERIES_AT_ONCE)
    const ids = some.map(([series]) => table.id(series))
    const [from, to] = extent(some.map(([, list]) => list))
    const found = await store.range(ids, from, to + 1)
    some.forEach(([series, wanted], k) => {
      const source = table.source(series)
      const none = {
        partition,
        firstOffset,
        nextOffset,
        source,
        stored: 0,
        duplicates: 0,
        corrections: 0,
        undecided: 0,
      }
      const counts = bySource.get(source) ?? none
      const { stored, duplicates } = present(wanted, found[k]?.measuredAt ?? [])
      bySource.set(source, { ...counts, stored: counts.stored + stored, duplicates: counts.duplicates + duplicates })
    })
  }
  return bySource.values()
}

function present(wanted: readonly number[], stored: Iterable<number>): { stored: number; duplicates: number } {
  const there = new Set(stored)
  const seen = new Set<number>()
  let duplicates = 0
  for (const at of wanted) {
    if (!there.has(at)) continue
    if (seen.has(at)) duplicates++
    seen.add(at)
  }
  return { stored: seen.size, duplicates }
}

function extent(lists: readonly (readonly number[])[]): [number, number] {
  let from = Number.POSITIVE_INFINITY
  let to = Number.NEGATIVE_INFINITY
  for (const list of lists)
    for (const at of list) {
      if (at < from) from = at
      if (at > to) to = at
    }
  return [from, to]
}
