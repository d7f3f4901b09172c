import {
  type DistrictEvent,
  EVENT_KINDS,
  type EventKind,
  isEventKind,
  SEVERITIES,
  type Severity,
} from '@quartier/contracts'
import { readClock } from '@quartier/contracts/clock'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { usage } from '../exit.ts'
import { type Installation, withEvents, withLog } from '../installation.ts'
import { type Instant, instant, whole, withInstallation } from '../options.ts'
import { table } from '../table.ts'

interface EventsOptions extends Installation {
  readonly from?: Instant
  readonly to?: Instant
  readonly kind?: readonly EventKind[]
  readonly zone?: readonly string[]
  readonly asset?: readonly string[]
  readonly device?: readonly string[]
  readonly severity?: Severity
  readonly text?: string
  readonly limit: number
  readonly json: boolean
}

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const PAGE = 1000

/** `quartier query events`, below the command that queries series. */
export function add(query: Command): void {
  withInstallation(query.command('events'))
    .description('what happened: line crossed, door forced, lift fault … newest first')
    .option('--from <instant>', 'from this instant on: ISO 8601, epoch ms, or -24h (default: a day)', instant)
    .option('--to <instant>', 'up to, not including, this instant', instant)
    .option('--kind <kind>', 'of this kind; may be given several times', oneMoreKind)
    .option('--zone <id>', 'in this zone; may be given several times', oneMore)
    .option('--asset <id>', 'of this asset; may be given several times', oneMore)
    .option('--device <source/device>', 'of this device; may be given several times', oneMore)
    .addOption(new Option('--severity <word>', 'this severity and worse').choices([...SEVERITIES]))
    .option('--text <text>', 'that hold this text in their device or attributes')
    .option('--limit <n>', 'at most this many', whole(1, 10_000_000), 100)
    .option('--json', 'one JSON object a line', false)
    .action((options: EventsOptions) => events(options))
}

async function events(options: EventsOptions): Promise<void> {
  const now = (await withLog(options, readClock)).now()
  const to = options.to?.(now) ?? now + HOUR_MS
  const from = options.from?.(now) ?? to - DAY_MS
  if (from >= to) throw usage('--from is not before --to.')
  const { kind: kinds, zone: zones, asset: assets, device: devices, severity, text } = options
  await withEvents(options, async (reader) => {
    let left = options.limit
    const rows: DistrictEvent[] = []
    for (let before: string | undefined; left > 0; ) {
      const limit = Math.min(PAGE, left)
      const page = await reader.search({ from, to, kinds, zones, assets, devices, severity, text, limit, before })
      if (options.json) for (const event of page.events) process.stdout.write(`${JSON.stringify(event)}\n`)
      else rows.push(...page.events)
      left -= page.events.length
      before = page.next
      if (before === undefined) break
    }
    if (!options.json) table(rows.map(toRow))
    if (left === 0) process.stderr.write(`The newest ${options.limit} events; --limit shows more.\n`)
  })
}

const toRow = (e: DistrictEvent): Record<string, string> => ({
  measuredAt: new Date(e.measuredAt).toISOString(),
  kind: e.kind,
  severity: e.severity,
  device: `${e.source}/${e.device}`,
  asset: e.assetId ?? 'none',
  zone: e.zoneId ?? 'none',
  attributes: Object.entries(e.attributes)
    .map(([name, value]) => `${name}=${value}`)
    .join(' '),
})

const oneMore = (text: string, before: readonly string[] = []): string[] => [...before, text]

function oneMoreKind(text: string, before: readonly EventKind[] = []): EventKind[] {
  if (!isEventKind(text)) throw new InvalidArgumentError(`there are ${Object.keys(EVENT_KINDS).join(', ')}.`)
  return [...before, text]
}
