import { createHash } from 'node:crypto'
import { type DeadLetter, MAX_TIME_MS, QuartierError, READINGS, REJECTED, seriesIdText } from '@quartier/contracts'
import type { EventLog, LogRecord, NewRecord, Position } from '@quartier/contracts/event-log'
import type { RefusedRow } from './check.ts'
import type { SeriesTable } from './series-table.ts'

const SHOWN = 20
const PAGE = 512
/** Clocks may have jumped by so much since the first record that is read again was appended. */
const SLACK_MS = 3_600_000

/** `readings.v1:<partition>:<offset>:<row>`: where a refused reading stood. */
export const originOf = (partition: number, offset: number, row: number): string =>
  `${READINGS}:${partition}:${offset}:${row}`

/**
 * Dead letters for the readings of one record that were refused: one for each source and reason, since a device with
 * a wrong clock refuses thousands at once. The origin names the first of them.
 */
export function lettersFor(record: LogRecord, rows: readonly RefusedRow[], table: SeriesTable): DeadLetter[] {
  const groups = new Map<string, RefusedRow[]>()
  for (const row of rows) {
    const group = `${table.source(row.series)}\n${row.reason}`
    const list = groups.get(group)
    if (list) list.push(row)
    else groups.set(group, [row])
  }
  return [...groups.values()].map((group) => letterFor(record, group, table))
}

function letterFor(record: LogRecord, rows: readonly RefusedRow[], table: SeriesTable): DeadLetter {
  const first = rows[0] as RefusedRow
  const readings = rows.slice(0, SHOWN).map((r) => ({
    series: seriesIdText(table.id(r.series)),
    measuredAt: Number.isFinite(r.measuredAt) ? r.measuredAt : String(r.measuredAt),
    value: Number.isFinite(r.value) ? r.value : String(r.value),
  }))
  const text = JSON.stringify(readings)
  const personal = rows.some((r) => table.isPersonal(r.series))
  const source = table.source(first.series)
  return {
    origin: originOf(record.partition, record.offset, first.row),
    source,
    principal: source,
    mqttTopic: '',
    stage: 'check',
    reason: first.reason,
    detail: explain(first, rows.length),
    receivedAt: record.appendedAt,
    readings: rows.length,
    bytes: text.length,
    sha256: createHash('sha256').update(text).digest('hex'),
    ...(personal
      ? { skeleton: '[{"series":"…","measuredAt":…,"value":…}]' }
      : { payload: Buffer.from(text).toString('base64') }),
  }
}

function explain(first: RefusedRow, count: number): string {
  const what = {
    'not-finite': 'the value is not a finite number',
    'no-time': 'the time is not one that can be stored',
    'too-late': 'measured longer ago than raw readings are kept',
    future: 'measured too far ahead of its arrival',
  }[first.reason]
  const time = Math.abs(first.measuredAt) <= MAX_TIME_MS
  const when = time ? `, measured at ${new Date(first.measuredAt).toISOString()}` : ''
  return `${what}${when}${count > 1 ? `, and ${count - 1} more` : ''}`
}

/** The dead letter of a record that cannot be decoded. Its bytes stay in the log; whose they are is not known. */
export function letterForPoison(record: LogRecord, error: QuartierError): DeadLetter {
  return {
    origin: originOf(record.partition, record.offset, 0),
    source: '',
    principal: '',
    mqttTopic: '',
    stage: 'check',
    reason: error.code === 'BATCH_VERSION' ? 'record-version' : 'record-corrupt',
    detail: error.message,
    receivedAt: record.appendedAt,
    readings: 0,
    bytes: record.value.length,
    sha256: createHash('sha256').update(record.value).digest('hex'),
  }
}

/** Appends dead letters of ingest exactly once, also when records are read again after a crash. */
export class RejectedLog {
  readonly #log: EventLog
  /** The last origin of each partition that is there already, from an earlier run. */
  readonly #last = new Map<number, { offset: number; row: number }>()

  constructor(log: EventLog) {
    this.#log = log
  }

  /** Looks back in `rejected.v1` as far as records from `position` on can have left something. */
  async resume(position: Position): Promise<void> {
    const since = await this.#firstAppendedAt(position)
    const [range] = await this.#log.ranges(REJECTED)
    if (!range || since === undefined) return
    for (let end = range.next; end > range.earliest; end -= PAGE) {
      const from = Math.max(range.earliest, end - PAGE)
      const page = await this.#log.read(REJECTED, { partition: 0, offset: from }, end - from)
      for (const record of page) this.#remember(record.headers.origin)
      if ((page[0]?.appendedAt ?? 0) < since - SLACK_MS) return
    }
  }

  async append(letters: readonly DeadLetter[]): Promise<void> {
    const records = letters.filter((letter) => this.#isNew(letter.origin)).map(toRecord)
    if (records.length > 0) await this.#log.append(REJECTED, records)
  }

  async #firstAppendedAt(position: Position): Promise<number | undefined> {
    const times: number[] = []
    for (const { partition, next } of await this.#log.ranges(READINGS)) {
      const offset = position[partition]
      if (offset === undefined || offset >= next) continue
      const [first] = await this.#log.read(READINGS, { partition, offset }, 1)
      if (first) times.push(first.appendedAt)
    }
    return times.length > 0 ? Math.min(...times) : undefined
  }

  #remember(origin: string | undefined): void {
    const place = parseOrigin(origin ?? '')
    if (!place) return
    const known = this.#last.get(place.partition)
    if (!known || isAfter(place, known)) this.#last.set(place.partition, place)
  }

  #isNew(origin: string): boolean {
    const place = parseOrigin(origin)
    const last = place && this.#last.get(place.partition)
    return !place || !last || isAfter(place, last)
  }
}

const isAfter = (a: { offset: number; row: number }, b: { offset: number; row: number }): boolean =>
  a.offset > b.offset || (a.offset === b.offset && a.row > b.row)

function parseOrigin(origin: string): { partition: number; offset: number; row: number } | undefined {
  const match = /^readings\.v1:(\d+):(\d+):(\d+)$/.exec(origin)
  return match ? { partition: Number(match[1]), offset: Number(match[2]), row: Number(match[3]) } : undefined
}

const toRecord = (letter: DeadLetter): NewRecord => ({
  key: letter.source,
  value: Buffer.from(JSON.stringify(letter)),
  headers: { origin: letter.origin },
})
