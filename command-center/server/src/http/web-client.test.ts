import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../testing.ts'

let webDir: string
let server: TestServer

beforeAll(async () => {
  webDir = await mkdtemp(join(tmpdir(), 'quartier-web-'))
  server = await startTestServer({ config: { webDir } })
}, 60_000)

afterAll(async () => {
  await server.stop()
  await rm(webDir, { recursive: true })
})

test('it says clearly when the client is not built', async () => {
  const answer = await fetch(server.url)
  expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('not built')])
})

test('pages of the app are index.html, hashed assets are kept for a year, what is missing is missing', async () => {
  await mkdir(join(webDir, 'assets'))
  await writeFile(join(webDir, 'index.html'), '<title>Quartier</title>')
  await writeFile(join(webDir, 'assets/app-1a2b.js'), '1')
  for (const path of ['/', '/map', '/series/city']) {
    const page = await fetch(server.url + path)
    expect([await page.text(), page.headers.get('cache-control')]).toEqual(['<title>Quartier</title>', 'no-cache'])
  }
  const head = await fetch(server.url, { method: 'HEAD' })
  expect([head.status, head.headers.get('content-length')]).toEqual([200, '23'])
  const asset = await fetch(`${server.url}/assets/app-1a2b.js`)
  expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  expect(asset.headers.get('content-type')).toContain('javascript')
  expect((await fetch(`${server.url}/assets/other.js`)).status).toBe(404)
  expect((await fetch(`${server.url}/api/other`)).status).toBe(404)
})

test('nothing outside the folder of the client is served', async () => {
  const answer = await fetch(`${server.url}/..%2f..%2fetc%2fpasswd`)
  expect(await answer.text()).not.toContain('root:')
})
