import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../testing.ts'

let server: TestServer
let client: Awaited<ReturnType<TestServer['signIn']>>

beforeAll(async () => {
  server = await startTestServer()
  await server.addUser('ada', 'administrator')
  client = await server.signIn('ada')
}, 60_000)
afterAll(() => server.stop(), 60_000)

const json = async (path: string, init: Parameters<typeof client.fetch>[1] = {}) => {
  const answer = await client.fetch(path, init)
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

const principal = {
  name: 'lamp-1',
  source: 'lamp-1',
  kind: 'device',
  publish: ['t/%s/#'],
  subscribe: [],
  devices: ['lamp-1'],
  personal: false,
  historical: false,
  enabled: true,
} as const

const line = (device: string, event: string) => ({
  at: 1_000,
  until: 2_000,
  times: 3,
  device,
  event,
  detail: 'its certificate was revoked',
  address: '10.0.0.7',
})

describe('devices', () => {
  test('at the door can be followed, all or one, page by page', async () => {
    const { deviceLog } = server.records
    await deviceLog.add([line('lamp-1', 'certificate-revoked'), line('lamp-2', 'name-unknown')])
    const { body } = await json('/api/devices/log')
    expect(body).toEqual({ lines: [line('lamp-2', 'name-unknown'), line('lamp-1', 'certificate-revoked')], next: null })
    const first = await json('/api/devices/log?limit=1')
    const second = await json(`/api/devices/log?limit=1&before=${first.body.next}`)
    expect(second.body.lines).toEqual([line('lamp-1', 'certificate-revoked')])
    expect((await json('/api/devices/log?device=lamp-1')).body.lines).toHaveLength(1)
    expect((await json('/api/devices/log?event=banned')).body.lines).toEqual([])
  })

  test('are shut out by one command, which stands in the audit chain', async () => {
    const { principals } = server.records
    const common = { kind: 'certificate', principal: 'lamp-1', serial: '4a', reason: '' } as const
    const credential = { ...common, id: 'a', issuedAt: 1, expiresAt: 2, revokedAt: null }
    const [secret] = await principals.putAll([principal], [credential])
    const answer = await json('/api/principals/lamp-1/revoke', { method: 'POST', body: { reason: 'stolen' } })
    expect([answer.status, answer.body]).toEqual([200, { revoked: 1 }])
    expect(await principals.authenticate('lamp-1', Buffer.from(secret as string))).toBeUndefined()
    const { body } = await json('/api/principals/lamp-1/credentials')
    expect(body.credentials).toMatchObject([{ id: 'a', reason: 'stolen' }])
    const { body: audit } = await json('/api/audit?limit=5')
    expect(JSON.stringify(audit)).toContain('principal.revoke')
    expect((await json('/api/principals/nobody/revoke', { method: 'POST', body: {} })).status).toBe(404)
  })
})
