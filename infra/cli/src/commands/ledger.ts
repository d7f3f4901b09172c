import { LEDGER, READINGS, REJECTED } from '@quartier/contracts'
import type { EventLog, LogRecord } from '@quartier/contracts/event-log'
import { differenceOf, type LedgerSummary, summarise, total } from '@quartier/contracts/ledger'
import { type DeadLetter, deadLetterSchema, type LedgerEntry, ledgerEntrySchema } from '@quartier/contracts/schemas'
import type { Command } from 'commander'
import { EXIT } from '../exit.ts'
import { type Installation, withLog } from '../installation.ts'
import { whole, withInstallation } from '../options.ts'
import { table } from '../table.ts'

interface LedgerOptions extends Installation {
  readonly rejected: number
  readonly source?: string
  readonly json: boolean
}

const PAGE = 2_000

export function add(program: Command): void {
  withInstallation(program.command('ledger'))
    .description('what was received against what is stored, by source; and what was refused, with the reason')
    .option('--source <name>', 'only this source')
    .option('--rejected <n>', 'show this many of the newest dead letters', whole(0, 100_000), 10)
    .option('--json', 'one JSON object', false)
    .action(ledger)
}

async function ledger(options: LedgerOptions): Promise<void> {
  await withLog(options, async (log) => {
    const entries = await readAll(log, LEDGER, (r) => ledgerEntrySchema.parse(json(r)))
    const summary = summarise(entries.filter((e) => !options.source || e.source === options.source))
    const letters = (await readAll(log, REJECTED, (r) => deadLetterSchema.parse(json(r))))
      .filter((l) => !options.source || l.source === options.source)
      .slice(-options.rejected || Number.POSITIVE_INFINITY)
    if (options.json) process.stdout.write(`${JSON.stringify({ ...summary, deadLetters: letters })}\n`)
    else {
      printSources(summary)
      for (const entry of summary.imbalances) printImbalance(entry)
      printLetters(letters)
    }
    if (!summary.balanced) process.exitCode = EXIT.differences
  })
}

function printSources(summary: LedgerSummary): void {
  table(
    summary.sources.map((s) => ({
      source: s.source,
      messages: count(s.messagesReceived),
      refused: count(s.messagesReceived - s.messagesAccepted),
      'readings received': count(s.received),
      '= accepted': count(s.accepted),
      '+ rejected': count(s.received - s.accepted),
      'accepted = stored': count(s.stored),
      '+ duplicates': count(s.duplicates),
      '+ corrections': count(s.corrections),
      '+ set aside': count(total(s.rejected) - (s.received - s.accepted)),
      '+ in flight': count(s.undecided),
      untimed: count(s.untimed),
      removed: count(total(s.removed)),
      verdict: verdict(s),
    })),
  )
  const withEvents = summary.sources.filter((s) => s.events.received > 0)
  if (withEvents.length === 0) return
  process.stdout.write('\n')
  table(
    withEvents.map(({ source, events: e }) => ({
      source,
      'events received': count(e.received),
      '= accepted': count(e.accepted),
      '+ rejected': count(e.received - e.accepted),
      'accepted = stored': count(e.stored),
      '+ duplicates': count(e.duplicates),
      '+ set aside': count(total(e.rejected) - (e.received - e.accepted)),
      untimed: count(e.untimed),
    })),
  )
}

function verdict({ balanced, difference, events }: LedgerSummary['sources'][number]): string {
  if (balanced) return 'balanced'
  return events.difference === 0
    ? `NOT BALANCED, ${count(difference)} readings`
    : `NOT BALANCED, ${count(difference)} readings and ${count(events.difference)} events`
}

function printImbalance(entry: LedgerEntry): void {
  process.stdout.write(
    `Imbalance: ${entry.source}, ${entry.topic ?? READINGS} partition ${entry.partition}, offsets ${entry.firstOffset} to ${entry.nextOffset - 1}, ` +
      `received ${new Date(entry.receivedMinute).toISOString()}: the gateway accepted ${count(entry.gateway.readings.accepted)}, ` +
      `the store accounts for ${count(entry.gateway.readings.accepted - differenceOf(entry))}.\n`,
  )
}

function printLetters(letters: readonly DeadLetter[]): void {
  if (letters.length === 0) {
    process.stdout.write('\nNothing was refused.\n')
    return
  }
  process.stdout.write(`\nThe newest ${letters.length} dead letters:\n`)
  for (const l of letters) {
    process.stdout.write(
      `  ${new Date(l.receivedAt).toISOString()}  ${l.source || l.principal}  ${l.mqttTopic}\n    ${l.reason}: ${l.detail}\n`,
    )
    if (l.payload) process.stdout.write(`    payload: ${preview(Buffer.from(l.payload, 'base64'))}\n`)
  }
}

/** Printable bytes as they are, others as hexadecimal. */
function preview(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  const readable = !text.includes('\ufffd') && !/\p{Cc}/u.test(text.replaceAll(/[\t\r\n]/g, ''))
  return readable ? text.slice(0, 160) : `${bytes.subarray(0, 40).toString('hex')} (hexadecimal)`
}

async function readAll<T>(log: EventLog, name: string, parse: (record: LogRecord) => T): Promise<T[]> {
  const all: T[] = []
  for (const { partition, earliest, next } of await log.ranges(name))
    for (let offset = earliest; offset < next; ) {
      const records = await log.read(name, { partition, offset }, PAGE)
      if (records.length === 0) break
      for (const record of records) all.push(parse(record))
      offset = (records.at(-1) as LogRecord).offset + 1
    }
  return all
}

const json = (record: LogRecord): unknown => JSON.parse(Buffer.from(record.value).toString())
const count = (n: number): string => n.toLocaleString('en')
