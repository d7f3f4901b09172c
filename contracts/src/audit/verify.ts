import type { EventLog, LogRecord } from '../event-log/port.ts'
import type { ChainHead } from '../records/port.ts'
import { AUDIT } from '../topics.ts'
import { type AuditRecord, readSealed, START } from './chain.ts'

const RECORDS_PER_READ = 512

/** The first thing that is wrong with the chain. */
export interface AuditFault {
  readonly kind: 'altered' | 'missing' | 'reordered'
  /** Sequence of the record concerned. */
  readonly sequence: number
  /** Where in the log it was noticed. */
  readonly offset: number
  readonly detail: string
}

export interface AuditReport {
  readonly ok: boolean
  /** Records found sound, one after the other, from the first kept one on. */
  readonly records: number
  /** Sequence of the first record kept: 1, until retention has removed the oldest. */
  readonly firstSequence: number
  readonly head: ChainHead
  readonly fault?: AuditFault
}

export interface VerifyOptions {
  /** The head that the records database remembers: without it nobody can tell that the chain lost its end. */
  readonly head?: ChainHead
  readonly onProgress?: (share: number) => void
}

/** Reads the whole chain, a page at a time, and names the first record that was altered, removed or moved. */
export async function verifyAudit(log: EventLog, options: VerifyOptions = {}): Promise<AuditReport> {
  const { head: known, onProgress = () => {} } = options
  const range = (await log.ranges(AUDIT))[0] ?? { earliest: 0, next: 0 }
  let end = START
  let records = 0
  let firstSequence = 1
  const report = (fault?: AuditFault): AuditReport => {
    return { ok: !fault, records, firstSequence, head: end, ...(fault && { fault }) }
  }

  for await (const record of allRecords(log, range)) {
    const sealed = readSealed(record)
    if (records === 0 && sealed && range.earliest > 0) {
      firstSequence = sealed.sequence
      end = { sequence: sealed.sequence - 1, hash: sealed.previous }
    }
    const fault = sealed ? await faultIn(log, range, record, sealed, end) : altered(end.sequence + 1, record)
    if (fault) return report(fault)
    end = { sequence: sealed!.sequence, hash: sealed!.hash }
    records++
    if (known?.sequence === end.sequence && known.hash !== end.hash) return report(rewritten(end.sequence, record))
    onProgress((record.offset + 1 - range.earliest) / (range.next - range.earliest))
  }
  if (known && known.sequence > end.sequence) return report(endMissing(end, known, range.next))
  return report()
}

async function* allRecords(log: EventLog, range: { earliest: number; next: number }): AsyncIterable<LogRecord> {
  for (let offset = range.earliest; offset < range.next; ) {
    const page = await log.read(AUDIT, { partition: 0, offset }, RECORDS_PER_READ)
    if (page.length === 0) return
    yield* page
    offset = page.at(-1)!.offset + 1
  }
}

/** Holds a sound record against the end of the chain before it. */
async function faultIn(
  log: EventLog,
  range: { earliest: number; next: number },
  record: LogRecord,
  sealed: AuditRecord,
  end: ChainHead,
): Promise<AuditFault | undefined> {
  const expected = end.sequence + 1
  const { offset } = record
  if (sealed.sequence < expected) {
    return { kind: 'reordered', sequence: sealed.sequence, offset, detail: `stands behind record ${end.sequence}` }
  }
  if (sealed.sequence > expected) {
    const elsewhere = await find(log, { earliest: offset + 1, next: range.next }, expected)
    if (elsewhere === undefined) {
      const last = sealed.sequence - 1
      const detail = last > expected ? `records ${expected} to ${last} are gone` : `record ${expected} is gone`
      return { kind: 'missing', sequence: expected, offset, detail }
    }
    return { kind: 'reordered', sequence: expected, offset, detail: `stands at offset ${elsewhere}, out of its place` }
  }
  if (sealed.previous === end.hash) return undefined
  if (end.sequence === 0) return altered(expected, record)
  const detail = `record ${expected} continues another record ${end.sequence} than the one that is there`
  return { kind: 'altered', sequence: end.sequence, offset: offset - 1, detail }
}

async function find(log: EventLog, range: { earliest: number; next: number }, sequence: number) {
  for await (const record of allRecords(log, range)) {
    if (readSealed(record)?.sequence === sequence) return record.offset
  }
  return undefined
}

const altered = (sequence: number, record: LogRecord): AuditFault => ({
  kind: 'altered',
  sequence,
  offset: record.offset,
  detail: 'its bytes are not those that were sealed',
})

const rewritten = (sequence: number, record: LogRecord): AuditFault => ({
  kind: 'altered',
  sequence,
  offset: record.offset,
  detail: 'its hash is not the one that the records database remembers: the chain was written anew',
})

const endMissing = (end: ChainHead, known: ChainHead, offset: number): AuditFault => ({
  kind: 'missing',
  sequence: end.sequence + 1,
  offset,
  detail: `the chain ends at record ${end.sequence}, the records database remembers ${known.sequence}`,
})
