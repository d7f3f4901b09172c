import 'reflect-metadata'
import { MESSAGE_METADATA } from '@nestjs/websockets/constants'
import { ROLES, type Role } from '@quartier/contracts/records'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { ENDPOINTS } from '../http/endpoints.ts'
import { LiveGateway } from '../live/live.gateway.ts'
import { NORTH, SOUTH, startTestServer, type TestServer } from '../testing.ts'
import { type Endpoint, PERMISSIONS, type Permission, permissionFor } from './permissions.ts'

type Client = Awaited<ReturnType<TestServer['signIn']>>

let server: TestServer
const clients = new Map<string, Client>()
const endpoints = Object.keys(ENDPOINTS) as Endpoint[]

beforeAll(async () => {
  server = await startTestServer()
  for (const role of ROLES) {
    await server.addUser(role, role)
    await server.addUser(`${role}-north`, role, ['north'])
    clients.set(role, await server.signIn(role))
    clients.set(`${role}-north`, await server.signIn(`${role}-north`))
  }
  await vi.waitFor(async () => expect((await fetch(`${server.url}/readyz`)).status).toBe(200), { timeout: 20_000 })
}, 60_000)

afterAll(() => server.stop(), 60_000)

describe('the permission table', () => {
  test('has an entry for every route that the server registered, and no other', () => {
    expect(server.routes().sort()).toEqual(endpoints.toSorted())
    expect(
      Object.keys(PERMISSIONS)
        .filter((a) => !a.startsWith('socket '))
        .sort(),
    ).toEqual(endpoints.toSorted())
  })

  test('has an entry for every socket message, and no other', () => {
    const handlers = Object.getOwnPropertyNames(LiveGateway.prototype).map((name) => {
      const method = Object.getOwnPropertyDescriptor(LiveGateway.prototype, name)?.value
      return typeof method === 'function' ? Reflect.getMetadata(MESSAGE_METADATA, method) : undefined
    })
    const messages = handlers.filter((m) => m !== undefined).map((m) => `socket ${m}`)
    expect(messages.sort()).toEqual(
      Object.keys(PERMISSIONS)
        .filter((a) => a.startsWith('socket '))
        .sort(),
    )
  })

  test('lets nobody do what it does not name', () => {
    expect(permissionFor('GET /api/unheard-of')).toBeUndefined()
    expect(permissionFor('constructor')).toBeUndefined()
  })

  test.each(endpoints)('%s answers each role as the table says', async (endpoint) => {
    const permission: Permission = PERMISSIONS[endpoint]
    for (const role of ROLES) {
      // Signing out would end the session that the other cases need.
      if (endpoint === 'DELETE /api/session') continue
      const { status, code } = await ask(clients.get(role) as Client, endpoint)
      const allowed = permission.roles === 'anybody' || permission.roles.includes(role as Role)
      if (allowed)
        expect([role, status, code]).not.toEqual([
          role,
          expect.anything(),
          expect.stringMatching(/DENIED|REFUSED|REQUIRED/),
        ])
      else expect([role, status, code]).toEqual([role, 403, 'ROLE_DENIED'])
    }
  })

  test.each(endpoints.filter((e) => PERMISSIONS[e].roles !== 'anybody'))(
    '%s is closed without a session',
    async (endpoint) => {
      const [method, path] = addressOf(endpoint)
      const answer = await fetch(server.url + path, { method })
      expect([answer.status, await answer.json()]).toMatchObject([401, { code: 'SESSION_REQUIRED' }])
    },
  )

  test('what concerns the whole district is closed to people of some zones', async () => {
    for (const endpoint of endpoints) {
      const permission: Permission = PERMISSIONS[endpoint]
      if (!permission.wholeDistrict) continue
      for (const role of permission.roles as Role[]) {
        const { code } = await ask(clients.get(`${role}-north`) as Client, endpoint)
        expect([endpoint, role, code]).toEqual([endpoint, role, 'SCOPE_DENIED'])
      }
    }
  })
})

describe('a person of one zone', () => {
  const get = async (path: string): Promise<[status: number, text: string]> => {
    const answer = await (clients.get('operator-north') as Client).fetch(path)
    return [answer.status, await answer.text()]
  }
  const south = encodeURIComponent(SOUTH)
  const span = `from=${Date.now() - 3_600_000}&to=${Date.now()}`

  test.each([
    ['the card of a series', `/api/series/${south}`],
    ['a list of series', '/api/series?zoneId=south'],
    ['a list of the series of an asset', '/api/series?assetId=a-2'],
    ['last values of a series', `/api/last?series=${south}`],
    ['last values of a zone', '/api/last?zoneId=south'],
    ['last values of a place', '/api/last?placeId=b-2'],
    ['last values of an asset', '/api/last?assetId=a-2'],
    ['windows', `/api/windows?series=${south}&${span}&step=60000`],
    ['readings', `/api/range?series=${south}&${span}`],
    ['an export of a series', `/api/export?series=${south}&${span}`],
    ['an export of a zone', `/api/export?zoneId=south&${span}`],
  ])('does not get %s elsewhere', async (_, path) => {
    const [status, text] = await get(path)
    expect([status, text]).toEqual([404, expect.stringContaining('_UNKNOWN')])
  })

  test('does not learn from an answer whether something elsewhere exists', async () => {
    const shape = async (path: string) =>
      (await get(path)).map((part) => String(part).replaceAll(/south|moon|a-2|a-9/g, '*'))
    expect(await shape('/api/last?zoneId=south')).toEqual(await shape('/api/last?zoneId=moon'))
    expect(await shape('/api/last?assetId=a-2')).toEqual(await shape('/api/last?assetId=a-9'))
  })

  test('finds only what lies in it', async () => {
    const [, list] = await get('/api/series')
    expect(JSON.parse(list).series.map((s: { key: string }) => s.key)).toEqual([NORTH])
    const [, district] = await get('/api/district')
    expect(JSON.parse(district).features.map((f: { id: string }) => f.id)).toEqual([
      'place:d',
      'place:north',
      'place:b-1',
      'asset:a-1',
    ])
    const [, card] = await get(`/api/series/${encodeURIComponent(NORTH)}`)
    expect(JSON.parse(card).topology.children).toEqual([])
    const [, zones] = await get('/api/zones')
    expect(JSON.parse(zones).zones.map((z: { zoneId: string }) => z.zoneId)).toEqual(['north'])
  })
})

/** Calls an endpoint with what gets past no schema, so that permission alone decides and nothing changes. */
async function ask(client: Client, endpoint: Endpoint): Promise<{ status: number; code: string | undefined }> {
  const [method, path] = addressOf(endpoint)
  const answer = await client.fetch(path, { method, body: method === 'POST' ? { nonsense: true } : undefined })
  const text = await answer.text()
  const json = answer.headers.get('content-type')?.includes('application/json')
  return { status: answer.status, code: json && text ? (JSON.parse(text) as { code?: string }).code : undefined }
}

function addressOf(endpoint: Endpoint): [method: string, path: string] {
  const [method = '', path = ''] = endpoint.split(' ')
  return [method, path.replace(/:\w+/, 'nothing')]
}
