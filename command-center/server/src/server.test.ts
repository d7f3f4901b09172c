import { afterAll, beforeAll, expect, test } from 'vitest'
import { NORTH, SOUTH, startTestServer, type TestServer } from './testing.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
  await server.addUser('admin', 'administrator')
}, 60_000)

afterAll(() => server.stop(), 60_000)

test('a person signs in, is known, and signs out', async () => {
  const client = await server.signIn('admin')
  const known = await client.fetch('/api/session')
  expect(await known.json()).toMatchObject({ user: { name: 'admin', role: 'administrator' } })
  expect((await client.fetch('/api/session', { method: 'DELETE' })).status).toBe(204)
  expect((await client.fetch('/api/session')).status).toBe(401)
})

test('whoever is not signed in learns which district this is, its time, its time zone and its base map, and nothing more', async () => {
  const answer = await fetch(`${server.url}/api/about`)
  expect(await answer.json()).toEqual({
    at: expect.any(Number),
    timeZone: 'Asia/Qatar',
    district: { name: expect.any(String), nameAr: expect.any(String) },
    basemap: null,
  })
})

test('the district is GeoJSON with places and assets, and answers 304 to its ETag', async () => {
  const client = await server.signIn('admin')
  const answer = await client.fetch('/api/district')
  const body = (await answer.json()) as { features: { id: string }[] }
  expect(body.features.map((f) => f.id)).toEqual([
    'place:d',
    'place:north',
    'place:south',
    'place:b-1',
    'place:b-2',
    'asset:a-1',
    'asset:a-2',
  ])
  const again = await client.fetch('/api/district', { headers: { 'if-none-match': answer.headers.get('etag') ?? '' } })
  expect(again.status).toBe(304)
})

test('a series card says where the series is and what it hangs on', async () => {
  const client = await server.signIn('admin')
  const card = await client.fetch(`/api/series/${encodeURIComponent(SOUTH)}`)
  expect(await card.json()).toMatchObject({
    series: { key: SOUTH },
    asset: { id: 'a-2' },
    place: { id: 'b-2' },
    zone: { id: 'south' },
    topology: { parents: [{ id: 'a-1' }], children: [] },
  })
})

test('series are listed page by page', async () => {
  const client = await server.signIn('admin')
  const first = (await (await client.fetch('/api/series?limit=2')).json()) as {
    series: { key: string }[]
    next: string
  }
  expect(first.series.map((s) => s.key)).toEqual([NORTH, SOUTH])
  const rest = (await (
    await client.fetch(`/api/series?limit=2&after=${encodeURIComponent(first.next)}`)
  ).json()) as object
  expect(rest).toMatchObject({ series: [{ status: 'quarantined' }], next: null })
})

test('the zones of a person follow each other, page by page', async () => {
  await server.addUser('zoe', 'viewer', ['south', 'north'])
  const client = await server.signIn('zoe')
  const keys: string[] = []
  for (let after = ''; keys.length < 5; ) {
    const path = `/api/series?limit=1${after && `&after=${encodeURIComponent(after)}`}`
    const page = (await (await client.fetch(path)).json()) as { series: { key: string }[]; next: string | null }
    keys.push(...page.series.map((s) => s.key))
    if (page.next === null) break
    after = page.next
  }
  expect(keys).toEqual([NORTH, SOUTH])
})

test('what is missing or wrong is told in one shape', async () => {
  const client = await server.signIn('admin')
  const answers = await Promise.all([
    client.fetch('/api/nothing'),
    client.fetch('/api/series/city%2Fno%2Fsuch'),
    client.fetch('/api/windows?series=a&from=5&to=1&step=60000'),
    client.fetch('/api/series?limit=many'),
    client.fetch('/api/people', { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }),
  ])
  expect(answers.map((a) => a.status)).toEqual([404, 404, 400, 400, 400])
  for (const answer of answers)
    expect(Object.keys((await answer.json()) as object).sort()).toEqual(['code', 'message', 'where'])
})
