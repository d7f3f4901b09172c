import { AUDIT } from '@quartier/contracts'
import type { EventLog } from '@quartier/contracts/event-log'

/** Entries of the audit chain as kept, newest first, from before the offset `before`. */
export async function readAudit(log: EventLog, query: { limit: number; before?: number }) {
  const range = (await log.ranges(AUDIT))[0]
  if (!range) return { entries: [], next: null }
  const before = Math.min(query.before ?? range.next, range.next)
  const from = Math.max(range.earliest, before - query.limit)
  const records =
    from < before ? await log.read(AUDIT, { partition: range.partition, offset: from }, before - from) : []
  const entries = records
    .filter((record) => record.offset < before)
    .map(({ value, offset }) => ({ ...(JSON.parse(Buffer.from(value).toString()) as object), offset }))
  return { entries: entries.reverse(), next: from > range.earliest ? from : null }
}
