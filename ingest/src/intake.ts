import { type DeadLetter, QuartierError, type SourceCounts } from '@quartier/contracts'
import type { LogRecord } from '@quartier/contracts/event-log'
import { type CheckLimits, check, type RefusedRow } from './check.ts'
import { Stretch } from './gather.ts'
import type { LedgerBook } from './ledger-book.ts'
import type { IngestMetrics } from './metrics.ts'
import { letterForPoison, lettersFor } from './rejects.ts'
import type { SeriesFollower } from './series-follower.ts'
import type { SeriesTable } from './series-table.ts'

export interface IntakeDeps {
  readonly table: SeriesTable
  readonly follower: Pick<SeriesFollower, 'learn'>
  readonly ledger: LedgerBook
  readonly metrics: IngestMetrics
  readonly limits: CheckLimits
}

/** What a batch of records comes to. The stretches are good until the next call. */
export interface Taken {
  readonly stretches: readonly Stretch[]
  readonly letters: readonly DeadLetter[]
}

/** Turns records into checked columns, one stretch per partition, and dead letters. */
export class Intake {
  readonly #deps: IntakeDeps
  #spare: Stretch[] = []
  #used: Stretch[] = []

  constructor(deps: IntakeDeps) {
    this.#deps = deps
  }

  async take(records: readonly LogRecord[]): Promise<Taken> {
    this.#spare.push(...this.#used)
    this.#used = []
    const letters: DeadLetter[] = []
    const open = new Map<number, Stretch>()
    for (const record of records) {
      const { partition, offset } = record
      let stretch = open.get(partition)
      if (!stretch || stretch.nextOffset !== offset || this.#deps.ledger.isCut(partition, offset)) {
        stretch = this.#stretch(partition, offset)
        open.set(partition, stretch)
      }
      letters.push(...(await this.#takeOne(record, stretch)))
    }
    return { stretches: this.#used, letters }
  }

  async #takeOne(record: LogRecord, stretch: Stretch): Promise<DeadLetter[]> {
    const { ledger, metrics } = this.#deps
    const start = stretch.columns.length
    let counts: readonly SourceCounts[]
    try {
      counts = stretch.add(record)
    } catch (error) {
      if (!(error instanceof QuartierError)) throw error
      metrics.poison.inc()
      ledger.addRecord(record, record.appendedAt, [])
      return [letterForPoison(record, error)]
    }
    const receivedAt =
      stretch.columns.length > start ? (stretch.columns.receivedAt[start] as number) : record.appendedAt
    ledger.addRecord(record, receivedAt, counts)
    const refused = await this.#check(stretch, start, counts)
    ledger.addRows(record, stretch.columns.length - start)
    return refused.length > 0 ? this.#refuse(record, refused) : []
  }

  /** Checks the rows of the last record; a series that is not known yet is learnt on the way. */
  async #check(stretch: Stretch, start: number, counts: readonly SourceCounts[]): Promise<RefusedRow[]> {
    const { table, limits, follower } = this.#deps
    const { columns } = stretch
    const refused: RefusedRow[] = []
    const progress = { read: start, write: start }
    const refuse = (row: RefusedRow) => void refused.push({ ...row, row: row.row - start })
    while (!check(columns, progress, table, limits, refuse)) {
      const id = { lo: columns.seriesLo[progress.read] as number, hi: columns.seriesHi[progress.read] as number }
      await follower.learn(id, counts.length === 1 ? (counts[0] as SourceCounts).source : 'unknown')
    }
    return refused
  }

  #refuse(record: LogRecord, refused: readonly RefusedRow[]): DeadLetter[] {
    const { ledger, metrics, table } = this.#deps
    for (const { series, reason } of refused) {
      ledger.reject(record, table.source(series), reason, 1)
      metrics.rejected.inc({ reason })
    }
    return lettersFor(record, refused, table)
  }

  #stretch(partition: number, offset: number): Stretch {
    const stretch = this.#spare.find((s) => s.partition === partition) ?? new Stretch(partition)
    this.#spare = this.#spare.filter((s) => s !== stretch)
    stretch.begin(offset)
    this.#used.push(stretch)
    return stretch
  }
}
