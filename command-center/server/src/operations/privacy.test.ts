import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LEDGER, type LedgerEntry, RECEIPTS } from '@quartier/contracts'
import { auditSchema, privacySchema, receiptsSchema } from '@quartier/contracts/api'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { NORTH, startTestServer, type TestServer } from '../testing.ts'

type Client = Awaited<ReturnType<TestServer['signIn']>>

const MINUTE = 60_000
const DAY = 86_400_000
let server: TestServer
let client: Client

beforeAll(async () => {
  server = await startTestServer()
  await server.addUser('ada', 'administrator')
  client = await server.signIn('ada')
}, 60_000)

afterAll(() => server.stop(), 60_000)

const get = async (path: string) => (await client.fetch(path)).json()
const privacy = async () => privacySchema.parse(await get('/api/privacy?minutes=60'))
const minuteAgo = (minutes: number) => Math.floor(Date.now() / MINUTE - minutes) * MINUTE
const record = (key: string, value: object) => ({ key, value: Buffer.from(JSON.stringify(value)) })

let offset = 0
function entry(source: string, minute: number, removed: Record<string, number>) {
  const counts = { received: 1, accepted: 1, rejected: {} }
  const value: LedgerEntry = {
    ...{ partition: 0, firstOffset: offset, nextOffset: ++offset, source, receivedMinute: minute },
    gateway: { messages: counts, readings: counts, untimed: 0, removed },
    store: { stored: 1, duplicates: 0, corrections: 0, rejected: {}, undecided: 0 },
  }
  return record('0', value)
}

describe('what was removed', () => {
  test('stands in the receipts as in the ledger, or is on its way, or does not agree', async () => {
    expect(await privacy()).toMatchObject({ ledger: { state: 'empty', sources: [] } })
    const at = minuteAgo(20)
    await server.log.append(RECEIPTS, [
      record('cams', { source: 'cams', minute: at, cameras: { 'gate-1': { face: 2 }, 'gate-2': { plate: 1 } } }),
    ])
    await server.log.append(LEDGER, [entry('cams', at, { face: 2, plate: 1 })])
    const state = async () => (await privacy()).ledger.state
    await vi.waitFor(async () => expect(await state()).toBe('agrees'))
    expect(await privacy()).toMatchObject({
      removed: { face: 2, plate: 1 },
      ledger: { removed: { face: 2, plate: 1 } },
    })
    await server.log.append(RECEIPTS, [
      record('cams', { source: 'cams', minute: minuteAgo(0), cameras: { 'gate-1': { face: 4 } } }),
    ])
    await vi.waitFor(async () => expect(await state()).toBe('on-its-way'))
    await server.log.append(LEDGER, [entry('cams', at, { face: 50 })])
    await vi.waitFor(async () => expect(await state()).toBe('differs'))
    expect((await privacy()).ledger.sources).toEqual([{ source: 'cams', receipts: 7, ledger: 53 }])
  })

  test('is listed by camera and minute, page by page', async () => {
    const page = async (query: string) => receiptsSchema.parse(await get(`/api/receipts?${query}`))
    const first = await page('limit=1&cameras=1')
    expect(first).toMatchObject({
      totals: { cameras: 2, receipts: 3 },
      cameras: [{ camera: 'gate-1', removed: { face: 6 } }],
      receipts: [{ camera: 'gate-1', removed: { face: 4 } }],
    })
    const rest = await page('limit=5&skip=1&cameras=5&skipCameras=1')
    expect(rest.cameras.map((c) => c.camera)).toEqual(['gate-2'])
    expect(rest.receipts.map((r) => r.camera)).toEqual(['gate-1', 'gate-2'])
  })
})

test('keys of days are told by their days, and never more', async () => {
  expect((await privacy()).keys).toMatchObject({ known: false, days: [], lastDestroyed: null })
  const folder = join(server.dataDir, 'secrets')
  mkdirSync(folder)
  writeFileSync(join(folder, 'privacy-2026-11-24.key'), Buffer.alloc(64, 'SECRET'))
  writeFileSync(join(folder, 'last-destroyed.json'), '{"day":"2026-11-23","at":1795478400000}')
  const told = await privacy()
  expect(told.keys).toMatchObject({
    known: true,
    days: ['2026-11-24'],
    lastDestroyed: { day: '2026-11-23', at: 1_795_478_400_000 },
  })
  expect(told.keys.endsAt % DAY).toBe(0)
  expect(JSON.stringify(told)).not.toContain('SECRET')
})

test('says how long what concerns people is kept, the shortest first', async () => {
  const { timers } = await privacy()
  expect(timers.find((t) => t.what === 'plate-key')?.keptMs).toBe(DAY)
  expect(timers.map((t) => t.keptMs)).toEqual(timers.map((t) => t.keptMs).sort((a, b) => a - b))
})

test('who exported what is found in the audit chain by its word', async () => {
  const span = `from=${Date.now() - 1000}&to=${Date.now()}`
  await (await client.fetch(`/api/export?series=${encodeURIComponent(NORTH)}&${span}`)).text()
  const { entries } = auditSchema.parse(await get('/api/audit?action=readings.export'))
  expect(entries).toMatchObject([{ principal: 'ada', action: 'readings.export', after: { series: NORTH } }])
  expect(auditSchema.parse(await get('/api/audit?action=nothing.ever'))).toEqual({ entries: [], next: null })
})
