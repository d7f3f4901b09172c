import { AUDIT } from '@quartier/contracts'
import { type AuditEntry, type AuditRecord, createAudit, verifyAudit } from '@quartier/contracts/audit'
import type { EventLog } from '@quartier/contracts/event-log'
import type { Records } from '@quartier/contracts/records'
import type { Clock } from '@quartier/contracts/runtime'

const CHAIN = 'audit'

/** The hash-chained trail of what people did, as the command centre writes, reads and verifies it. */
export interface AuditTrail {
  /** Resolves once the entry is durable. */
  record(entry: AuditEntry): Promise<AuditRecord>
  /** Entries as kept, newest first, from before the offset `before`; `next` continues, `null` at the end. */
  list(query: { limit: number; before?: number }): Promise<{ entries: Entry[]; next: number | null }>
  verify(): ReturnType<typeof verifyAudit>
}

type Entry = Record<string, unknown> & { offset: number }

export function auditTrail(deps: { log: EventLog; records: Records; clock: Clock }): AuditTrail {
  const { log, records } = deps
  return {
    ...createAudit(deps),
    list: (query) => list(log, query),
    verify: async () => verifyAudit(log, { head: await records.chains.head(CHAIN) }),
  }
}

async function list(log: EventLog, query: { limit: number; before?: number }) {
  const range = (await log.ranges(AUDIT))[0]
  if (!range) return { entries: [], next: null }
  const before = Math.min(query.before ?? range.next, range.next)
  const from = Math.max(range.earliest, before - query.limit)
  const { partition } = range
  const found = from < before ? await log.read(AUDIT, { partition, offset: from }, before - from) : []
  const entries = found.filter((r) => r.offset < before).map((r) => readEntry(r.value, r.offset))
  return { entries: entries.reverse(), next: from > range.earliest ? from : null }
}

/** A record that is no JSON is shown as damaged; to say what is wrong with the chain is the verification's part. */
function readEntry(value: Uint8Array, offset: number): Entry {
  try {
    return { ...(JSON.parse(Buffer.from(value).toString()) as Record<string, unknown>), offset }
  } catch {
    return { damaged: true, offset }
  }
}
