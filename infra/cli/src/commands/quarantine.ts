import { adopt } from '@quartier/contracts/records/announce'
import type { Command } from 'commander'
import { usage } from '../exit.ts'
import { type Installation, recordInAudit, withLog, withRecords } from '../installation.ts'
import { withInstallation } from '../options.ts'
import { count, table } from '../table.ts'

const PAGE = 5_000

/** `device quarantine` and `device adopt`: devices that have sent readings and that nobody has registered. */
export function addQuarantine(device: Command): void {
  withInstallation(device.command('quarantine'))
    .description('devices whose readings are kept aside until somebody adopts them (gateway.unknownSeries: quarantine)')
    .action(async (options: Installation) => {
      const waiting = await waitingDevices(options)
      table(
        [...waiting].map(([id, keys]) => ({
          device: id,
          series: String(keys.length),
          properties: keys.map(propertyOf).join(' '),
        })),
      )
    })
  withInstallation(device.command('adopt'))
    .description('adopt devices that wait: their readings are taken in from now on')
    .argument('[devices...]', 'source/device of each, as `device quarantine` shows them')
    .option('--all', 'everything that waits', false)
    .action(adoptDevices)
}

async function adoptDevices(names: readonly string[], options: Installation & { all: boolean }): Promise<void> {
  if (options.all === names.length > 0) throw usage('Name the devices to adopt, or say --all.')
  const waiting = await waitingDevices(options)
  const unknown = names.filter((name) => !waiting.has(name))
  if (unknown.length > 0) throw usage(`Nothing of ${unknown.join(', ')} waits; \`device quarantine\` shows what does.`)
  const chosen = options.all ? [...waiting.keys()] : names
  const keys = chosen.flatMap((name) => waiting.get(name) ?? [])
  const adopted = await withRecords(options, (records) => withLog(options, (log) => adopt(records, log, keys, 'cli')))
  await recordInAudit(options, {
    action: 'quarantine.adopt',
    target: chosen.join(' ').slice(0, 200),
    after: { series: adopted.length },
  })
  process.stdout.write(
    `${count(chosen.length, 'device')} adopted, with ${count(adopted.length, 'series', 'series')}.\n`,
  )
}

/** Keys of the series that wait, by source/device. */
async function waitingDevices(options: Installation): Promise<Map<string, string[]>> {
  const keys: string[] = []
  await withRecords(options, async ({ registry }) => {
    for (let after: string | undefined; ; after = keys.at(-1)) {
      const page = await registry.series({ status: 'quarantined', limit: PAGE, after })
      keys.push(...page.map((s) => s.key))
      if (page.length < PAGE) return
    }
  })
  return Map.groupBy(keys, (key) => key.slice(0, key.lastIndexOf('/')))
}

const propertyOf = (key: string): string => key.slice(key.lastIndexOf('/') + 1)
