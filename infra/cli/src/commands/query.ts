import { QuartierError, qualityWord } from '@quartier/contracts'
import { readClock } from '@quartier/contracts/clock'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import type { Command } from 'commander'
import { usage } from '../exit.ts'
import { paths, withLog, withStore } from '../installation.ts'
import { durationMs, type Instant, instant, whole } from '../options.ts'
import {
  meaningsOf,
  type SelectedSeries,
  type SelectionOptions,
  selectSeries,
  withSelection,
} from '../series-selection.ts'
import { cell, count, table } from '../table.ts'
import { add as addEvents } from './query-events.ts'

interface QueryOptions extends SelectionOptions {
  readonly from?: Instant
  readonly to?: Instant
  readonly window?: number
  readonly limit: number
  readonly json: boolean
  readonly sql?: string
}

/** What `--from`, `--to` and `--window` come to on the installation's clock. */
interface Span {
  readonly from: number
  readonly to: number
}

const DAY_MS = 86_400_000

export function add(program: Command): void {
  // What stands behind "events" is of that command, though options of both have the same names.
  const command = program
    .enablePositionalOptions()
    .command('query')
    .enablePositionalOptions()
    .description('last values, readings or windows of series')
  addEvents(command)
  withSelection(
    command.argument('[series...]', 'series keys (source/device/property), ids, or words to look up in the registry'),
  )
    .option('--from <instant>', 'readings from this instant on: ISO 8601, epoch ms, or -24h', instant)
    .option('--to <instant>', 'up to, not including, this instant', instant)
    .option('--window <duration>', 'windows of this length in place of single readings, such as 5m', durationMs)
    .option('--limit <n>', 'at most this many rows', whole(1, 100_000_000), 100)
    .option(
      '--sql <statement>',
      'SQL over the view "readings"; DuckDB with the rights of whoever runs this, so it can read other files too',
    )
    .option('--json', 'one JSON object a line', false)
    .action(query)
}

async function query(words: string[], options: QueryOptions): Promise<void> {
  if (options.sql) return await sql(options.sql, options)
  const span = await spanOf(options)
  await withStore(options, async (store) => {
    const wanted = await selectSeries(store, words, options, Math.min(options.limit, 10_000))
    if (!span) await printLast(store, wanted, options)
    else if (options.window) await printWindows(store, wanted, options, span, options.window)
    else await printRange(store, wanted, options, span)
  })
}

async function spanOf(options: QueryOptions): Promise<Span | undefined> {
  if (!options.from && !options.window && !options.to) return undefined
  const now = (await withLog(options, readClock)).now()
  const to = options.to?.(now) ?? now + 1
  const from = options.from?.(now) ?? to - DAY_MS
  if (from >= to) throw usage(`--from (${iso(from)}) is not before --to (${iso(to)}).`)
  return { from, to }
}

async function printLast(store: TelemetryStore, wanted: SelectedSeries[], options: QueryOptions): Promise<void> {
  const last = await store.last(wanted.map((w) => w.id))
  const meaning = await meaningsOf(options, wanted)
  const rows = wanted.map((w, i) => {
    const at = last.measuredAt[i] as number
    return {
      series: w.key,
      measuredAt: iso(at),
      value: orNull(last.value[i] as number),
      ...meaning(w, at > 0 ? at : Number.POSITIVE_INFINITY),
      quality: at ? qualityWord(last.quality[i] as number) : 'no value yet',
    }
  })
  print(rows.slice(0, options.limit), options)
}

async function printRange(
  store: TelemetryStore,
  wanted: SelectedSeries[],
  options: QueryOptions,
  span: Span,
): Promise<void> {
  const ids = wanted.map((w) => w.id)
  const ranges = await store.range(ids, span.from, span.to, options.limit)
  const meaning = await meaningsOf(options, wanted)
  const rows: object[] = []
  for (const [s, range] of ranges.entries())
    for (let i = 0; i < range.measuredAt.length && rows.length < options.limit; i++)
      rows.push({
        series: wanted[s]?.key,
        measuredAt: iso(range.measuredAt[i] as number),
        value: range.value[i],
        ...meaning(wanted[s] as SelectedSeries, range.measuredAt[i] as number),
        quality: qualityWord(range.quality[i] as number),
      })
  print(rows, options)
}

/** Windows begin at whole multiples of their length; those without a reading are left out and counted. */
async function printWindows(
  store: TelemetryStore,
  wanted: SelectedSeries[],
  options: QueryOptions,
  span: Span,
  stepMs: number,
): Promise<void> {
  const ids = wanted.map((w) => w.id)
  const w = await store.windows(ids, Math.floor(span.from / stepMs) * stepMs, span.to, stepMs)
  const meaning = await meaningsOf(options, wanted)
  const rows: object[] = []
  let empty = 0
  for (let s = 0; s < ids.length; s++)
    for (let k = 0; k < w.windows && rows.length < options.limit; k++) {
      const i = s * w.windows + k
      if (w.count[i] === 0) empty++
      else
        rows.push({
          series: wanted[s]?.key,
          from: iso(w.from + k * w.stepMs),
          readings: w.count[i],
          mean: w.mean[i],
          min: w.min[i],
          max: w.max[i],
          last: w.last[i],
          ...meaning(wanted[s] as SelectedSeries, w.from + k * w.stepMs),
        })
    }
  print(rows, options)
  if (empty > 0) process.stderr.write(`${count(empty, 'window')} without a reading left out.\n`)
}

async function sql(statement: string, options: QueryOptions): Promise<void> {
  await withStore(options, (store) => {
    if (store.supports.sql) return store.flush()
    throw new QuartierError('SQL_UNSUPPORTED', 'The store of this installation knows no SQL: ask without --sql.')
  })
  const { openSql } = await import('@quartier/contracts/telemetry-store/sql')
  const db = await openSql(paths(options.data).store)
  try {
    print((await db.query(statement)) as object[], { ...options, limit: Number.POSITIVE_INFINITY })
  } finally {
    await db.close()
  }
}

function print(rows: readonly object[], options: Pick<QueryOptions, 'json' | 'limit'>): void {
  const text = (_key: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)
  if (options.json) for (const row of rows) process.stdout.write(`${JSON.stringify(row, text)}\n`)
  else table(rows.map((row) => Object.fromEntries(Object.entries(row).map(([k, v]) => [k, cell(v)]))))
  if (rows.length >= options.limit) process.stderr.write(`The first ${options.limit} rows; --limit shows more.\n`)
}

const iso = (at: number): string | null => (at > 0 ? new Date(at).toISOString() : null)
const orNull = (n: number): number | null => (Number.isNaN(n) ? null : n)
