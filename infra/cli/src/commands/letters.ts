import { REDRIVES, REJECTED, type RedriveResult } from '@quartier/contracts'
import { askRedrive, impossibleToRedrive } from '@quartier/contracts/dead-letters'
import type { EventLog, LogRecord } from '@quartier/contracts/event-log'
import { type DeadLetter, deadLetterSchema, REDRIVE_LETTERS, redriveAnswerSchema } from '@quartier/contracts/schemas'
import type { Command } from 'commander'
import { EXIT, usage } from '../exit.ts'
import { type Installation, recordInAudit, withLog } from '../installation.ts'
import { whole, withInstallation } from '../options.ts'
import { count, table } from '../table.ts'

interface Filter {
  readonly source?: string
  readonly reason?: string
}

type Letter = DeadLetter & { readonly offset: number }

const PAGE = 2_000

export function add(program: Command): void {
  const letters = program.command('letters').description('dead letters: messages that arrived and could not be used')
  const filter = (command: Command) =>
    command
      .option('--source <name>', 'only of this source')
      .option('--reason <word>', 'only refused for this reason, such as json-syntax')
  filter(withInstallation(letters.command('list')))
    .description('the newest dead letters, why each was refused, and what has become of it since')
    .option('--limit <n>', 'at most this many', whole(1, 100_000), 20)
    .option('--json', 'one JSON object a line', false)
    .action(list)
  filter(withInstallation(letters.command('redrive')))
    .description(
      'take dead letters in again, decoded as things are now: after a mapping was mended. Needs a gateway that runs',
    )
    .argument('[numbers...]', 'the letters, as `letters list` numbers them')
    .option('--all', 'all that match', false)
    .action(redrive)
}

async function list(options: Installation & Filter & { limit: number; json: boolean }): Promise<void> {
  await withLog(options, async (log) => {
    const newest = (await lettersOf(log, options)).slice(-options.limit).reverse()
    const redriven = await resultsOf(log)
    const rows = newest.map((letter) => ({ letter, now: stateOf(letter, redriven.get(letter.offset)) }))
    if (options.json)
      for (const { letter, now } of rows) {
        const { payload: _, ...told } = letter
        process.stdout.write(`${JSON.stringify({ ...told, now })}\n`)
      }
    else
      table(
        rows.map(({ letter, now }) => ({
          number: String(letter.offset),
          received: new Date(letter.receivedAt).toISOString(),
          source: letter.source || letter.principal,
          topic: letter.mqttTopic,
          reason: letter.reason,
          now,
        })),
      )
  })
}

async function redrive(numbers: readonly string[], options: Installation & Filter & { all: boolean }): Promise<void> {
  const named = numbers.map(Number)
  if (named.some((n) => !Number.isInteger(n) || n < 0))
    throw usage('Letters have whole numbers: `letters list` shows them.')
  const isFiltered = options.source !== undefined || options.reason !== undefined
  if (named.length > 0 === (options.all || isFiltered))
    throw usage('Name the letters by their numbers, or say --all, --source or --reason.')
  const results = await withLog(options, async (log) => {
    const offsets = named.length > 0 ? named : (await open(log, options)).map((letter) => letter.offset)
    const all: RedriveResult[] = []
    for (let from = 0; from < offsets.length; from += REDRIVE_LETTERS)
      all.push(...(await askRedrive(log, offsets.slice(from, from + REDRIVE_LETTERS), 'cli')).results)
    return all
  })
  const of = (outcome: RedriveResult['outcome']) => results.filter((r) => r.outcome === outcome)
  const after = { letters: results.length, appended: of('appended').length, refused: of('refused').length }
  await recordInAudit(options, { action: 'dead-letter.redrive', target: numbers.join(' ').slice(0, 200), after })
  const readings = results.reduce((n, r) => n + r.readings, 0)
  process.stdout.write(
    `${count(after.appended, 'letter')} taken in again, with ${count(readings, 'reading')}; ` +
      `${after.refused} still refused, ${of('impossible').length} that cannot be taken in.\n`,
  )
  for (const { offset, reason, detail } of results.filter((r) => r.outcome !== 'appended').slice(0, PAGE))
    process.stdout.write(`  ${offset}: ${reason}: ${detail}\n`)
  if (after.appended < after.letters) process.exitCode = EXIT.differences
}

/** Letters that match, of which it makes sense to try each. */
async function open(log: EventLog, filter: Filter): Promise<Letter[]> {
  const redriven = await resultsOf(log)
  return (await lettersOf(log, filter)).filter(
    (letter) => !impossibleToRedrive(letter) && redriven.get(letter.offset)?.outcome !== 'appended',
  )
}

function stateOf(letter: Letter, result: RedriveResult | undefined): string {
  if (result?.outcome === 'appended') return `taken in, ${count(result.readings, 'reading')}`
  const impossible = impossibleToRedrive(letter)
  if (impossible) return `cannot be taken in: ${impossible.detail}`
  return result ? `refused again: ${result.reason}` : 'set aside'
}

async function lettersOf(log: EventLog, { source, reason }: Filter): Promise<Letter[]> {
  const all = await readAll(log, REJECTED, (record) => {
    const letter = deadLetterSchema.safeParse(jsonIn(record)).data
    return letter ? [{ ...letter, offset: record.offset }] : []
  })
  return all.filter(
    (l) => (source === undefined || l.source === source) && (reason === undefined || l.reason === reason),
  )
}

async function resultsOf(log: EventLog): Promise<ReadonlyMap<number, RedriveResult>> {
  const results = await readAll(log, REDRIVES, (r) => redriveAnswerSchema.safeParse(jsonIn(r)).data?.results ?? [])
  return new Map(results.map((result) => [result.offset, result]))
}

async function readAll<T>(log: EventLog, name: string, parse: (record: LogRecord) => readonly T[]): Promise<T[]> {
  const all: T[] = []
  for (const { partition, earliest, next } of await log.ranges(name))
    for (let offset = earliest; offset < next; ) {
      const records = await log.read(name, { partition, offset }, PAGE)
      if (records.length === 0) break
      for (const record of records) all.push(...parse(record))
      offset = (records.at(-1) as LogRecord).offset + 1
    }
  return all
}

function jsonIn({ value }: LogRecord): unknown {
  try {
    return JSON.parse(Buffer.from(value).toString())
  } catch {
    return undefined // damaged, and passed over
  }
}
