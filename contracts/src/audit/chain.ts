import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { EventLog, LogRecord } from '../event-log/port.ts'
import type { ChainHead, Records } from '../records/port.ts'
import type { Clock } from '../runtime/clock.ts'
import { AUDIT } from '../topics.ts'
import { canonicalJson } from './canonical-json.ts'

/** One command: who did what to what, from where and with what result. */
export const auditEntrySchema = z.strictObject({
  principal: z.string().describe('name of the person, the MQTT principal or the service'),
  action: z.string().describe('such as "user.put", "series.adopt", "login"'),
  target: z.string(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  reason: z.string().optional(),
  from: z.string().optional().describe('address or terminal'),
  result: z.enum(['requested', 'done', 'denied', 'failed']).describe('requested: recorded before it takes effect'),
  correlationId: z.string().optional(),
})
export type AuditEntry = z.infer<typeof auditEntrySchema>

/** Value of an `audit.v1` record, canonical JSON. `hash` is the SHA-256 of the canonical JSON of all other members. */
export const auditRecordSchema = auditEntrySchema.extend({
  sequence: z.number().int().positive().describe('1, 2, 3 … without gaps'),
  recordedAt: z.number().describe('platform clock, epoch ms, UTC'),
  previous: z.string().describe('hash of the record before, 64 zeros in the first'),
  hash: z.string(),
})
export type AuditRecord = z.infer<typeof auditRecordSchema>

export interface Audit {
  /** Resolves once the entry is durable and part of the chain. */
  record(entry: AuditEntry): Promise<AuditRecord>
}

/** Name of the chain's lock and head in the records database. */
export const AUDIT_CHAIN = 'audit'
export const START: ChainHead = { sequence: 0, hash: '0'.repeat(64) }

/**
 * Writes the audit chain. Several processes may: a lock of the records database puts them in line, and each reads the
 * end of the chain from the log itself, so that a crash at any point leaves nothing to repair.
 */
export function createAudit(deps: { log: EventLog; records: Pick<Records, 'lock' | 'chains'>; clock: Clock }): Audit {
  const { log, records, clock } = deps
  return {
    record: (entry) =>
      records.lock(AUDIT_CHAIN, async () => {
        const end = later(await endOf(log), await records.chains.head(AUDIT_CHAIN))
        const sealed = seal({ ...entry, recordedAt: clock.now() }, end)
        await log.append(AUDIT, [{ key: AUDIT_CHAIN, value: Buffer.from(canonicalJson(sealed)) }])
        await records.chains.advance(AUDIT_CHAIN, { sequence: sealed.sequence, hash: sealed.hash })
        return sealed
      }),
  }
}

function seal(entry: AuditEntry & { recordedAt: number }, end: ChainHead): AuditRecord {
  const plain = JSON.parse(JSON.stringify(entry)) as typeof entry
  const open = { ...plain, sequence: end.sequence + 1, previous: end.hash }
  return { ...open, hash: hashOf(open) }
}

/** SHA-256 of everything in a record but its hash, hexadecimal. */
export const hashOf = (record: Omit<AuditRecord, 'hash'>): string =>
  createHash('sha256')
    .update(canonicalJson({ ...record, hash: undefined }))
    .digest('hex')

/** The record as it was sealed; undefined when a byte of it is another. */
export function readSealed(record: LogRecord): AuditRecord | undefined {
  const text = Buffer.from(record.value).toString()
  try {
    const value = auditRecordSchema.parse(JSON.parse(text))
    return canonicalJson(value) === text && hashOf(value) === value.hash ? value : undefined
  } catch {
    return undefined
  }
}

const TAIL = 100

/** The last sound record of the log; the damaged ones behind it are for verification to name. */
async function endOf(log: EventLog): Promise<ChainHead> {
  const range = (await log.ranges(AUDIT))[0]
  if (!range) return START
  const offset = Math.max(range.earliest, range.next - 1)
  const last = await lastSound(log, offset, 1)
  return last ?? (await lastSound(log, Math.max(range.earliest, range.next - TAIL), TAIL)) ?? START
}

async function lastSound(log: EventLog, offset: number, limit: number): Promise<ChainHead | undefined> {
  const records = await log.read(AUDIT, { partition: 0, offset }, limit)
  return records.map(readSealed).findLast((record) => record !== undefined)
}

/** A log that lost its end does not make the chain begin again: what is missing stays visible. */
const later = (inLog: ChainHead, known: ChainHead | undefined): ChainHead =>
  known && known.sequence > inLog.sequence ? known : inLog
