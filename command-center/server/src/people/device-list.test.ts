import { SERIES } from '@quartier/contracts'
import type { DevicesView } from '@quartier/contracts/api'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { NORTH, series, startTestServer, type TestServer } from '../testing.ts'

let server: TestServer
let client: Awaited<ReturnType<typeof server.signIn>>

const principal = (name: string, more: object = {}) => ({
  ...{ name, source: 'city', kind: 'device', publish: [], subscribe: [], devices: [name] },
  ...{ personal: false, historical: false, enabled: true },
  ...more,
})

beforeAll(async () => {
  server = await startTestServer()
  await server.addUser('oz', 'operator')
  client = await server.signIn('oz')
  const { principals } = server.records
  const gateway = principal('gw', { kind: 'gateway', devices: ['meter-*', 'meter-2'] })
  await principals.putAll([principal('meter-1'), principal('lamp', { enabled: false }), gateway] as never)
  await server.readings([NORTH], 5)
}, 60_000)
afterAll(() => server.stop(), 60_000)

const list = async (query = '') => (await (await client.fetch(`/api/devices?${query}`)).json()) as DevicesView

describe('the list of devices', () => {
  test('says of each when it was heard last and as whom it gets in, gateways with all that they speak for', async () => {
    await vi.waitFor(async () => {
      const { devices } = await list()
      expect(devices.find(({ id }) => id === 'city/meter-1')?.lastAt).toBeGreaterThan(0)
    })
    const { devices, total, matching } = await list()
    expect([total, matching]).toEqual([4, 4])
    expect(devices.map(({ id, kind, series, lastAt, principal: p }) => [id, kind, series, lastAt !== null, p])).toEqual(
      [
        ['gw', 'gateway', 1, false, { name: 'gw', kind: 'gateway', enabled: true }],
        ['city/lamp', 'device', 0, false, { name: 'lamp', kind: 'device', enabled: false }],
        ['city/meter-1', 'device', 1, true, { name: 'meter-1', kind: 'device', enabled: true }],
        ['city/meter-2', 'device', 1, false, { name: 'gw', kind: 'gateway', enabled: true }],
      ],
    )
    // Readings are counted by the store, which takes none in here.
    expect(devices.map((d) => d.lastHour)).toEqual([null, 0, 0, 0])
  })

  test('finds by name, by silence and by registration, page by page', async () => {
    const ids = async (query: string) => (await list(query)).devices.map((d) => d.id)
    expect(await ids('text=METER-1')).toEqual(['city/meter-1'])
    expect(await ids('text=gw')).toEqual(['gw', 'city/meter-2'])
    expect(await ids('show=silent')).toEqual(['gw', 'city/lamp', 'city/meter-2'])
    expect(await ids('skip=1&limit=2')).toEqual(['city/lamp', 'city/meter-1'])
    expect((await list('skip=1&limit=2')).matching).toBe(4)
  })

  test('grows with what is defined and with who is let in', async () => {
    const fresh = series('wild/tap/flow', null)
    await server.log.append(SERIES, [{ key: fresh.key, value: Buffer.from(JSON.stringify(fresh)) }])
    await server.records.principals.putAll([principal('door')] as never)
    await vi.waitFor(async () => {
      const { devices } = await list('show=registered')
      expect(devices.map((d) => d.id)).toContain('city/door')
      expect((await list('text=wild')).devices).toMatchObject([{ id: 'wild/tap', principal: null, isSilent: true }])
    })
  })
})
