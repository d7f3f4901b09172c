import { type DeadLetter, REJECTED } from '@quartier/contracts'
import type { EventLog, LogRecord } from '@quartier/contracts/event-log'
import type { ServiceDeps } from '@quartier/contracts/runtime'
import { follow, tailOf } from '../follow.ts'
import { retrying } from '../retrying.ts'

const PAGE = 500
/** Records looked through for one answer, so that a rare reason costs bounded time. */
const LOOKED_MOST = 20_000
const HOUR_MS = 3_600_000

export type Letter = DeadLetter & { offset: number }

/** Dead letters, newest first, from before the offset `before`; `next` continues, `null` at the end. */
export async function readDeadLetters(
  log: EventLog,
  query: { source?: string; reason?: string; limit: number; before?: number },
  personal: ReadonlySet<string>,
): Promise<{ letters: Letter[]; next: number | null }> {
  const range = (await log.ranges(REJECTED))[0]
  if (!range) return { letters: [], next: null }
  const letters: Letter[] = []
  let before = Math.min(query.before ?? range.next, range.next)
  for (let looked = 0; before > range.earliest && looked < LOOKED_MOST; looked += PAGE) {
    const from = Math.max(range.earliest, before - PAGE)
    const records = await log.read(REJECTED, { partition: range.partition, offset: from }, before - from)
    for (const record of records.filter((r) => r.offset < before).reverse()) {
      const letter = toLetter(record, personal)
      if (
        !letter ||
        (query.source && letter.source !== query.source) ||
        (query.reason && letter.reason !== query.reason)
      )
        continue
      letters.push(letter)
      if (letters.length === query.limit)
        return { letters, next: record.offset > range.earliest ? record.offset : null }
    }
    before = from
  }
  return { letters, next: before > range.earliest ? before : null }
}

/** How many arrived in the last hour of platform time, and the most frequent reason. */
export class RejectedCounts {
  /** By minute of receipt and reason. */
  readonly #minutes = new Map<number, Map<string, number>>()
  readonly #deps: ServiceDeps

  constructor(deps: ServiceDeps) {
    this.#deps = deps
  }

  async run(signal: AbortSignal): Promise<void> {
    const { log, logger } = this.#deps
    const what = 'read the ranges of rejected.v1'
    const from = await retrying(() => tailOf(log, REJECTED, LOOKED_MOST), { signal, logger, what })
    if (!from) return
    await follow(this.#deps, REJECTED, { from, signal }, (records) => {
      for (const record of records) this.#count(record)
    })
  }

  lastHour(): { count: number; topReason: string | null } {
    const oldest = this.#deps.clock.now() - HOUR_MS
    const byReason = new Map<string, number>()
    let count = 0
    for (const [minute, reasons] of this.#minutes) {
      if (minute * 60_000 < oldest) this.#minutes.delete(minute)
      else
        for (const [reason, n] of reasons) {
          count += n
          byReason.set(reason, (byReason.get(reason) ?? 0) + n)
        }
    }
    const top = [...byReason].sort((a, b) => b[1] - a[1])[0]
    return { count, topReason: top?.[0] ?? null }
  }

  #count(record: LogRecord): void {
    const letter = toLetter(record, NOBODY)
    if (!letter) return
    const minute = Math.floor(letter.receivedAt / 60_000)
    const reasons = this.#minutes.get(minute) ?? new Map<string, number>()
    reasons.set(letter.reason, (reasons.get(letter.reason) ?? 0) + 1)
    this.#minutes.set(minute, reasons)
  }
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
