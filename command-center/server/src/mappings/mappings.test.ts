import { AUDIT, MAPPINGS, PREVIEWS, type Preview, previewRequestSchema } from '@quartier/contracts'
import { LetterBox } from '@quartier/contracts/runtime'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../testing.ts'

type Client = Awaited<ReturnType<TestServer['signIn']>>

let server: TestServer
let ada: Client
let oz: Client
const gateway = new AbortController()
let answering: Promise<void>

const PREVIEW: Preview = {
  ...{ invalid: null, rejection: null, readings: [], states: [] },
  ...{ events: [], removed: {}, setAside: [], more: 0 },
}
const box = new LetterBox()
const mapping = (more: object = {}) => ({
  ...{ name: 'vendor', filter: 'vendor/{source}/up', options: { values: { temp: '/data/t' } } },
  ...more,
})

/** A gateway as far as mappings go: finds nothing wrong but with filters that begin with a wildcard. */
async function answer(): Promise<void> {
  const { log } = server
  for await (const { records } of log.consume(PREVIEWS, 'gateway', { signal: gateway.signal, from: 'earliest' }))
    for (const { key, value } of records) {
      const request = previewRequestSchema.safeParse(JSON.parse(Buffer.from(value).toString())).data
      if (!request) continue
      const invalid = request.mapping.filter.startsWith('#') ? 'may not begin with a wildcard' : null
      const states =
        request.payload === null
          ? []
          : [{ device: 'd', property: 'p', measuredAt: null, text: String(box.open(request.payload)) }]
      const preview = { ...PREVIEW, invalid, states }
      await log.append(PREVIEWS, [
        { key, value: Buffer.from(JSON.stringify({ answer: request.ask, preview, box: box.address })) },
      ])
    }
}

beforeAll(async () => {
  server = await startTestServer()
  await server.addUser('ada', 'administrator')
  await server.addUser('oz', 'operator')
  ada = await server.signIn('ada')
  oz = await server.signIn('oz')
  answering = answer()
}, 60_000)

afterAll(async () => {
  gateway.abort()
  await answering
  await server.stop()
}, 60_000)

const json = async (client: Client, path: string, init: Parameters<Client['fetch']>[1] = {}) => {
  const answered = await client.fetch(path, init)
  const text = await answered.text()
  return { status: answered.status, body: text ? (JSON.parse(text) as Record<string, unknown>) : {} }
}
const post = (body: object) => ({ method: 'POST', body })

describe('JSON mappings', () => {
  test('are kept with who changed them, listed, changed and removed', async () => {
    const saved = await json(ada, '/api/mappings', post(mapping()))
    expect([saved.status, saved.body]).toMatchObject([
      200,
      { mapping: { name: 'vendor', changedBy: 'ada', enabled: true } },
    ])
    await json(ada, '/api/mappings', post(mapping({ enabled: false })))
    await json(ada, '/api/mappings', post(mapping({ name: 'another' })))
    expect((await json(oz, '/api/mappings')).body).toMatchObject({
      mappings: [{ name: 'another' }, { name: 'vendor', enabled: false }],
    })
    expect((await ada.fetch('/api/mappings/vendor', { method: 'DELETE' })).status).toBe(204)
    expect((await json(oz, '/api/mappings')).body).toMatchObject({ mappings: [{ name: 'another' }] })
    expect((await json(ada, '/api/mappings/vendor', { method: 'DELETE' })).body).toMatchObject({
      code: 'MAPPING_UNKNOWN',
    })
  })

  test('that no gateway could use are refused, and nothing is kept', async () => {
    const before = await server.log.ranges(MAPPINGS)
    const refused = await json(ada, '/api/mappings', post(mapping({ name: 'wild', filter: '#' })))
    expect([refused.status, refused.body]).toMatchObject([
      400,
      { code: 'INPUT_INVALID', message: 'may not begin with a wildcard' },
    ])
    expect(await server.log.ranges(MAPPINGS)).toEqual(before)
  })

  test('are changed by administrators only, and each change is audited', async () => {
    expect((await json(oz, '/api/mappings', post(mapping()))).status).toBe(403)
    const [range] = await server.log.ranges(AUDIT)
    const records = await server.log.read(AUDIT, { partition: 0, offset: range?.earliest ?? 0 }, 1_000)
    const actions = records.map((r) => Buffer.from(r.value).toString()).filter((text) => text.includes('mapping.'))
    expect(actions.some((a) => a.includes('mapping.put'))).toBe(true)
    expect(actions.some((a) => a.includes('mapping.remove'))).toBe(true)
  })

  test('can be tried on a pasted message by operators', async () => {
    const body = { mapping: mapping(), mqttTopic: 'vendor/acme/up', payload: '{"ü":1}' }
    const shown = await json(oz, '/api/mappings/preview', post(body))
    expect([shown.status, shown.body]).toMatchObject([200, { invalid: null, states: [{ text: '{"ü":1}' }] }])
    expect(await asked()).not.toContain(Buffer.from('{"ü":1}').toString('base64'))
  })

  test('cannot be tried on a message of a camera, which would lie in the log', async () => {
    const body = {
      mapping: mapping(),
      mqttTopic: 'gate-1/onvif-ej/RuleEngine/Recognition/Face',
      payload: '{"Name":"Ali"}',
    }
    const refused = await json(oz, '/api/mappings/preview', post(body))
    expect([refused.status, refused.body]).toMatchObject([400, { code: 'PERSONAL_TOPIC' }])
    expect(await asked()).not.toContain(Buffer.from('{"Name').toString('base64'))
  })
})

/** All that lies in the log of what gateways were asked. */
async function asked(): Promise<string> {
  const [range] = await server.log.ranges(PREVIEWS)
  const records = await server.log.read(PREVIEWS, { partition: 0, offset: range?.earliest ?? 0 }, 1000)
  return records
    .map((r) => Buffer.from(r.value).toString())
    .filter((text) => text.includes('"ask"'))
    .join()
}
