import { readClock } from '@quartier/contracts/clock'
import type { Command } from 'commander'
import { Option } from 'commander'
import { recordInAudit, withLog, withStore } from '../installation.ts'
import { type Instant, instant } from '../options.ts'
import { createProgress } from '../progress.ts'
import { type SelectionOptions, selectSeries, withSelection } from '../series-selection.ts'
import { count } from '../table.ts'

interface ExportOptions extends SelectionOptions {
  readonly from?: Instant
  readonly to?: Instant
  readonly format?: 'csv' | 'parquet'
}

const MOST_SERIES = 1_000_000
const END_OF_TIME = 8.64e15

export function add(program: Command): void {
  withSelection(
    program
      .command('export')
      .description('write readings to a CSV or Parquet file (columns: docs/store.md)')
      .argument('<file>', 'file to write; its ending chooses the format')
      .argument('[series...]', 'series keys, ids, or words to look up; all series when nothing is named')
      .addOption(new Option('--format <format>', 'in place of the ending').choices(['csv', 'parquet'])),
  )
    .option('--from <instant>', 'from this instant on: ISO 8601, epoch ms, or -24h', instant)
    .option('--to <instant>', 'up to, not including, this instant', instant)
    .action(exportReadings)
}

async function exportReadings(file: string, words: string[], options: ExportOptions): Promise<void> {
  const format = options.format ?? (file.endsWith('.parquet') ? 'parquet' : 'csv')
  const now = (await withLog(options, readClock)).now()
  const from = options.from?.(now) ?? 0
  const to = options.to?.(now) ?? END_OF_TIME
  const all = words.length === 0 && !options.zone && !options.kind && !options.property
  const progress = createProgress('Exporting')
  const rows = await withStore(options, async (store) => {
    const series = all ? undefined : (await selectSeries(store, words, options, MOST_SERIES)).map((s) => s.id)
    return await store.export({ format, path: file, from, to, series }, (share) => progress.update(share))
  })
  await recordInAudit(options, {
    action: 'readings.export',
    target: file,
    after: { readings: rows, series: all ? 'all' : words.join(' '), from, to },
  })
  progress.done(`${count(rows, 'reading')} in ${file}`)
}
