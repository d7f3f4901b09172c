import { conversionOf } from '@quartier/contracts'
import { readClock } from '@quartier/contracts/clock'
import { announcePending } from '@quartier/contracts/records/announce'
import { planReplay, type ReplayPlan, type ReplayReport, runReplay, verifyReplay } from '@quartier/simulators'
import { type Command, Option } from 'commander'
import { EXIT } from '../exit.ts'
import { type Installation, withLog, withRecords, withStore } from '../installation.ts'
import { decimal, MQTT_PORT, whole, withInstallation } from '../options.ts'
import { createProgress, duration } from '../progress.ts'
import { mustBeAllowed } from './simulate.ts'

interface ReplayCommandOptions extends Installation {
  readonly url: string
  readonly name?: string
  readonly secret?: string
  readonly mapping?: string
  readonly source?: string
  readonly speed: number
  readonly steps?: number
  readonly keepTime: boolean
  readonly single: boolean
  readonly register: boolean
  readonly verify: boolean
}

/** The store follows the log by a moment. */
const STORE_PATIENCE_MS = 60_000

export function add(program: Command): void {
  withInstallation(program.command('replay'))
    .description('send recorded data over MQTT: a time-stamped CSV with a mapping, or a folder with a backtest.json')
    .argument('<path>', 'CSV file (also .gz) or folder')
    .addOption(new Option('--url <url>', 'MQTT gateway').default(`mqtt://127.0.0.1:${MQTT_PORT}`))
    .option('--name <name>', 'MQTT user name; anonymous without')
    .option('--secret <secret>', 'secret of that name')
    .option('--mapping <file>', 'how to read the CSV (docs/replay.md)')
    .option('--source <name>', 'first part of the series keys')
    .option('--speed <x>', 'how many times as fast as it happened', decimal(0.001, 100_000), 1)
    .option('--steps <n>', 'only so many instants from the beginning', whole(1, 2 ** 31 - 1))
    .option('--keep-time', 'send the original times; the source must be marked historical', false)
    .option('--single', 'one message a reading in place of packs', false)
    .option('--no-register', 'do not register assets and series first')
    .option('--no-verify', 'do not read everything back and compare it with the file at the end')
    .action(replay)
}

async function replay(path: string, options: ReplayCommandOptions): Promise<void> {
  mustBeAllowed(options.url, options.config)
  const plan = await planReplay(path, options)
  const say = (line: string) => process.stderr.write(`${line}\n`)
  say(
    `${plan.title}: ${plan.total.toLocaleString('en')} readings of ${plan.ids.length.toLocaleString('en')} series, ` +
      `${new Date(plan.fromAt).toISOString()} to ${new Date(plan.toAt).toISOString()}, in ${duration(plan.durationMs / 1_000)}`,
  )
  const { missing, repeated, unreadable, examples } = plan.omitted
  if (missing + repeated + unreadable > 0)
    say(`Left out: ${missing} marked as missing, ${repeated} repeated, ${unreadable} that could not be read.`)
  for (const example of examples) say(`  ${example}`)
  if (options.register) await register(plan, options)
  const report = await send(plan, options)
  say(
    `${report.acknowledged.toLocaleString('en')} of ${report.sent.toLocaleString('en')} readings acknowledged, checksum ${report.checksum}`,
  )
  if (!options.verify || report.stopped) return
  await verify(plan, report, options)
}

async function register(plan: ReplayPlan, at: Installation): Promise<void> {
  const progress = createProgress('Registering')
  await withRecords(at, async (records) => {
    await records.registry.importDistrict(plan.model, (share) => progress.update(share))
    await withLog(at, (log) => announcePending(log, records))
  })
  progress.done()
}

async function send(plan: ReplayPlan, options: ReplayCommandOptions): Promise<ReplayReport> {
  const abort = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort())
  const progress = createProgress('Replaying')
  const credentials = options.name ? { name: options.name, secret: options.secret ?? '' } : undefined
  const report = await runReplay(plan, {
    url: options.url,
    credentials,
    single: options.single,
    clock: await withLog(options, readClock),
    signal: abort.signal,
    onProgress: (p) => progress.update(p.acknowledged / p.total, `${p.acknowledged.toLocaleString('en')} acknowledged`),
  })
  progress.done(report.stopped ? 'stopped' : '')
  return report
}

async function verify(plan: ReplayPlan, report: ReplayReport, at: Installation): Promise<void> {
  const keys = plan.model.series.map(({ key }) => key)
  const known = await withRecords(at, (records) => records.registry.seriesByKeys(keys))
  const conversion = (key: string) => conversionOf(known.get(key)?.sentUnit ?? '')
  const options = { patienceMs: STORE_PATIENCE_MS, conversion }
  const verdict = await withStore(at, (store) => verifyReplay(plan, store, report.startAt, options))
  if (verdict.equal) {
    const units = [...new Set(keys.flatMap((key) => conversion(key)?.unit ?? []))]
    const how = units.length === 0 ? '' : ` (in ${units.join(', ')} there, as their units are converted to)`
    process.stdout.write(
      `The store returns all ${verdict.found.toLocaleString('en')} readings, equal to the file's${how}.\n`,
    )
    return
  }
  process.stdout.write(
    `The store differs from the file: ${verdict.missing} missing, ${verdict.different} different, ${verdict.unexpected} unexpected of ${verdict.expected}.\n`,
  )
  for (const example of verdict.examples) process.stdout.write(`  ${example}\n`)
  process.exitCode = EXIT.differences
}
