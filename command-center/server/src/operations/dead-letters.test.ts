import {
  AUDIT,
  REDRIVES,
  REJECTED,
  type RedriveAnswer,
  type RedriveRequest,
  redriveRequestSchema,
} from '@quartier/contracts'
import { rejectedCountsSchema, rejectedSchema } from '@quartier/contracts/api'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startTestServer, type TestServer } from '../testing.ts'

type Client = Awaited<ReturnType<TestServer['signIn']>>

let server: TestServer
let client: Client
const gateway = new AbortController()
const asked: RedriveRequest[] = []

/** Stands for a gateway: takes in even letters and refuses odd ones. */
async function answerRedrives(): Promise<void> {
  for await (const { records } of server.log.consume(REDRIVES, 'gateway', { signal: gateway.signal, from: 'earliest' }))
    for (const { key, value } of records) {
      const request = redriveRequestSchema.safeParse(JSON.parse(Buffer.from(value).toString())).data
      if (!request) continue
      asked.push(request)
      const results = request.offsets.map((offset) =>
        offset % 2 === 0
          ? { offset, outcome: 'appended' as const, readings: 3, reason: '', detail: '' }
          : { offset, outcome: 'refused' as const, readings: 0, reason: 'json-syntax', detail: 'still' },
      )
      const answer: RedriveAnswer = { answer: request.ask, by: request.by, at: Date.now(), results }
      await server.log.append(REDRIVES, [{ key, value: Buffer.from(JSON.stringify(answer)) }])
    }
}

beforeAll(async () => {
  server = await startTestServer()
  await server.addUser('ada', 'administrator')
  await server.addUser('mo', 'maintenance')
  client = await server.signIn('ada')
  void answerRedrives()
  const records = [
    letter('city', 'json-syntax', { mqttTopic: 'v/city/up', payload: base64('{"temp":') }),
    letter('city', 'json-syntax', { mqttTopic: 'v/city/up', payload: base64('{"hum":'), detail: 'at byte 8' }),
    letter('camp', 'too-late', { mqttTopic: '', readings: 7 }),
    letter('cams', 'json-syntax', { payload: undefined, skeleton: '{}' }),
    letter('city', 'json-depth', { mqttTopic: 'v/city/up', bytes: 9_000, payload: base64('[[[') }),
  ]
  await server.log.append(REJECTED, records)
}, 60_000)

afterAll(async () => {
  gateway.abort()
  await server.stop()
}, 60_000)

const get = async (path: string) => (await client.fetch(path)).json()
const list = async (query = '') => rejectedSchema.parse(await get(`/api/rejected${query}`))

describe('dead letters', () => {
  test('are searched in topic, detail, sender and what was sent', async () => {
    const found = async (text: string) => (await list(`?text=${text}`)).letters.map((l) => l.offset)
    expect(await found('TEMP')).toEqual([0])
    expect(await found('byte')).toEqual([1])
    expect(await found('v/city')).toEqual([4, 1, 0])
    expect(await found('nowhere')).toEqual([])
  })

  test('are counted by source and reason', async () => {
    await vi.waitFor(async () => {
      const counts = rejectedCountsSchema.parse(await get('/api/rejected/counts?minutes=60'))
      expect(counts).toMatchObject({ letters: 5, complete: true })
      expect(counts.reasons[0]).toMatchObject({ source: 'city', reason: 'json-syntax', letters: 2, readings: 0 })
      expect(counts.reasons).toContainEqual(
        expect.objectContaining({ source: 'camp', reason: 'too-late', readings: 7 }),
      )
    })
  })

  test('say why they can never be taken in again', async () => {
    expect((await list()).letters.map((l) => [l.offset, l.impossible?.reason ?? null])).toEqual([
      [4, 'cut'],
      [3, 'personal'],
      [2, 'was-reading'],
      [1, null],
      [0, null],
    ])
  })

  test('are taken in again by a gateway, under the name of who asked, once for each key', async () => {
    const headers = { 'idempotency-key': 'redrive-once' }
    const again = () => client.fetch('/api/rejected/redrive', { method: 'POST', body: { offsets: [0, 1, 0] }, headers })
    const answer = await (await again()).json()
    expect(answer).toMatchObject({
      results: [
        { offset: 0, outcome: 'appended' },
        { offset: 1, outcome: 'refused' },
      ],
    })
    expect(await (await again()).json()).toEqual(answer)
    expect(asked).toMatchObject([{ by: 'ada', offsets: [0, 1] }])
    const { letters } = await list()
    expect(letters.map((l) => l.redriven?.outcome ?? null)).toEqual([null, null, null, 'refused', 'appended'])
    expect(letters.at(-1)?.redriven).toMatchObject({ by: 'ada', readings: 3 })
    const audit = (await server.log.read(AUDIT, { partition: 0, offset: 0 }, 100)).map((r) =>
      JSON.parse(Buffer.from(r.value).toString()),
    )
    expect(audit.filter((a) => a.action === 'dead-letter.redrive').map((a) => a.result)).toEqual(['requested', 'done'])
  })

  test('are taken in again by those who may change things, as many as are named', async () => {
    const mo = await server.signIn('mo')
    const refused = await mo.fetch('/api/rejected/redrive', { method: 'POST', body: { offsets: [0] } })
    expect([refused.status, await refused.json()]).toMatchObject([403, { code: 'ROLE_DENIED' }])
    for (const offsets of [[], [-1], Array.from({ length: 501 }, (_, i) => i)])
      expect((await client.fetch('/api/rejected/redrive', { method: 'POST', body: { offsets } })).status).toBe(400)
  })
})

const base64 = (text: string): string => Buffer.from(text).toString('base64')

function letter(source: string, reason: string, more: object = {}) {
  const payload = { payload: base64('x'), ...more }.payload
  return {
    key: source,
    value: Buffer.from(
      JSON.stringify({
        ...{ origin: 'gateway:test:1', source, principal: source, mqttTopic: 't', stage: 'codec', reason, detail: '' },
        ...{ receivedAt: Date.now(), readings: 0, sha256: '' },
        bytes: payload === undefined ? 2 : Buffer.byteLength(payload, 'base64'),
        payload,
        ...more,
      }),
    ),
  }
}
