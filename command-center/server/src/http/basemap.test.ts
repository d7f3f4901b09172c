import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startTestServer } from '../testing.ts'

describe('the base map', () => {
  it('is a file that is fetched in parts', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quartier-basemap-'))
    const file = join(folder, 'city.pmtiles')
    await writeFile(file, '0123456789')
    const server = await startTestServer({ config: { basemap: file } })
    try {
      const about = (await (await fetch(`${server.url}/api/about`)).json()) as { basemap: object }
      expect(about.basemap).toEqual({ kind: 'pmtiles', url: '/basemap.pmtiles' })
      const part = await fetch(`${server.url}/basemap.pmtiles`, { headers: { range: 'bytes=2-4' } })
      expect([part.status, await part.text()]).toEqual([206, '234'])
      await rm(file)
      expect((await fetch(`${server.url}/basemap.pmtiles`)).status).toBe(404)
    } finally {
      await server.stop()
      await rm(folder, { recursive: true })
    }
  })

  it('is a style, and the page may then fetch from where that is and from nowhere else', async () => {
    const url = 'https://tiles.example.org/styles/grey.json'
    const server = await startTestServer({ config: { basemap: url } })
    try {
      const answer = await fetch(`${server.url}/api/about`)
      expect(((await answer.json()) as { basemap: object }).basemap).toEqual({ kind: 'style', url })
      const policy = answer.headers.get('content-security-policy')
      expect(policy).toContain("connect-src 'self' https://tiles.example.org;")
      expect(policy).toContain("script-src 'self';")
    } finally {
      await server.stop()
    }
  })

  it('is none where none is configured', async () => {
    const server = await startTestServer()
    try {
      const answer = await fetch(`${server.url}/api/about`)
      expect(((await answer.json()) as { basemap: unknown }).basemap).toBeNull()
      expect(answer.headers.get('content-security-policy')).toContain("connect-src 'self';")
      expect((await fetch(`${server.url}/basemap.pmtiles`)).status).toBe(404)
    } finally {
      await server.stop()
    }
  })
})
