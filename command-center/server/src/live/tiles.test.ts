import type { Attention, LiveTiles, TileIndex } from '@quartier/contracts/api'
import { decodeTick, type LiveTick, type TickSection } from '@quartier/contracts/live'
import { announcePending } from '@quartier/contracts/records/announce'
import { io, type Socket } from 'socket.io-client'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { NORTH, SOUTH, series, startTestServer, type TestServer } from '../testing.ts'

let server: TestServer
const open: Socket[] = []

beforeAll(async () => {
  server = await startTestServer()
  await server.addUser('olga', 'operator')
  await server.addUser('nora', 'viewer', ['north'])
  await vi.waitFor(async () => expect((await fetch(`${server.url}/readyz`)).status).toBe(200), { timeout: 20_000 })
}, 60_000)
afterEach(() => {
  for (const socket of open.splice(0)) socket.close()
})
afterAll(() => server.stop(), 60_000)

const until = (check: () => unknown) => vi.waitFor(check, { timeout: 20_000, interval: 10 })
const EVERYWHERE: [number, number, number, number] = [51, 24, 52, 26]

/** Somebody who looks at the map, and what they were told. */
async function look(name: string) {
  const client = await server.signIn(name)
  const extraHeaders = { cookie: client.cookie }
  const socket = io(server.url, { transports: ['websocket'], reconnection: false, forceNew: true, extraHeaders })
  open.push(socket)
  const seen = {
    tiles: [] as LiveTiles[],
    ticks: [] as LiveTick[],
    attention: [] as Attention[],
    errors: [] as { code: string }[],
  }
  socket.on('live:attention', (attention: Attention) => seen.attention.push(attention))
  socket.on('live:tiles', (tiles: LiveTiles) => seen.tiles.push(tiles))
  socket.on('live:tick', (bytes: Buffer) => {
    const tick = decodeTick(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer)
    if (tick) seen.ticks.push(tick)
  })
  socket.on('live:error', (error: { code: string }) => seen.errors.push(error))
  await new Promise<void>((resolve, reject) => socket.on('connect', resolve).on('connect_error', reject))
  const index = async (id: string) => (await (await client.fetch(`/api/live/tiles/${encodeURIComponent(id)}`)).json()) as TileIndex // biome-ignore format: one line
  /** The newest section of the tile with this id. */
  const section = (id: string): TickSection | undefined => {
    const number = seen.tiles.at(-1)?.tiles.find((t) => t.id === id)?.tile
    return seen.ticks.flatMap((t) => t.sections).findLast((s) => s.tile === number)
  }
  return { ...client, socket, seen, index, section }
}

test('a view of the district is answered with tiles, and the first tick is a snapshot of all of them', async () => {
  const { socket, seen, index, section } = await look('olga')
  socket.emit('live:view', { view: 1, level: 'district' })
  await until(() => expect(seen.ticks.length).toBeGreaterThan(0))
  expect(seen.tiles).toHaveLength(1)
  expect(seen.tiles[0]).toMatchObject({
    view: 1,
    level: 'district',
    tiles: expect.arrayContaining([
      expect.objectContaining({ id: 'district:energy:north', zoneId: 'north', system: 'energy', rows: 1, series: 1 }),
      expect.objectContaining({ id: 'district:energy:south', zoneId: 'south', system: 'energy', rows: 1, series: 1 }),
    ]),
  })
  expect(seen.ticks[0]).toMatchObject({ view: 1, platformAt: expect.any(Number) })
  expect(seen.ticks[0]?.sections.map((s) => s.tile).sort()).toEqual(seen.tiles[0]?.tiles.map((t) => t.tile).sort())
  expect(seen.ticks[0]?.sections.every((s) => s.since === 0)).toBe(true)
  expect(await index('district:energy:north')).toMatchObject({ level: 'district', places: ['b-1'] })
  expect(section('district:energy:north')).toMatchObject({ level: 'district', rows: 1 })
})

test('a reading moves the counts of its place, and the row of its series says it', async () => {
  const { socket, seen, index, section } = await look('olga')
  socket.emit('live:view', { view: 1, level: 'sensors', bbox: EVERYWHERE })
  await until(() => expect(seen.ticks.length).toBeGreaterThan(0))
  const sensors = seen.tiles[0]?.tiles.find((t) => t.level === 'sensors' && t.zoneId === 'south')
  expect(await index(sensors?.id ?? '')).toMatchObject({
    assets: [{ id: 'a-2' }],
    series: [{ key: SOUTH, asset: 0, unit: 'kW', validMax: 100 }],
  })
  await server.readings([SOUTH], 300)
  await until(() => {
    const sensor = section(sensors?.id ?? '')
    expect(sensor?.level === 'sensors' && [sensor.columns.value[0], sensor.columns.state[0]]).toEqual([300, 1])
    const place = section('district:energy:south')
    expect(place?.level === 'district' && [...place.columns.counts, place.columns.worst[0]]).toEqual([0, 1, 0, 0, 0, 0, 0, 0, 1]) // biome-ignore format: one line
  })
  const before = section(sensors?.id ?? '') as TickSection
  await server.readings([SOUTH], 30)
  await until(() => expect(section(sensors?.id ?? '')).not.toBe(before))
  const after = seen.ticks.findLast((t) => t.sections.some((s) => s.tile === sensors?.tile))
  const since = section(sensors?.id ?? '')?.since ?? 0
  expect(since).toBeGreaterThan(0)
  expect(since).toBeLessThan(after?.tick ?? 0)
})

test('a box at the level of assets brings the assets in it and all places', async () => {
  const { socket, seen, index, section } = await look('olga')
  socket.emit('live:view', { view: 7, level: 'assets', bbox: [51.15, 24, 51.25, 26] })
  await until(() => expect(seen.ticks.length).toBeGreaterThan(0))
  const { tiles = [] } = seen.tiles[0] ?? {}
  expect(tiles.filter((t) => t.level === 'district').map((t) => t.zoneId)).toEqual(
    expect.arrayContaining(['north', 'south']),
  )
  const near = tiles.filter((t) => t.level === 'assets')
  expect(near.map((t) => t.zoneId)).toEqual(['south'])
  expect(await index(near[0]?.id ?? '')).toMatchObject({ level: 'assets', assets: [{ id: 'a-2', placeId: 'b-2' }] })
  expect(section(near[0]?.id ?? '')).toMatchObject({ rows: 1, since: 0 })
})

test('systems and zones narrow a view, and another view keeps what is the same', async () => {
  const { socket, seen } = await look('olga')
  socket.emit('live:view', { view: 1, level: 'district', systems: ['energy'], zoneIds: ['north'] })
  await until(() => expect(seen.tiles.at(-1)?.tiles.map((t) => t.id)).toEqual(['district:energy:north']))
  socket.emit('live:view', { view: 2, level: 'district', systems: ['energy'] })
  await until(() => expect(seen.tiles.at(-1)?.tiles.length).toBe(2))
  await until(() => expect(seen.ticks.at(-1)?.view).toBe(2))
  const south = seen.tiles.at(-1)?.tiles.find((t) => t.zoneId === 'south')?.tile
  expect(seen.ticks.find((t) => t.view === 2)?.sections.map((s) => s.tile)).toEqual([south])
})

test('whoever asks again is sent everything again', async () => {
  const { socket, seen } = await look('olga')
  socket.emit('live:view', { view: 1, level: 'district' })
  await until(() => expect(seen.ticks.length).toBe(1))
  socket.emit('live:resync')
  await until(() => expect(seen.ticks.length).toBeGreaterThan(1))
  expect(seen.ticks[1]?.sections.length).toBe(seen.ticks[0]?.sections.length)
  expect(seen.ticks[1]?.sections.every((s) => s.since === 0)).toBe(true)
  socket.emit('live:unview')
  await server.readings([NORTH], 500)
  await server.readings([SOUTH], 500)
  const other = await look('olga')
  other.socket.emit('live:view', { view: 1, level: 'district' })
  const told = seen.ticks.length
  await until(() =>
    expect(other.section('district:energy:south')).toMatchObject({ columns: { worst: Uint8Array.of(1) } }),
  )
  expect(seen.ticks.length).toBe(told)
})

test('a person of one zone has tiles of it alone, at every level, and no index of another', async () => {
  const { socket, seen, fetch } = await look('nora')
  for (const level of ['district', 'assets', 'sensors'] as const) {
    socket.emit('live:view', { view: 1, level, bbox: EVERYWHERE })
    await until(() => expect(seen.tiles.at(-1)?.level).toBe(level))
    expect(seen.tiles.at(-1)?.tiles.map((t) => t.zoneId)).toEqual(seen.tiles.at(-1)?.tiles.map(() => 'north'))
  }
  await server.readings([SOUTH], 1)
  await server.readings([NORTH], 42)
  const own = new Set(seen.tiles.flatMap((t) => t.tiles.map((tile) => tile.tile)))
  await until(() => {
    const values = seen.ticks.flatMap((t) =>
      t.sections.flatMap((s) => (s.level === 'sensors' ? [...s.columns.value] : [])),
    )
    expect(values).toContain(42)
  })
  expect(seen.ticks.flatMap((t) => t.sections).every((s) => own.has(s.tile))).toBe(true)

  const all = await look('olga')
  all.socket.emit('live:view', { view: 1, level: 'sensors', bbox: EVERYWHERE })
  await until(() => expect(all.seen.tiles.length).toBe(1))
  for (const { id, zoneId } of all.seen.tiles[0]?.tiles ?? []) {
    const path = `/api/live/tiles/${encodeURIComponent(id)}`
    expect([id, (await fetch(path)).status]).toEqual([id, zoneId === 'north' ? 200 : 404])
    expect((await all.fetch(path)).status).toBe(200)
  }
  const shape = async (id: string) => (await (await fetch(`/api/live/tiles/${id}`)).text()).replaceAll(id, '*')
  expect(await shape('district:energy:south')).toBe(await shape('district:energy:moon'))

  socket.emit('live:view', { view: 9, level: 'district', zoneIds: ['south'] })
  await until(() => expect(seen.errors.map((e) => e.code)).toEqual(['ZONE_UNKNOWN']))
})

test('attention is told at once and when it changes, to each for the zones that they see', async () => {
  const [olga, nora] = [await look('olga'), await look('nora')]
  for (const { socket } of [olga, nora]) socket.emit('live:view', { view: 1, level: 'district' })
  await server.readings([NORTH, SOUTH], 50)
  const idsOf = (attention: Attention | undefined) => attention?.rows.map((row) => row.id)
  await until(() => expect([idsOf(olga.seen.attention.at(-1)), idsOf(nora.seen.attention.at(-1))]).toEqual([[], []]))
  await server.readings([NORTH, SOUTH], 500)
  await until(() =>
    expect(idsOf(olga.seen.attention.at(-1))).toEqual(['asset:a-1:out-of-range', 'asset:a-2:out-of-range']),
  )
  await until(() => expect(idsOf(nora.seen.attention.at(-1))).toEqual(['asset:a-1:out-of-range']))
  expect(JSON.stringify(nora.seen.attention)).not.toMatch(/a-2|south/)
  const asked = async (by: typeof nora, query = '') => (await by.fetch(`/api/attention${query}`)).json()
  expect(await asked(nora)).toMatchObject({ total: 1, rows: [{ zoneId: 'north', reading: { value: 500 } }] })
  expect(await asked(olga, '?zoneId=south')).toMatchObject({ total: 1, rows: [{ zoneId: 'south' }] })
  const code = async (zone: string) => ((await asked(nora, `?zoneId=${zone}`)) as { code: string }).code
  expect([await code('south'), await code('moon')]).toEqual(['ZONE_UNKNOWN', 'ZONE_UNKNOWN'])
})

test('an index is kept by its revision, and told apart by its ETag', async () => {
  const { index, fetch } = await look('olga')
  const { revision } = await index('district:energy:north')
  const path = '/api/live/tiles/district%3Aenergy%3Anorth'
  const kept = await fetch(`${path}?revision=${revision}`)
  expect(kept.headers.get('cache-control')).toContain('immutable')
  const etag = kept.headers.get('etag') ?? ''
  expect((await fetch(path, { headers: { 'if-none-match': etag } })).status).toBe(304)
  expect((await fetch(`${path}?revision=${revision + 1}`)).headers.get('cache-control')).toBe('private, no-cache')
})

test('a series that is new or described anew brings other tiles by itself', async () => {
  const { socket, seen, index } = await look('olga')
  socket.emit('live:view', { view: 1, level: 'sensors', bbox: EVERYWHERE, zoneIds: ['north'] })
  await until(() => expect(seen.tiles.length).toBe(1))
  const tileOf = (tiles: LiveTiles | undefined) => tiles?.tiles.find((t) => t.level === 'sensors')
  const before = tileOf(seen.tiles[0])
  const added = series('city/meter-3/power', 'a-1')
  await server.records.registry.putSeries([added, series(NORTH, 'a-1', { unit: 'V' })])
  await announcePending(server.log, server.records)
  await until(() => expect(tileOf(seen.tiles.at(-1))).toMatchObject({ id: before?.id, tile: before?.tile, rows: 2 }))
  await until(async () =>
    expect(await index(before?.id ?? '')).toMatchObject({ series: [{ key: NORTH, unit: 'V' }, { key: added.key }] }),
  )
  const { revision } = tileOf(seen.tiles.at(-1)) ?? {}
  expect(revision).not.toBe(before?.revision)
  await until(() => {
    const last = seen.ticks.flatMap((t) => t.sections).findLast((s) => s.tile === before?.tile)
    expect(last?.revision).toBe(revision)
  })
})

test('a view that is wrong is refused by name', async () => {
  const { socket, seen } = await look('olga')
  socket.emit('live:view', { view: 1, level: 'cellar' })
  await until(() => expect(seen.errors).toMatchObject([{ code: 'INPUT_INVALID', where: 'live:view' }]))
})
