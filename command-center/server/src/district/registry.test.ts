import { ASSETS, SERIES } from '@quartier/contracts'
import { assetsPageSchema, importPreviewSchema, registryNodeSchema } from '@quartier/contracts/api'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { NORTH, STRAY, startTestServer, type TestServer } from '../testing.ts'

type Client = Awaited<ReturnType<TestServer['signIn']>>

let server: TestServer
let client: Client

beforeAll(async () => {
  server = await startTestServer()
  await server.addUser('ada', 'administrator')
  await server.addUser('nora', 'operator', ['north'])
  client = await server.signIn('ada')
  await vi.waitFor(async () => expect((await fetch(`${server.url}/readyz`)).status).toBe(200), { timeout: 20_000 })
}, 60_000)

afterAll(() => server.stop(), 60_000)

const get = async (path: string, as = client) => {
  const answer = await as.fetch(path)
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}
const patch = async (path: string, body: object) => {
  const answer = await client.fetch(path, { method: 'PATCH', body })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}
const north = `/api/series/${encodeURIComponent(NORTH)}`

describe('the hierarchy', () => {
  test('is walked from the district down to what hangs on an asset', async () => {
    const node = async (query: string) => registryNodeSchema.parse((await get(`/api/registry${query}`)).body)
    const names = (steps: readonly { id: string }[]) => steps.map((s) => s.id)
    const top = await node('')
    expect([names(top.path), top.places.map((p) => [p.id, p.assets, p.places])]).toEqual([
      ['d'],
      [
        ['north', 1, 1],
        ['south', 1, 1],
      ],
    ])
    expect(names((await node('?placeId=d')).places)).toEqual(['north', 'south'])
    const building = await node('?placeId=b-1')
    expect(names(building.path)).toEqual(['d', 'north', 'b-1'])
    expect(building.assets).toMatchObject({ total: 1, items: [{ id: 'a-1', below: 1, series: 1 }] })
    const asset = await node('?assetId=a-1')
    expect([names(asset.path), names(asset.assets.items)]).toEqual([['d', 'north', 'b-1', 'a-1'], ['a-2']])
    expect((await node('?placeId=b-1&limit=1&skip=1')).assets).toEqual({ total: 1, items: [] })
    expect((await get('/api/registry?placeId=moon')).status).toBe(404)
  })

  test('ends where the zones of a person end', async () => {
    const nora = await server.signIn('nora')
    const { body } = await get('/api/registry?placeId=d', nora)
    expect((body.places as { id: string }[]).map((p) => p.id)).toEqual(['north'])
    expect((await get('/api/registry?placeId=b-2', nora)).status).toBe(404)
    expect((await get('/api/registry?assetId=a-2', nora)).status).toBe(404)
    const assets = assetsPageSchema.parse((await get('/api/assets?text=asset', nora)).body)
    expect(assets.assets.map((a) => a.asset.id)).toEqual(['a-1'])
  })

  test('is searched by words, kind and zone, page by page', async () => {
    const find = async (query: string) => assetsPageSchema.parse((await get(`/api/assets?${query}`)).body)
    expect(await find('text=ASSET%20a-&limit=1')).toMatchObject({ total: 2, assets: [{ asset: { id: 'a-1' } }] })
    expect((await find('text=asset&limit=1&skip=1')).assets[0]).toMatchObject({
      asset: { id: 'a-2' },
      place: { id: 'b-2' },
      zone: { id: 'south' },
      series: 1,
    })
    expect((await find('text=asset&zoneId=south')).total).toBe(1)
    expect((await find('kind=pump')).total).toBe(0)
  })
})

describe('an asset', () => {
  test('is changed: the old version is kept, the log is told, and the search finds the new name', async () => {
    const changes = { name: 'Chiller seven', nameAr: 'مبرّد سبعة', criticality: 4, placeId: 'b-2' }
    const { body } = await patch('/api/assets/a-1', changes)
    expect(body).toMatchObject({ asset: { id: 'a-1', kind: 'meter', ...changes } })
    const page = (await get('/api/assets/a-1')).body
    expect((page.versions as { asset: { name: string } }[]).map((v) => v.asset.name)).toEqual([
      'Asset a-1',
      'Chiller seven',
    ])
    const told = await server.log.latest(ASSETS, 'asset:a-1')
    expect(JSON.parse(String(Buffer.from(told?.value ?? [])))).toMatchObject(changes)
    expect((await get('/api/series?text=chiller')).body).toMatchObject({ series: [{ key: NORTH }] })
    expect(assetsPageSchema.parse((await get('/api/assets?text=chiller')).body).total).toBe(1)
    await patch('/api/assets/a-1', { placeId: 'b-1' })
  })

  test('stays as it is when the change does not fit', async () => {
    const refused = async (id: string, body: object) => {
      const answer = await patch(`/api/assets/${id}`, body)
      return [answer.status, answer.body.code, answer.body.where]
    }
    expect(await refused('a-9', { name: 'x' })).toEqual([404, 'ASSET_UNKNOWN', expect.anything()])
    expect(await refused('a-1', { placeId: 'moon' })).toEqual([400, 'INPUT_INVALID', 'placeId'])
    expect(await refused('a-1', { parentId: 'a-9' })).toEqual([400, 'INPUT_INVALID', 'parentId'])
    expect(await refused('a-1', { parentId: 'a-2' })).toEqual([400, 'INPUT_INVALID', 'parentId'])
    expect(await refused('a-1', { criticality: 9 })).toEqual([400, 'INPUT_INVALID', expect.anything()])
    expect(await refused('a-1', { colour: 'red' })).toEqual([400, 'INPUT_INVALID', expect.anything()])
  })

  test('is not changed by somebody who has not seen the last change', async () => {
    const { versions } = (await get('/api/assets/a-2')).body as { versions: { sinceAt: number }[] }
    const basedOn = versions.at(-1)?.sinceAt
    expect((await patch('/api/assets/a-2', { name: 'First', basedOn })).status).toBe(200)
    expect(await patch('/api/assets/a-2', { name: 'Second', basedOn })).toMatchObject({
      status: 409,
      body: { code: 'REGISTRY_CONFLICT' },
    })
    expect((await server.records.registry.asset('a-2'))?.name).toBe('First')
  })
})

describe('a series', () => {
  test('is changed in unit, range and interval; what it was is kept', async () => {
    const { body } = await patch(north, { unit: 'MW', validMin: 0, validMax: 2, intervalMs: 30_000 })
    expect(body).toMatchObject({
      series: { unit: 'kW', sentUnit: 'MW', validMin: 0, validMax: 2000, intervalMs: 30_000, assetId: 'a-1' },
    })
    expect((await patch(north, { validMax: 1500 })).body).toMatchObject({
      series: { unit: 'kW', sentUnit: 'MW', validMax: 1500 },
    })
    const { versions } = (await get(`${north}/versions`)).body as { versions: { definition: { validMax: number } }[] }
    expect(versions.slice(-3).map((v) => v.definition.validMax)).toEqual([100, 2000, 1500])
    const told = await server.log.latest(SERIES, NORTH)
    expect(JSON.parse(String(Buffer.from(told?.value ?? [])))).toMatchObject({ validMax: 1500, sentUnit: 'MW' })
  })

  test('stays as it is when the change does not fit, and one in quarantine is adopted first', async () => {
    expect((await patch(north, { validMin: 9, validMax: 1 })).status).toBe(400)
    expect(await patch(north, { assetId: 'a-9' })).toMatchObject({ status: 400, body: { where: 'assetId' } })
    expect((await patch(`/api/series/${encodeURIComponent(STRAY)}`, { unit: 'W' })).status).toBe(409)
    expect((await patch('/api/series/city%2Fnone%2Fx', { unit: 'W' })).status).toBe(404)
  })
})

describe('an import', () => {
  const headers = { 'content-type': 'text/csv' }

  test('can be looked at before: what it would add, change and refuse, and nothing is done', async () => {
    const body = 'key,unit,asset\ncity/new/power,kW,a-1\nbad,kW,a-1\n'
    const answer = await client.fetch('/api/registry/import/preview', { method: 'POST', body, headers })
    expect(importPreviewSchema.parse(await answer.json())).toMatchObject({
      ...{ accepted: 1, refused: [{ line: 3 }], examined: 3, complete: true },
      added: { series: 1 },
      changes: [{ kind: 'series', id: 'city/new/power', change: 'added' }],
    })
    expect(await server.records.registry.seriesByKey('city/new/power')).toBeUndefined()
  })

  test('of a long file is looked at from its beginning', async () => {
    const body = `key\n${Array.from({ length: 50_010 }, (_, i) => (i < 3 ? `city/l/p${i}` : 'bad')).join('\n')}`
    const answer = await client.fetch('/api/registry/import/preview', { method: 'POST', body, headers })
    const preview = importPreviewSchema.parse(await answer.json())
    expect([preview.examined, preview.complete, preview.added.series]).toEqual([50_000, false, 3])
    expect(preview.refused.length + preview.refusedMore).toBe(50_000 - 4)
  })

  test('of anything else is refused', async () => {
    const answer = await client.fetch('/api/registry/import/preview', { method: 'POST', body: { a: 1 } })
    expect(answer.status).toBe(415)
  })
})
