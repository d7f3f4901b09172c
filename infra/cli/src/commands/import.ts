import { createReadStream, readFileSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { PREVIEW_LINES } from '@quartier/contracts/api'
import { readClock } from '@quartier/contracts/clock'
import type { EventLog } from '@quartier/contracts/event-log'
import type { ImportReport, Records } from '@quartier/contracts/records'
import { importFeatures, importSeries } from '@quartier/contracts/records/announce'
import { linesOf } from '@quartier/contracts/records/csv'
import type { Command } from 'commander'
import { EXIT } from '../exit.ts'
import { type Installation, recordInAudit, withLog, withRecords } from '../installation.ts'
import { type Instant, instant, whole, withInstallation } from '../options.ts'
import { createProgress, type Progress } from '../progress.ts'
import { count } from '../table.ts'

interface ImportOptions extends Installation {
  readonly report: number
  readonly preview: boolean
  readonly since?: Instant
}

/** How one kind of file is read, and what its parts are called. */
interface Reader {
  readonly part: string
  read(file: string, into: Into, progress: Progress): Promise<ImportReport>
}

interface Into {
  readonly log: EventLog
  readonly records: Records
  readonly at: number
}

export function add(program: Command): void {
  withInstallation(program.command('import'))
    .description('import places, assets and series into the registry from CSV or GeoJSON (docs/registry.md)')
    .argument('<file>', 'CSV with a header line, or GeoJSON')
    .option('--since <instant>', 'from when on it holds: ISO 8601, epoch ms, or -24h (default: now)', instant)
    .option('--preview', 'only say what the file would add, change and refuse; of a CSV its first 50,000 lines', false)
    .option('--report <n>', 'show at most this many refused lines or features', whole(0, 1_000_000), 20)
    .action(importFile)
}

async function importFile(file: string, options: ImportOptions): Promise<void> {
  if (options.preview) return previewFile(file, options)
  const { part, read } = (await beginsLikeJson(file)) ? GEOJSON : CSV
  const progress = createProgress('Importing')
  const report = await withLog(options, async (log) => {
    const now = (await readClock(log)).now()
    const at = options.since?.(now) ?? now
    return withRecords(options, (records) => read(file, { log, records, at }, progress))
  })
  await recordInAudit(options, {
    action: 'registry.import',
    target: file,
    after: { accepted: report.accepted, refused: report.refused.length + report.refusedMore },
  })
  progress.done(`${count(report.accepted, part)} accepted`)
  printRefused(report, part, options)
}

/** What an import would do, found out by doing it and taking it back; nothing is kept or told. */
async function previewFile(file: string, options: ImportOptions): Promise<void> {
  const isJson = await beginsLikeJson(file)
  const { part } = isJson ? GEOJSON : CSV
  const at = await withLog(options, async (log) => {
    const now = (await readClock(log)).now()
    return options.since?.(now) ?? now
  })
  const content = isJson ? { geoJson: readFileSync(file, 'utf8') } : { csv: firstLines(file) }
  const preview = await withRecords(options, ({ registry }) => registry.previewImport(content, { at }))
  const line = (what: string, { places, assets, series }: typeof preview.added) =>
    process.stdout.write(
      `${what} ${count(places, 'place')}, ${count(assets, 'asset')}, ${count(series, 'series', 'series')}\n`,
    )
  line('It would add   ', preview.added)
  line('It would change', preview.changed)
  for (const { kind, id, fields } of preview.changes.filter((c) => c.change === 'changed').slice(0, options.report)) {
    const words = fields.map(({ name, before, after }) => `${name}: ${before ?? 'nothing'} → ${after ?? 'nothing'}`)
    process.stdout.write(`  ${kind} ${id}: ${words.join(', ')}\n`)
  }
  printRefused(preview, part, options)
}

async function* firstLines(file: string): AsyncIterable<string> {
  let n = 0
  for await (const line of linesOf(createReadStream(file))) {
    if (n++ === PREVIEW_LINES) return
    yield line
  }
}

function printRefused(report: ImportReport, part: string, options: ImportOptions): void {
  const refused = report.refused.length + report.refusedMore
  if (refused === 0) return
  process.stderr.write(`${count(refused, part)} refused:\n`)
  for (const { line, reason } of report.refused.slice(0, options.report))
    process.stderr.write(`  ${part} ${line}: ${reason}\n`)
  if (refused > options.report)
    process.stderr.write(`  and ${(refused - options.report).toLocaleString('en')} more (--report shows more)\n`)
  process.exitCode = EXIT.differences
}

const CSV: Reader = {
  part: 'line',
  async read(file, { log, records, at }, progress) {
    const bytes = statSync(file).size
    const input = createReadStream(file)
    const onProgress = (rows: number) => progress.update(input.bytesRead / bytes, count(rows, 'line'))
    return importSeries(log, records, linesOf(input), onProgress, { at })
  },
}

const GEOJSON: Reader = {
  part: 'feature',
  async read(file, { log, records, at }) {
    return importFeatures(log, records, readFileSync(file, 'utf8'), undefined, { at })
  },
}

/** A CSV begins with the name of a column. */
async function beginsLikeJson(file: string): Promise<boolean> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(256), position: 0 })
    return /^\uFEFF?\s*[{[]/.test(buffer.toString('utf8', 0, bytesRead))
  } finally {
    await handle.close()
  }
}
