import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD, startTestServer, type TestServer } from '../testing.ts'

let server: TestServer
let now = Date.now()

beforeAll(async () => {
  server = await startTestServer({ now: () => now })
  await server.addUser('ada', 'administrator')
  await server.addUser('eve', 'viewer')
}, 60_000)

afterAll(() => server.stop(), 60_000)

const login = (name: string, password: string, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ name, password }),
  })

const codeOf = async (answer: Response) => ((await answer.json()) as { code: string }).code

describe('signing in', () => {
  test('sets a cookie that scripts cannot read and other sites cannot send', async () => {
    const answer = await login('ada', PASSWORD)
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^quartier_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/),
    ])
    expect(await answer.json()).toMatchObject({ user: { name: 'ada' }, csrfToken: expect.any(String) })
  })

  test('says the same of a wrong name and a wrong password', async () => {
    const [wrongName, wrongPassword] = [await login('nobody-here', 'x'), await login('ada', 'x')]
    expect([wrongName.status, wrongPassword.status]).toEqual([401, 401])
    expect(await wrongName.text()).toBe(await wrongPassword.text())
  })

  test('makes somebody who guesses wait, longer each time, and then lets the right password in', async () => {
    now += 3_600_000
    for (let i = 0; i < 4; i++) expect((await login('eve', `guess ${i}`)).status).toBe(401)
    const tooEarly = await login('eve', PASSWORD)
    expect([tooEarly.status, tooEarly.headers.get('retry-after'), await codeOf(tooEarly)]).toEqual([
      429,
      '1',
      'TOO_MANY_TRIES',
    ])
    now += 1000
    expect((await login('eve', 'guess again')).status).toBe(401)
    expect((await login('eve', PASSWORD)).headers.get('retry-after')).toBe('2')
    now += 2000
    expect((await login('eve', PASSWORD)).status).toBe(200)
  })

  test('refuses a form and a page of another site', async () => {
    now += 3_600_000
    const form = await login('ada', PASSWORD, { 'content-type': 'text/plain' })
    const elsewhere = await login('ada', PASSWORD, { origin: 'https://elsewhere.example' })
    expect([form.status, await codeOf(form)]).toEqual([403, 'CSRF_REFUSED'])
    expect([elsewhere.status, await codeOf(elsewhere)]).toEqual([403, 'CSRF_REFUSED'])
  })
})

describe('changing something', () => {
  test('needs the token of the session', async () => {
    const client = await server.signIn('ada')
    for (const token of ['', 'wrong', `${client.csrfToken}x`]) {
      const answer = await client.fetch('/api/session', { method: 'DELETE', headers: { 'x-csrf-token': token } })
      expect([answer.status, await codeOf(answer)]).toEqual([403, 'CSRF_REFUSED'])
    }
    expect((await client.fetch('/api/session')).status).toBe(200)
  })

  test('is over for a person who was disabled', async () => {
    const eve = await server.signIn('eve')
    const [user] = (await server.records.users.list()).filter((u) => u.name === 'eve')
    await server.records.users.put({ ...user!, enabled: false })
    expect((await eve.fetch('/api/session')).status).toBe(401)
  })
})

test('every answer carries the security headers, and nothing says what the server is made of', async () => {
  const answer = await fetch(`${server.url}/api/session`)
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(answer.headers.get('content-security-policy')).toContain("worker-src 'self' blob:")
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(answer.headers.get('x-powered-by')).toBeNull()
})
