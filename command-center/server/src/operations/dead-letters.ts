import { type DeadLetter, REJECTED } from '@quartier/contracts'
import type { RejectedCountsView, RejectedLetter, RejectedPage } from '@quartier/contracts/api'
import { impossibleToRedrive } from '@quartier/contracts/dead-letters'
import type { EventLog, LogRecord } from '@quartier/contracts/event-log'
import type { ServiceDeps } from '@quartier/contracts/runtime'
import { follow, tailOf } from '../follow.ts'
import { retrying } from '../retrying.ts'
import type { RedrivenLetters } from './redriven.ts'

const PAGE = 500
/** Records looked through for one answer, so that a rare reason costs bounded time. */
const LOOKED_MOST = 20_000
const LISTED = 200
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

type Letter = DeadLetter & { offset: number }

export interface LettersAsked {
  readonly source?: string | undefined
  readonly reason?: string | undefined
  readonly text?: string | undefined
  readonly limit: number
  readonly before?: number | undefined
}

/** Dead letters, newest first, from before the offset `before`; `next` continues, `null` at the end. */
export async function readDeadLetters(
  log: EventLog,
  query: LettersAsked,
  personal: ReadonlySet<string>,
  redriven: Pick<RedrivenLetters, 'of'>,
): Promise<RejectedPage> {
  const range = (await log.ranges(REJECTED))[0]
  if (!range) return { letters: [], next: null }
  const letters: RejectedLetter[] = []
  let before = Math.min(query.before ?? range.next, range.next)
  for (let looked = 0; before > range.earliest && looked < LOOKED_MOST; looked += PAGE) {
    const from = Math.max(range.earliest, before - PAGE)
    const records = await log.read(REJECTED, { partition: range.partition, offset: from }, before - from)
    for (const record of records.filter((r) => r.offset < before).reverse()) {
      const letter = toLetter(record, personal)
      if (!letter || !matches(letter, query)) continue
      letters.push(toView(letter, redriven))
      if (letters.length === query.limit)
        return { letters, next: record.offset > range.earliest ? record.offset : null }
    }
    before = from
  }
  return { letters, next: before > range.earliest ? before : null }
}

function matches(letter: Letter, { source, reason, text }: LettersAsked): boolean {
  if (source !== undefined && letter.source !== source) return false
  if (reason !== undefined && letter.reason !== reason) return false
  if (text === undefined || text === '') return true
  const { mqttTopic, detail, principal, payload } = letter
  const written = payload === undefined ? '' : Buffer.from(payload, 'base64').toString()
  return `${mqttTopic}\n${detail}\n${principal}\n${written}`.toLowerCase().includes(text.toLowerCase())
}

function toView(letter: Letter, redriven: Pick<RedrivenLetters, 'of'>): RejectedLetter {
  const impossible = impossibleToRedrive(letter) ?? null
  const last = redriven.of(letter.offset)
  if (!last) return { ...letter, impossible, redriven: null }
  const { offset: _, ...result } = last
  return { ...letter, impossible, redriven: result }
}

interface Sum {
  letters: number
  readings: number
  newestAt: number
}

/** What arrived in the last day of platform time, by source and reason, as far back as there is room. */
export class RejectedCounts {
  /** By minute of receipt, then by source and reason. */
  readonly #minutes = new Map<number, Map<string, Sum>>()
  #isComplete = true
  readonly #deps: ServiceDeps

  constructor(deps: ServiceDeps) {
    this.#deps = deps
  }

  async run(signal: AbortSignal): Promise<void> {
    const { log, logger } = this.#deps
    const what = 'read the ranges of rejected.v1'
    const from = await retrying(() => tailOf(log, REJECTED, LOOKED_MOST), { signal, logger, what })
    if (!from) return
    const ranges = await retrying(() => log.ranges(REJECTED), { signal, logger, what })
    this.#isComplete = ranges?.every((r) => (from[r.partition] ?? 0) <= r.earliest) ?? false
    await follow(this.#deps, REJECTED, { from, signal }, (records) => {
      for (const record of records) this.#count(record)
    })
  }

  lastHour(): { count: number; topReason: string | null } {
    const byReason = new Map<string, number>()
    const sums = this.#since(this.#deps.clock.now() - HOUR_MS)
    for (const [name, { letters }] of sums) {
      const [, reason] = partsOf(name)
      byReason.set(reason, (byReason.get(reason) ?? 0) + letters)
    }
    const top = [...byReason].sort((a, b) => b[1] - a[1])[0]
    return { count: [...byReason.values()].reduce((sum, n) => sum + n, 0), topReason: top?.[0] ?? null }
  }

  /** By source and reason, most first. */
  view(minutes: number): RejectedCountsView {
    const to = this.#deps.clock.now()
    const from = to - minutes * MINUTE_MS
    const rows = [...this.#since(from)].map(([name, sum]) => {
      const [source, reason] = partsOf(name)
      return { source, reason, ...sum }
    })
    return {
      ...{ from, to, complete: this.#isComplete },
      letters: rows.reduce((sum, row) => sum + row.letters, 0),
      reasons: rows.sort((a, b) => b.letters - a.letters || b.newestAt - a.newestAt).slice(0, LISTED),
    }
  }

  #since(oldest: number): Map<string, Sum> {
    const sums = new Map<string, Sum>()
    const forgotten = this.#deps.clock.now() - DAY_MS
    for (const [minute, counted] of this.#minutes) {
      const at = minute * MINUTE_MS
      if (at < forgotten - MINUTE_MS) this.#minutes.delete(minute)
      else if (at >= oldest) for (const [name, sum] of counted) addTo(sums, name, sum)
    }
    return sums
  }

  #count(record: LogRecord): void {
    const letter = toLetter(record, NOBODY)
    if (!letter) return
    const minute = Math.floor(letter.receivedAt / MINUTE_MS)
    const counted = this.#minutes.get(minute) ?? new Map<string, Sum>()
    this.#minutes.set(minute, counted)
    const { source, reason, readings, receivedAt } = letter
    addTo(counted, `${source}\n${reason}`, { letters: 1, readings, newestAt: receivedAt })
  }
}

function addTo(sums: Map<string, Sum>, name: string, { letters, readings, newestAt }: Sum): void {
  const sum = sums.get(name) ?? { letters: 0, readings: 0, newestAt: 0 }
  sums.set(name, sum)
  sum.letters += letters
  sum.readings += readings
  sum.newestAt = Math.max(sum.newestAt, newestAt)
}

const partsOf = (name: string): [source: string, reason: string] => {
  const [source = '', reason = ''] = name.split('\n')
  return [source, reason]
}

const NOBODY: ReadonlySet<string> = new Set()

function toLetter(record: LogRecord, personal: ReadonlySet<string>): Letter | undefined {
  try {
    const letter = JSON.parse(Buffer.from(record.value).toString()) as DeadLetter
    // The writer leaves it out for personal sources; a source marked personal since then must not show it either.
    if (personal.has(letter.source)) {
      delete letter.payload
      letter.detail = ''
    }
    return { ...letter, offset: record.offset }
  } catch {
    return undefined
  }
}
