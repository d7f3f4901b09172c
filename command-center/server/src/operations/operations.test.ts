import { LEDGER, type LedgerEntry, READINGS, RECEIPTS, REJECTED, SERIES } from '@quartier/contracts'
import { auditVerifySchema } from '@quartier/contracts/api'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { NORTH, STRAY, series, startTestServer, type TestServer } from '../testing.ts'

type Client = Awaited<ReturnType<TestServer['signIn']>>

let server: TestServer
let client: Client

beforeAll(async () => {
  server = await startTestServer()
  await server.addUser('ada', 'administrator')
  client = await server.signIn('ada')
}, 60_000)

afterAll(() => server.stop(), 60_000)

interface Body {
  readonly [name: string]: unknown
}

const json = async (path: string, init: Parameters<Client['fetch']>[1] = {}) => {
  const answer = await client.fetch(path, init)
  return { status: answer.status, body: (await answer.json()) as Body }
}
const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 20 })

describe('quarantine', () => {
  test('lists what waits, and adopting it makes it active in the registry, the log and the live state', async () => {
    expect((await json('/api/quarantine')).body).toMatchObject({ total: 1, series: [{ key: STRAY }], next: null })
    const adopted = await json('/api/quarantine/adopt', {
      method: 'POST',
      body: { keys: [STRAY, NORTH, 'city/none/x'], assetId: 'a-1', unit: 'W' },
    })
    expect(adopted.body).toEqual({
      adopted: 1,
      refused: [
        { key: NORTH, reason: 'is active' },
        { key: 'city/none/x', reason: 'is unknown' },
      ],
    })
    const told = await server.log.latest(SERIES, STRAY)
    expect(JSON.parse(String(Buffer.from(told?.value ?? [])))).toMatchObject({
      status: 'active',
      assetId: 'a-1',
      unit: 'W',
    })
    await until(async () => {
      const { body } = await json('/api/last?assetId=a-1')
      expect((body.values as { key: string }[]).map((v) => v.key)).toEqual([NORTH, STRAY])
    })
  })

  test('shows what a gateway put there through the log', async () => {
    const found = series('city/newcomer/power', null, { status: 'quarantined' })
    await server.log.append(SERIES, [{ key: found.key, value: Buffer.from(JSON.stringify(found)) }])
    await until(async () =>
      expect((await json('/api/quarantine')).body).toMatchObject({ series: [{ key: found.key }] }),
    )
  })
})

describe('a command', () => {
  test('needs an idempotency key, and the same key repeats the answer instead of the command', async () => {
    const body = { name: 'gw-1', source: 'city', publish: ['t/%s/#'] }
    const without = await json('/api/principals', { method: 'POST', body, headers: { 'idempotency-key': '' } })
    expect([without.status, without.body]).toMatchObject([400, { code: 'IDEMPOTENCY_KEY_REQUIRED' }])
    const headers = { 'idempotency-key': 'principal-gw-1' }
    const first = await json('/api/principals', { method: 'POST', body, headers })
    const second = await json('/api/principals', { method: 'POST', body, headers })
    expect(second).toEqual(first)
    const secret = Buffer.from(String(first.body.secret))
    expect(await server.records.principals.authenticate('gw-1', secret)).toMatchObject({ source: 'city' })
    const other = await json('/api/principals', { method: 'POST', body: { ...body, personal: true }, headers })
    expect([other.status, other.body]).toMatchObject([422, { code: 'IDEMPOTENCY_MISMATCH' }])
  })

  test('stands in the audit chain before and after, without its secrets, and the chain verifies', async () => {
    const body = { name: 'paul', displayName: 'Paul', role: 'planner', password: 'a very secret word' }
    await json('/api/people', { method: 'POST', body })
    await json('/api/people', { method: 'POST', body: { ...body, role: 'emperor' } })
    const { body: audit } = await json('/api/audit?limit=10')
    const entries = (audit.entries as Record<string, unknown>[]).filter((e) => e.action === 'person.put')
    expect(entries.map((e) => [e.result, e.reason])).toEqual([
      ['failed', 'INPUT_INVALID'],
      ['requested', undefined],
      ['done', undefined],
      ['requested', undefined],
    ])
    expect(entries.at(-1)).toMatchObject({
      principal: 'ada',
      target: 'paul',
      after: { role: 'planner', password: 'set' },
    })
    expect(JSON.stringify(audit)).not.toContain('a very secret word')
    expect(auditVerifySchema.parse((await json('/api/audit/verify')).body)).toMatchObject({
      ok: true,
      firstSequence: 1,
    })
  })

  test('that somebody may not give is audited once, however often it is tried', async () => {
    await server.addUser('vera', 'viewer')
    const vera = await server.signIn('vera')
    for (let i = 0; i < 3; i++) expect((await vera.fetch('/api/people', { method: 'POST', body: {} })).status).toBe(403)
    const { body } = await json('/api/audit?limit=50')
    const denied = (body.entries as Record<string, unknown>[]).filter((e) => e.result === 'denied')
    expect(denied).toMatchObject([{ principal: 'vera', action: 'person.put', reason: 'ROLE_DENIED' }])
  })

  test('that would leave nobody who administers is refused', async () => {
    const body = { name: 'ada', displayName: 'Ada', role: 'viewer' }
    expect(await json('/api/people', { method: 'POST', body })).toMatchObject({
      status: 409,
      body: { code: 'PERSON_CONFLICT' },
    })
  })

  test('makes a password for a new person and shows it once', async () => {
    const { body } = await json('/api/people', {
      method: 'POST',
      body: { name: 'mia', displayName: 'Mia', role: 'maintenance' },
    })
    expect(body.generatedPassword).toMatch(/^(\w{5}-){3}\w{5}$/)
    expect(JSON.stringify((await json('/api/people')).body)).not.toContain(body.generatedPassword)
  })
})

test('a CSV import reports every refused line and announces the rest', async () => {
  const csv = 'key,unit,asset\ncity/meter-9/power,kW,a-1\nnot a key,kW,a-1\n'
  const report = await json('/api/registry/import', {
    method: 'POST',
    body: csv,
    headers: { 'content-type': 'text/csv' },
  })
  expect(report.body).toMatchObject({ accepted: 1, refused: [{ line: 3 }] })
  expect(await server.log.latest(SERIES, 'city/meter-9/power')).toBeDefined()
})

describe('the ledger', () => {
  test('is summed by source, and shows where the two counts disagree', async () => {
    await server.log.append(LEDGER, [entry('city', 10, 10), entry('camp', 10, 9)])
    await until(async () => expect((await json('/api/ledger')).body).toMatchObject({ state: 'unbalanced' }))
    const { body } = await json('/api/ledger')
    expect(body.sources).toMatchObject([
      { source: 'camp', accepted: 10, stored: 9, difference: 1, balanced: false },
      { source: 'city', accepted: 10, stored: 10, difference: 0, balanced: true },
    ])
    expect(body.imbalances).toMatchObject([{ source: 'camp' }])
    await until(async () =>
      expect((await json('/api/platform')).body).toMatchObject({
        ledger: { state: 'unbalanced', stored: 19, difference: 1, sums: { received: 20, rejected: 0 } },
      }),
    )
  })
})

describe('dead letters', () => {
  test('come newest first, page by page, and are counted in the health strip', async () => {
    await server.log.append(REJECTED, [
      letter(1, 'city', 'json-syntax'),
      letter(2, 'city', 'too-late'),
      letter(3, 'city', 'too-late'),
    ])
    const first = await json('/api/rejected?limit=2')
    expect(first.body.letters).toMatchObject([{ origin: 'test:3' }, { origin: 'test:2' }])
    expect((await json(`/api/rejected?limit=2&before=${first.body.next}`)).body).toMatchObject({
      letters: [{ origin: 'test:1', payload: 'AAAA' }],
      next: null,
    })
    expect((await json('/api/rejected?reason=json-syntax')).body.letters).toMatchObject([{ origin: 'test:1' }])
    await until(async () =>
      expect((await json('/api/platform')).body).toMatchObject({ rejectedLastHour: 3, rejectedTopReason: 'too-late' }),
    )
  })

  test('never show a payload of a source that is marked personal', async () => {
    await json('/api/principals', {
      method: 'POST',
      body: { name: 'cam', source: 'cams', publish: ['#'], personal: true },
    })
    await server.log.append(REJECTED, [letter(4, 'cams', 'json-syntax')])
    const { body } = await json('/api/rejected?source=cams')
    expect(body.letters).toMatchObject([{ origin: 'test:4' }])
    expect(JSON.stringify(body)).not.toContain('AAAA')
  })
})

describe('receipts', () => {
  const minute = (ago: number) => Math.floor(Date.now() / 60_000 - ago) * 60_000
  const receipt = (ago: number, cameras: object) => record('city', { source: 'city', minute: minute(ago), cameras })

  test('of what was removed are summed by camera, minute and kind, and found by a series of the camera', async () => {
    await server.log.append(RECEIPTS, [
      receipt(3, { 'gate-1': { face: 2, image: 1 } }),
      receipt(1, { 'gate-1': { face: 1 }, '': { message: 1 } }),
      receipt(1, { 'gate-1': { plate: 4 }, meter: { text: 1 } }),
      record('city', { source: 'city', cameras: { broken: { face: 9 } } }),
    ])
    await until(async () => expect((await json('/api/receipts')).body).toMatchObject({ removed: { text: 1 } }))
    const { body } = await json('/api/receipts?source=city')
    expect(body.removed).toEqual({ face: 3, image: 1, message: 1, plate: 4, text: 1 })
    expect(body.cameras).toContainEqual({ source: 'city', camera: 'gate-1', removed: { face: 3, image: 1, plate: 4 } })
    const of = { source: 'city', camera: 'gate-1' }
    expect((await json('/api/receipts?camera=gate-1')).body.receipts).toEqual([
      { ...of, minute: minute(1), removed: { face: 1, plate: 4 } },
      { ...of, minute: minute(3), removed: { face: 2, image: 1 } },
    ])
    const [source, device] = NORTH.split('/')
    await server.log.append(RECEIPTS, [
      record(source as string, { source, minute: minute(0), cameras: { [device as string]: { uri: 7 } } }),
    ])
    await until(async () => expect((await json(`/api/receipts?series=${NORTH}`)).body.removed).toEqual({ uri: 7 }))
  })

  test('of the whole district are for those who see it, those of a camera for those who see that', async () => {
    await server.addUser('zoe', 'operator', ['z-south'])
    const zoe = await server.signIn('zoe')
    expect((await zoe.fetch('/api/receipts')).status).toBe(403)
    expect((await zoe.fetch(`/api/receipts?series=${NORTH}`)).status).toBe(404)
  })
})

test('a corrupt batch in the log is counted and stops nothing', async () => {
  await server.log.append(READINGS, [{ key: '0', partition: 0, value: Buffer.from('no batch') }])
  await server.readings([NORTH], 5)
  await until(async () => expect((await json(`/api/last?series=${NORTH}`)).body.values).toMatchObject([{ value: 5 }]))
})

const record = (key: string, value: object) => ({ key, value: Buffer.from(JSON.stringify(value)) })

function entry(source: string, accepted: number, stored: number) {
  const counts = { received: accepted, accepted, rejected: {} }
  const made: LedgerEntry = {
    partition: 0,
    firstOffset: 0,
    nextOffset: 1,
    source,
    receivedMinute: Math.floor(Date.now() / 60_000) * 60_000,
    gateway: { messages: counts, readings: counts, untimed: 0 },
    store: { stored, duplicates: 0, corrections: 0, rejected: {}, undecided: 0 },
  }
  return record('0', made)
}

const letter = (n: number, source: string, reason: string) =>
  record(source, {
    origin: `test:${n}`,
    source,
    principal: source,
    mqttTopic: 't',
    stage: 'codec',
    reason,
    detail: '',
    receivedAt: Date.now(),
    readings: 0,
    bytes: 3,
    sha256: '',
    payload: 'AAAA',
  })
