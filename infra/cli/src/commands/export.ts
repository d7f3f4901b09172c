import { seriesIdOf } from '@quartier/contracts'
import type { Command } from 'commander'
import { Option } from 'commander'
import { recordInAudit, withRecords, withStore } from '../installation.ts'
import { dataOption, instant } from '../options.ts'
import { createProgress } from '../progress.ts'

interface ExportOptions {
  readonly data: string
  readonly from: number
  readonly to: number
  readonly zone?: string
  readonly format?: 'csv' | 'parquet'
}

export function add(program: Command): void {
  program
    .command('export')
    .description('write readings to a CSV or Parquet file')
    .argument('<file>', 'file to write; its ending chooses the format')
    .argument('[series...]', 'series keys; all when none is named')
    .addOption(dataOption())
    .addOption(new Option('--format <format>', 'in place of the ending').choices(['csv', 'parquet']))
    .option('--zone <id>', 'all series of a zone')
    .option('--from <instant>', 'from this instant on: ISO 8601, epoch ms, or -24h', instant, 0)
    .option('--to <instant>', 'up to, not including, this instant', instant, 8.64e15)
    .action(exportReadings)
}

async function exportReadings(file: string, keys: string[], options: ExportOptions): Promise<void> {
  const format = options.format ?? (file.endsWith('.parquet') ? 'parquet' : 'csv')
  const zoneId = options.zone
  const named = zoneId
    ? (await withRecords(options.data, (r) => r.registry.series({ zoneId, limit: 1_000_000 }))).map((s) => s.key)
    : keys
  const progress = createProgress('Exporting')
  const rows = await withStore(options.data, (store) =>
    store.export(
      {
        format,
        path: file,
        from: options.from,
        to: options.to,
        series: named.length > 0 ? named.map(seriesIdOf) : undefined,
      },
      (share) => progress.update(share),
    ),
  )
  await recordInAudit(options.data, {
    action: 'readings.export',
    target: file,
    after: { readings: rows, series: named.length || 'all', from: options.from, to: options.to },
  })
  progress.done(`${rows.toLocaleString('en')} readings in ${file}`)
}
