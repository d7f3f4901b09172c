import { createReadStream, readFileSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
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
    .option('--report <n>', 'show at most this many refused lines or features', whole(0, 1_000_000), 20)
    .action(importFile)
}

async function importFile(file: string, options: ImportOptions): Promise<void> {
  const { part, read } = (await beginsLikeJson(file)) ? GEOJSON : CSV
  const progress = createProgress('Importing')
  const report = await withLog(options, async (log) => {
    const now = (await readClock(log)).now()
    const at = options.since?.(now) ?? now
    return withRecords(options, (records) => read(file, { log, records, at }, progress))
  })
  const refused = report.refused.length + report.refusedMore
  await recordInAudit(options, {
    action: 'registry.import',
    target: file,
    after: { accepted: report.accepted, refused },
  })
  progress.done(`${count(report.accepted, part)} accepted`)
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
