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
  list(query: AuditAsked): Promise<{ entries: Entry[]; next: number | null }>
  verify(): ReturnType<typeof verifyAudit>
}

export interface AuditAsked {
  /** Only what was done under this word. */
  readonly action?: string | undefined
  readonly limit: number
  readonly before?: number | undefined
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

const PAGE = 500
/** Records looked through for one answer, so that a rare word costs bounded time. */
const LOOKED_MOST = 20_000

async function list(log: EventLog, { action, limit, before: asked }: AuditAsked) {
  const range = (await log.ranges(AUDIT))[0]
  if (!range) return { entries: [], next: null }
  const { partition, earliest } = range
  const page = action === undefined ? limit : PAGE
  const entries: Entry[] = []
  let before = Math.min(asked ?? range.next, range.next)
  for (let looked = 0; before > earliest && looked < LOOKED_MOST; looked += page) {
    const from = Math.max(earliest, before - page)
    const found = await log.read(AUDIT, { partition, offset: from }, before - from)
    for (const record of found.filter((r) => r.offset < before).reverse()) {
      const entry = readEntry(record.value, record.offset)
      if (action !== undefined && entry.action !== action) continue
      entries.push(entry)
      if (entries.length === limit) return { entries, next: record.offset > earliest ? record.offset : null }
    }
    before = from
  }
  return { entries, next: before > earliest ? before : null }
}

/** A record that is no JSON is shown as damaged; to say what is wrong with the chain is the verification's part. */
function readEntry(value: Uint8Array, offset: number): Entry {
  try {
    return { ...(JSON.parse(Buffer.from(value).toString()) as Record<string, unknown>), offset }
  } catch {
    return { damaged: true, offset }
  }
}
