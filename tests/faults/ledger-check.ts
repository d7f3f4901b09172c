import { LEDGER, type LedgerEntry, REJECTED } from '@quartier/contracts'
import type { EventLog } from '@quartier/contracts/event-log'
import { type LedgerSummary, type SourceTotals, summarise } from '@quartier/contracts/ledger'
import type { DeadLetter } from '@quartier/contracts/schemas'
import type { Findings } from './findings.ts'
import { until } from './support.ts'

const PAGE = 2_000
const SETTLED_MS = 180_000

/** What the ledger must count of each source, at least. */
export type Expected = Readonly<Record<string, Partial<Pick<SourceTotals, 'accepted' | 'messagesReceived'>>>>

/** The ledger once it counts what is expected and nothing of it is in flight. */
export async function settledLedger(log: EventLog, expected: Expected): Promise<LedgerSummary> {
  let summary: LedgerSummary | undefined
  const settled = async () => {
    const now = summarise(await all<LedgerEntry>(log, LEDGER))
    summary = now
    return Object.entries(expected).every(([source, { accepted = 0, messagesReceived = 0 }]) => {
      const sums = now.sources.find((s) => s.source === source)
      const counted = sums && sums.accepted >= accepted && sums.messagesReceived >= messagesReceived
      return counted === true && sums?.undecided === 0
    })
  }
  await until('the ledger to settle', SETTLED_MS, settled, 200).catch((error: unknown) => {
    throw new Error(`${String(error)}; it says ${JSON.stringify(summary?.sources)}`)
  })
  return summary as LedgerSummary
}

/** Promises that both equations hold for every source, and notes what stands there for `source`. */
export function ledgerBalances(findings: Findings, summary: LedgerSummary, source: string): SourceTotals {
  const sums = summary.sources.find((s) => s.source === source)
  if (!sums) throw new Error(`the ledger knows no source ${source}`)
  const { received, accepted, stored, duplicates, corrections } = sums
  const counts = `received ${received}, accepted ${accepted} = stored ${stored} + duplicates ${duplicates} + corrections ${corrections}`
  const rejected = Object.entries(sums.rejected).map(([reason, n]) => `${reason} ${n}`)
  findings.promise(
    summary.balanced,
    `ledger ${summary.balanced ? 'balanced' : 'NOT BALANCED'}; ${source}: ${counts}${rejected.length > 0 ? `; rejected: ${rejected.join(', ')}` : ''}`,
  )
  return sums
}

export const deadLetters = (log: EventLog): Promise<DeadLetter[]> => all<DeadLetter>(log, REJECTED)

async function all<T>(log: EventLog, topic: string): Promise<T[]> {
  const found: T[] = []
  for (const { partition, earliest, next } of await log.ranges(topic))
    for (let offset = earliest; offset < next; ) {
      const records = await log.read(topic, { partition, offset }, PAGE)
      for (const record of records) found.push(JSON.parse(Buffer.from(record.value).toString()) as T)
      offset = (records.at(-1)?.offset ?? next) + 1
    }
  return found
}
