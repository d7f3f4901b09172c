import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type EmbeddedLog, openEmbeddedLog } from '../event-log/embedded.ts'
import type { EventLog } from '../event-log/port.ts'
import type { Records } from '../records/port.ts'
import { openSqliteRecords } from '../records/sqlite.ts'
import { AUDIT } from '../topics.ts'
import { type AuditEntry, createAudit, verifyAudit } from './index.ts'

const clock = { now: () => 1_700_000_000_000, speed: 1 }
const entry = (n: number): AuditEntry => ({
  principal: 'amal',
  action: 'order.approve',
  target: `order-${n}`,
  before: { state: 'requested' },
  after: { state: 'scheduled', crew: ['a', 'b'], dueAt: n },
  result: 'done',
})

let folder: string
let log: EmbeddedLog
let records: Records

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quartier-audit-'))
  log = await openLog('log')
  records = await openSqliteRecords({ path: join(folder, 'records.db') })
})

afterEach(async () => {
  await records.close()
  await log.close()
  rmSync(folder, { recursive: true, force: true })
})

const openLog = (name: string) => openEmbeddedLog({ folder: join(folder, name), clock, inline: true })

/** A log that holds what `change` makes of the records of the chain. */
async function tampered(change: (values: Uint8Array[]) => Uint8Array[], use: (log: EventLog) => Promise<void>) {
  const values = (await log.read(AUDIT, { partition: 0, offset: 0 }, 1000)).map((r) => Uint8Array.from(r.value))
  const other = await openLog('tampered')
  await other.append(
    AUDIT,
    change(values).map((value) => ({ key: 'audit', value })),
  )
  await use(other)
  await other.close()
}

async function recordSome(count: number) {
  const audit = createAudit({ log, records, clock })
  for (let n = 1; n <= count; n++) await audit.record(entry(n))
}

describe('the audit chain', () => {
  it('is whole after many entries, the last of which the records database remembers', async () => {
    await recordSome(12)
    const head = await records.chains.head('audit')
    const report = await verifyAudit(log, { head })
    expect(report).toMatchObject({ ok: true, records: 12, firstSequence: 1, head })
    expect(head?.sequence).toBe(12)
  })

  it('is whole when nothing was ever recorded', async () => {
    expect(await verifyAudit(log)).toMatchObject({ ok: true, records: 0 })
  })

  it('keeps what was recorded, with time and sequence', async () => {
    const audit = createAudit({ log, records, clock })
    const sealed = await audit.record({ ...entry(1), reason: 'pump is safe', from: '10.0.0.7', correlationId: 'c-1' })
    const [stored] = await log.read(AUDIT, { partition: 0, offset: 0 }, 1)
    expect(JSON.parse(Buffer.from(stored!.value).toString())).toEqual(sealed)
    expect(sealed).toMatchObject({ sequence: 1, recordedAt: clock.now(), reason: 'pump is safe', from: '10.0.0.7' })
  })

  it('names the record in which any one byte was altered', async () => {
    await recordSome(3)
    const { length } = (await log.read(AUDIT, { partition: 0, offset: 1 }, 1))[0]!.value
    for (const at of [0, 1, length >> 2, length >> 1, length - 2, length - 1]) {
      await tampered(
        (values) => {
          values[1]![at]! ^= 1
          return values
        },
        async (other) => {
          const { fault } = await verifyAudit(other)
          expect(fault).toMatchObject({ kind: 'altered', sequence: 2, offset: 1 })
        },
      )
      rmSync(join(folder, 'tampered'), { recursive: true })
    }
  })

  it('names a record that was sealed anew with other contents', async () => {
    await recordSome(4)
    const values = (await log.read(AUDIT, { partition: 0, offset: 0 }, 10)).map((r) => r.value)
    const forger = await openLog('forged')
    const forgerRecords = await openSqliteRecords({ path: join(folder, 'forger.db') })
    const audit = createAudit({ log: forger, records: forgerRecords, clock })
    await audit.record(entry(1))
    await audit.record({ ...entry(2), principal: 'somebody else' })
    const forged = (await forger.read(AUDIT, { partition: 0, offset: 1 }, 1))[0]!.value
    await tampered(
      () => [values[0]!, forged, values[2]!, values[3]!],
      async (other) => {
        const { fault } = await verifyAudit(other)
        expect(fault).toMatchObject({ kind: 'altered', sequence: 2, offset: 1 })
      },
    )
    await forger.close()
    await forgerRecords.close()
  })

  it.each([0, 1, 3])('names the record that was dropped at place %i', async (dropped) => {
    await recordSome(6)
    await tampered(
      (values) => values.toSpliced(dropped, 1),
      async (other) => {
        const { fault } = await verifyAudit(other)
        expect(fault).toMatchObject({ kind: 'missing', sequence: dropped + 1, offset: dropped })
      },
    )
  })

  it('notices that the end was dropped, by the head that the records database remembers', async () => {
    await recordSome(5)
    const head = await records.chains.head('audit')
    await tampered(
      (values) => values.slice(0, 3),
      async (other) => {
        expect((await verifyAudit(other)).ok).toBe(true)
        expect((await verifyAudit(other, { head })).fault).toMatchObject({ kind: 'missing', sequence: 4 })
      },
    )
  })

  it('notices a chain that was written anew from the start', async () => {
    await recordSome(2)
    const head = await records.chains.head('audit')
    const other = await openLog('anew')
    const others = await openSqliteRecords({ path: join(folder, 'others.db') })
    const audit = createAudit({ log: other, records: others, clock })
    for (let n = 1; n <= 3; n++) await audit.record({ ...entry(n), principal: 'somebody else' })
    expect((await verifyAudit(other, { head })).fault).toMatchObject({ kind: 'altered', sequence: 2 })
    await other.close()
    await others.close()
  })

  it.each([
    [0, 1],
    [2, 3],
    [1, 4],
  ])('names the first of two records, %i and %i, that changed places', async (a, b) => {
    await recordSome(6)
    await tampered(
      (values) => values.with(a, values[b]!).with(b, values[a]!),
      async (other) => {
        const { fault } = await verifyAudit(other)
        expect(fault).toMatchObject({ kind: 'reordered', sequence: a + 1 })
      },
    )
  })

  it('names a record that was put in twice', async () => {
    await recordSome(3)
    await tampered(
      (values) => [values[0]!, values[1]!, values[1]!, values[2]!],
      async (other) => {
        const { fault } = await verifyAudit(other)
        expect(fault).toMatchObject({ kind: 'reordered', sequence: 2, offset: 2 })
      },
    )
  })

  it('continues after a crash between the append and the note of the new head', async () => {
    await recordSome(2)
    const chains = { ...records.chains, advance: () => Promise.reject(new Error('killed')) }
    const dying = createAudit({ log, records: { lock: records.lock, chains }, clock })
    await expect(dying.record(entry(3))).rejects.toThrow('killed')
    await createAudit({ log, records, clock }).record(entry(4))
    const report = await verifyAudit(log, { head: await records.chains.head('audit') })
    expect(report).toMatchObject({ ok: true, records: 4 })
  })

  it('leaves no hole when the append fails', async () => {
    await recordSome(1)
    const full = { ...bound(log), append: () => Promise.reject(new Error('no space')) }
    await expect(createAudit({ log: full, records, clock }).record(entry(2))).rejects.toThrow('no space')
    await recordSome(1)
    expect(await verifyAudit(log)).toMatchObject({ ok: true, records: 2 })
  })

  it('does not begin again when the log lost its end, so that the loss stays visible', async () => {
    await recordSome(3)
    const other = await openLog('restored')
    await createAudit({ log: other, records, clock }).record(entry(4))
    expect((await verifyAudit(other)).fault).toMatchObject({ kind: 'missing', sequence: 1, detail: /1 to 3/ })
    await other.close()
  })

  it('stays one chain when several write at once', async () => {
    const other = await openSqliteRecords({ path: join(folder, 'records.db') })
    const otherLog = await openLog('log')
    const here = createAudit({ log, records, clock })
    const there = createAudit({ log: otherLog, records: other, clock })
    await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 ? here : there).record(entry(n))))
    expect(await verifyAudit(log)).toMatchObject({ ok: true, records: 20 })
    await otherLog.close()
    await other.close()
  })
})

const bound = (whole: EventLog): EventLog => ({
  append: whole.append.bind(whole),
  consume: whole.consume.bind(whole),
  read: whole.read.bind(whole),
  latest: whole.latest.bind(whole),
  ranges: whole.ranges.bind(whole),
  committed: whole.committed.bind(whole),
  usage: whole.usage.bind(whole),
  close: whole.close.bind(whole),
})
