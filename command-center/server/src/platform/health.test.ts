import { healthSchema, silentSchema, silentSeriesSchema } from '@quartier/contracts/api'
import { openAuthority } from '@quartier/contracts/authority'
import { foldersOf } from '@quartier/contracts/engines'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { NORTH, startTestServer, type TestServer } from '../testing.ts'

type Client = Awaited<ReturnType<TestServer['signIn']>>

const DAY = 86_400_000
let server: TestServer
let client: Client

beforeAll(async () => {
  server = await startTestServer()
  await server.addUser('ada', 'administrator')
  await server.addUser('vera', 'viewer')
  client = await server.signIn('ada')
  await vi.waitFor(async () => expect((await fetch(`${server.url}/readyz`)).status).toBe(200), { timeout: 20_000 })
}, 60_000)

afterAll(() => server.stop(), 60_000)

const health = async () => healthSchema.parse(await (await client.fetch('/api/health')).json())

describe('the health of the platform in detail', () => {
  test('counts what arrives and how long it took', async () => {
    await server.readings([NORTH], 5, Date.now() - 700)
    await vi.waitFor(async () => {
      const { latency, rates } = await health()
      expect(latency.sensor.total).toBe(1)
      expect(latency.sensor.counts.reduce((sum, n) => sum + n, 0)).toBe(1)
      expect(latency.receive.p99).toEqual(expect.any(Number))
      expect(rates.readingsPerStep).toHaveLength(60)
      // Of the minute in which it began nothing is said.
      expect([null, 0, 1]).toContain(rates.readingsPerStep.at(-1))
    })
  })

  test('says what is on the disk, by topic, and how much is free', async () => {
    const { disk, log, store, gateways, retention } = await health()
    expect(disk.freeBytes).toBeGreaterThan(0)
    expect(disk.sizeBytes).toBeGreaterThan(disk.freeBytes ?? 0)
    expect(log.topics.map((t) => t.topic)).toContain('readings.v1')
    expect(log.topics.find((t) => t.topic === 'rejected.v1')?.keptMs).toBe(7 * DAY)
    expect([log.ready, store.ready]).toEqual([true, true])
    // Nothing else runs beside this server.
    expect([gateways, retention, log.budgetBytes]).toEqual([[], [], null])
  })

  test('names certificates and tokens that expire soon, our own among them', async () => {
    const own = openAuthority(foldersOf(server.dataDir).tls, Date.now() - 3640 * DAY)
    const credential = (id: string, expiresAt: number, revokedAt: number | null = null) => ({
      ...{ id, kind: 'token' as const, principal: 'gw-7', serial: '', issuedAt: 0, reason: '' },
      ...{ expiresAt, revokedAt },
    })
    await server.records.principals.put({
      ...{ name: 'gw-7', source: 'gw-7', kind: 'gateway', publish: [], subscribe: [], devices: ['*'] },
      ...{ personal: false, historical: false, enabled: true },
    })
    await server.records.principals.addCredentials([
      credential('soon', Date.now() + 3 * DAY),
      credential('later', Date.now() + 300 * DAY),
      credential('revoked', Date.now() + DAY, Date.now()),
    ])
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 31_000 })
    try {
      const { certificates } = await health()
      expect(certificates.map((c) => [c.what, c.name])).toEqual([
        ['token', 'gw-7'],
        ['authority', 'authority.crt'],
      ])
      expect(own.certificate).toContain('BEGIN CERTIFICATE')
    } finally {
      vi.useRealTimers()
    }
  })

  test('names what is silent', async () => {
    const silent = silentSchema.parse(await (await client.fetch('/api/health/silent')).json())
    expect(silent).toMatchObject({ total: 1, expected: 2, gateways: [{ id: null, series: 2 }] })
    const series = silentSeriesSchema.parse(await (await client.fetch('/api/health/silent/series?limit=1')).json())
    expect(series.series).toHaveLength(1)
  })

  test('is not for those who only look', async () => {
    const vera = await server.signIn('vera')
    for (const path of ['/api/health', '/api/health/silent', '/api/privacy', '/api/rejected/counts'])
      expect([path, (await vera.fetch(path)).status]).toEqual([path, 403])
  })
})
