import { decodeFrame, type LiveFrame, type LiveSeries, NO_VALUE } from '@quartier/contracts/live'
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

/** A socket and everything it was sent. */
async function connect(cookie: string | undefined, headers: Record<string, string> = {}) {
  const socket = io(server.url, {
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    extraHeaders: { ...(cookie ? { cookie } : {}), ...headers },
  })
  open.push(socket)
  const seen = {
    index: [] as LiveSeries[],
    frames: [] as LiveFrame[],
    errors: [] as { code: string }[],
    platform: [] as object[],
    caps: [] as string[],
  }
  socket.on('live:index', (chunk: { first: number; series: LiveSeries[]; message: string }) => {
    if (chunk.first === 0) seen.index = []
    seen.index.push(...chunk.series)
    seen.caps.push(chunk.message)
  })
  socket.on('live:frame', (bytes: Buffer) => {
    const frame = decodeFrame(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer)
    if (frame) seen.frames.push(frame)
  })
  socket.on('live:error', (error: { code: string }) => seen.errors.push(error))
  socket.on('platform', (view: object) => seen.platform.push(view))
  await new Promise<void>((resolve, reject) => socket.on('connect', resolve).on('connect_error', reject))
  return { socket, seen }
}

const until = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 10 })

test('a reading appended to the log arrives in a frame, after an index and a snapshot', async () => {
  const { cookie } = await server.signIn('olga')
  const { socket, seen } = await connect(cookie)
  socket.emit('live:subscribe', {})
  await until(() => expect(seen.frames.length).toBeGreaterThan(0))
  expect(seen.index.map((s) => s.key)).toEqual([NORTH, SOUTH])
  expect(seen.index[0]).toMatchObject({ unit: 'kW', assetId: 'a-1', intervalMs: 60_000, validMax: 100 })
  expect(seen.frames[0]).toMatchObject({ snapshot: true, sequence: 0, rows: 2 })
  expect([...(seen.frames[0]?.age ?? [])]).toEqual([NO_VALUE, NO_VALUE])

  await server.readings([SOUTH], 42.5)
  await until(() => expect(seen.frames.length).toBe(2))
  const frame = seen.frames[1] as LiveFrame
  expect(frame).toMatchObject({ snapshot: false, sequence: 1, rows: 1 })
  expect([frame.index[0], frame.value[0], frame.quality[0]]).toEqual([1, 42.5, 0])
})

test('an older reading does not replace a newer one', async () => {
  const client = await server.signIn('olga')
  const now = Date.now()
  await server.readings([NORTH], 2, now)
  await server.readings([NORTH], 1, now - 60_000)
  await server.readings([SOUTH], 3, now)
  const last = async () =>
    (
      (await (await client.fetch(`/api/last?series=${NORTH}&series=${SOUTH}`)).json()) as {
        values: { value: number }[]
      }
    ).values
  await vi.waitFor(async () => expect((await last())[1]?.value).toBe(3), { timeout: 20_000 })
  expect((await last())[0]?.value).toBe(2)
})

test('a resync brings a snapshot, and unsubscribing ends the frames', async () => {
  const { cookie } = await server.signIn('olga')
  const { socket, seen } = await connect(cookie)
  socket.emit('live:subscribe', { keys: [NORTH] })
  await until(() => expect(seen.frames.length).toBe(1))
  socket.emit('live:resync')
  await until(() => expect(seen.frames.length).toBe(2))
  expect(seen.frames[1]).toMatchObject({ snapshot: true, sequence: 1, rows: 1 })
  socket.emit('live:unsubscribe')
  await server.readings([NORTH], 7)
  const other = await connect(cookie)
  other.socket.emit('live:subscribe', { keys: [NORTH] })
  await until(() => expect(other.seen.frames.at(-1)?.value[0]).toBe(7))
  const told = seen.platform.length
  await until(() => expect(seen.platform.length).toBeGreaterThan(told))
  expect(seen.frames.length).toBe(2)
})

test('a selection by box and by limit says what it left out', async () => {
  const { cookie } = await server.signIn('olga')
  const { socket, seen } = await connect(cookie)
  socket.emit('live:subscribe', { bbox: [51.15, 24, 51.25, 26] })
  await until(() => expect(seen.index.map((s) => s.key)).toEqual([SOUTH]))
  socket.emit('live:subscribe', { assetIds: ['a-1', 'nowhere'] })
  await until(() => expect(seen.index.map((s) => s.key)).toEqual([NORTH]))
  socket.emit('live:subscribe', { limit: 1 })
  await until(() => expect(seen.caps.at(-1)).toContain('2 series match, the first 1 are sent'))
})

test('a person of one zone watches that zone only', async () => {
  const { cookie } = await server.signIn('nora')
  const { socket, seen } = await connect(cookie)
  socket.emit('live:subscribe', { keys: [NORTH, SOUTH] })
  await until(() => expect(seen.index.map((s) => s.key)).toEqual([NORTH]))
  socket.emit('live:subscribe', { zoneIds: ['south'] })
  await until(() => expect(seen.errors.map((e) => e.code)).toEqual(['ZONE_UNKNOWN']))
  await until(() => expect(seen.platform.at(-1)).toMatchObject({ reporting: { series: 1, expected: 1 } }))
})

test('a message that is wrong is refused by name', async () => {
  const { cookie } = await server.signIn('olga')
  const { socket, seen } = await connect(cookie)
  socket.emit('live:subscribe', { limit: -1 })
  await until(() => expect(seen.errors).toMatchObject([{ code: 'INPUT_INVALID', where: 'live:subscribe' }]))
})

test('nobody connects without a session or from a page of another site', async () => {
  await expect(connect(undefined)).rejects.toMatchObject({ data: { code: 'SESSION_REQUIRED' } })
  const { cookie } = await server.signIn('olga')
  await expect(connect(cookie, { origin: 'https://elsewhere.example' })).rejects.toThrow()
})

test('signing out disconnects the sockets of that session', async () => {
  const client = await server.signIn('olga')
  const { socket } = await connect(client.cookie)
  await client.fetch('/api/session', { method: 'DELETE' })
  await until(() => expect(socket.connected).toBe(false))
})

test('a series that is new, or described anew, brings a new index and a snapshot by itself', async () => {
  const { cookie } = await server.signIn('nora')
  const { socket, seen } = await connect(cookie)
  socket.emit('live:subscribe', {})
  await until(() => expect(seen.index.map((s) => s.key)).toEqual([NORTH]))
  const added = series('city/meter-3/power', 'a-1')
  const changed = series(NORTH, 'a-1', { unit: 'V' })
  await server.records.registry.putSeries([added, changed])
  await announcePending(server.log, server.records)
  await until(() =>
    expect(seen.index.map((s) => [s.key, s.unit])).toEqual([
      [NORTH, 'V'],
      [added.key, 'kW'],
    ]),
  )
  await until(() => expect(seen.frames.at(-1)).toMatchObject({ snapshot: true, sequence: 0, rows: 2 }))
})
