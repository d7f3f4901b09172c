import { parseSeriesId, qualityWord, type SeriesId, seriesIdOf } from '@quartier/contracts'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import type { Command } from 'commander'
import { usage } from '../exit.ts'
import { paths, withRecords, withStore } from '../installation.ts'
import { dataOption, durationMs, instant, whole } from '../options.ts'

interface QueryOptions {
  readonly data: string
  readonly from: number
  readonly to: number
  readonly window?: number
  readonly zone?: string
  readonly kind?: string
  readonly property?: string
  readonly limit: number
  readonly json: boolean
  readonly sql?: string
}

export function add(program: Command): void {
  program
    .command('query')
    .description('last values, readings or windows of series')
    .argument('[series...]', 'series keys (source/device/property) or ids; words are searched in the registry')
    .addOption(dataOption())
    .option('--from <instant>', 'readings from this instant on: ISO 8601, epoch ms, or -24h', instant)
    .option('--to <instant>', 'up to, not including, this instant', instant)
    .option('--window <duration>', 'windows of this length in place of single readings, such as 5m', durationMs)
    .option('--zone <id>', 'all series of a zone')
    .option('--kind <kind>', 'all series of assets of this kind')
    .option('--property <name>', 'only this property')
    .option('--limit <n>', 'at most this many rows', whole(1, 100_000_000), 100)
    .option('--sql <statement>', 'SQL over the view "readings" (DuckDB); what is still in memory is flushed first')
    .option('--json', 'one JSON object a line', false)
    .action(query)
}

interface Wanted {
  readonly id: SeriesId
  readonly key: string
  readonly unit: string
}

async function query(words: string[], options: QueryOptions): Promise<void> {
  if (options.sql) return await sql(options.sql, options)
  await withStore(options.data, async (store) => {
    const wanted = await resolveSeries(words, options, store)
    if (wanted.length === 0) throw usage('No series matches. `quartier query` with a few words searches the registry.')
    if (options.from === undefined) await printLast(store, wanted, options)
    else if (options.window) await printWindows(store, wanted, options, options.window)
    else await printRange(store, wanted, options)
  })
}

async function resolveSeries(words: string[], options: QueryOptions, store: TelemetryStore): Promise<Wanted[]> {
  const byKey = new Map((await store.series()).map((s) => [s.key, s]))
  const byId = words.length > 0 && words.every((w) => byKey.has(w) || parseSeriesId(w))
  if (byId)
    return words.map((w) => {
      const id = parseSeriesId(w) ?? seriesIdOf(w)
      const meta = byKey.get(w) ?? [...byKey.values()].find((s) => s.lo === id.lo && s.hi === id.hi)
      return { id, key: meta?.key ?? w, unit: meta?.unit ?? '' }
    })
  const found = await withRecords(options.data, (records) =>
    records.registry.series({
      text: words.join(' ') || undefined,
      zoneId: options.zone,
      assetKind: options.kind,
      property: options.property,
      limit: Math.min(options.limit, 10_000),
    }),
  )
  if (found.length > 0) return found.map((s) => ({ id: seriesIdOf(s.key), key: s.key, unit: s.unit }))
  const text = words.map((w) => w.toLowerCase())
  return [...byKey.values()]
    .filter((s) => text.every((w) => s.key.toLowerCase().includes(w)))
    .slice(0, options.limit)
    .map((s) => ({ id: s, key: s.key, unit: s.unit }))
}

async function printLast(store: TelemetryStore, wanted: Wanted[], options: QueryOptions): Promise<void> {
  const last = await store.last(wanted.map((w) => w.id))
  const rows = wanted.map((w, i) => ({
    series: w.key,
    measuredAt: iso(last.measuredAt[i] as number),
    value: orNull(last.value[i] as number),
    unit: w.unit,
    quality: last.measuredAt[i] ? qualityWord(last.quality[i] as number) : 'no value yet',
  }))
  print(rows.slice(0, options.limit), options)
}

async function printRange(store: TelemetryStore, wanted: Wanted[], options: QueryOptions): Promise<void> {
  const ids = wanted.map((w) => w.id)
  const ranges = await store.range(ids, options.from, options.to ?? Date.now() + 1, options.limit)
  const rows: object[] = []
  for (const [s, range] of ranges.entries())
    for (let i = 0; i < range.measuredAt.length && rows.length < options.limit; i++)
      rows.push({
        series: wanted[s]?.key,
        measuredAt: iso(range.measuredAt[i] as number),
        value: range.value[i],
        unit: wanted[s]?.unit,
        quality: qualityWord(range.quality[i] as number),
      })
  print(rows, options)
}

async function printWindows(
  store: TelemetryStore,
  wanted: Wanted[],
  options: QueryOptions,
  stepMs: number,
): Promise<void> {
  const ids = wanted.map((w) => w.id)
  const w = await store.windows(ids, options.from, options.to ?? Date.now(), stepMs)
  const rows: object[] = []
  for (let s = 0; s < ids.length; s++)
    for (let k = 0; k < w.windows && rows.length < options.limit; k++) {
      const i = s * w.windows + k
      rows.push({
        series: wanted[s]?.key,
        from: iso(w.from + k * w.stepMs),
        count: w.count[i],
        mean: orNull(w.mean[i] as number),
        min: orNull(w.min[i] as number),
        max: orNull(w.max[i] as number),
        last: orNull(w.last[i] as number),
        unit: wanted[s]?.unit,
      })
    }
  print(rows, options)
}

async function sql(statement: string, options: QueryOptions): Promise<void> {
  await withStore(options.data, (store) => store.flush())
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

/** Prints rows as aligned columns. */
export function table(rows: readonly Record<string, string>[]): void {
  if (rows.length === 0) {
    process.stdout.write('nothing\n')
    return
  }
  const names = Object.keys(rows[0] as object)
  const widths = names.map((n) => Math.max(n.length, ...rows.map((r) => (r[n] ?? '').length)))
  const line = (cells: string[]) =>
    `${cells
      .map((c, i) => c.padEnd(widths[i] as number))
      .join('  ')
      .trimEnd()}\n`
  process.stdout.write(line(names))
  for (const row of rows) process.stdout.write(line(names.map((n) => row[n] ?? '')))
}

const cell = (value: unknown): string => {
  if (value === null || value === undefined) return 'none'
  if (typeof value === 'number' && !Number.isInteger(value)) return String(Math.round(value * 1e6) / 1e6)
  return String(value)
}
const iso = (at: number): string | null => (at > 0 ? new Date(at).toISOString() : null)
const orNull = (n: number): number | null => (Number.isNaN(n) ? null : n)
