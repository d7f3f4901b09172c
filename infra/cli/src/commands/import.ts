import { createReadStream, statSync } from 'node:fs'
import { importSeries } from '@quartier/contracts/records/announce'
import { linesOf } from '@quartier/contracts/records/csv'
import type { Command } from 'commander'
import { EXIT } from '../exit.ts'
import { type Installation, recordInAudit, withLog, withRecords } from '../installation.ts'
import { whole, withInstallation } from '../options.ts'
import { createProgress } from '../progress.ts'

export function add(program: Command): void {
  withInstallation(program.command('import'))
    .description('import series and assets into the registry from a CSV file (columns: docs/registry.md)')
    .argument('<file>', 'CSV file with a header line')
    .option('--report <n>', 'show at most this many refused lines', whole(0, 1_000_000), 20)
    .action(importFile)
}

async function importFile(file: string, options: Installation & { report: number }): Promise<void> {
  const bytes = statSync(file).size
  const input = createReadStream(file)
  const progress = createProgress('Importing')
  const report = await withRecords(options, (records) =>
    withLog(options, (log) =>
      importSeries(log, records, linesOf(input), (rows) =>
        progress.update(input.bytesRead / bytes, `${rows.toLocaleString('en')} ${rows === 1 ? 'line' : 'lines'}`),
      ),
    ),
  )
  await recordInAudit(options, {
    action: 'registry.import',
    target: file,
    after: { accepted: report.accepted, refused: report.refused.length + report.refusedMore },
  })
  progress.done(`${report.accepted.toLocaleString('en')} series accepted`)
  const refused = report.refused.length + report.refusedMore
  if (refused === 0) return
  process.stderr.write(`${refused.toLocaleString('en')} ${refused === 1 ? 'line' : 'lines'} refused:\n`)
  for (const { line, reason } of report.refused.slice(0, options.report))
    process.stderr.write(`  line ${line}: ${reason}\n`)
  if (refused > options.report)
    process.stderr.write(`  and ${(refused - options.report).toLocaleString('en')} more (--report shows more)\n`)
  process.exitCode = EXIT.differences
}
