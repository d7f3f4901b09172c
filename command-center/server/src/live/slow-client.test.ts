import { SERIES } from '@quartier/contracts'
import { decodeFrame, decodeTick, type TickSection } from '@quartier/contracts/live'
import { io } from 'socket.io-client'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { series, startTestServer, type TestServer } from '../testing.ts'

const BUFFER = 200_000
const FRAME = 20_000 * 17
const keys = Array.from({ length: 20_100 }, (_, i) => `city/many-${i}/power`)
/** Of one asset, so that they are on the map. */
const near = Array.from({ length: 15_000 }, (_, i) => `city/near-${i}/power`)
let server: TestServer

beforeAll(async () => {
  server = await startTestServer({ config: { clientBufferBytes: BUFFER } })
  await server.addUser('olga', 'operator')
  await server.log.append(
    SERIES,
    [...keys.map((key) => series(key, null)), ...near.map((key) => series(key, 'a-1', { validMax: null }))].map(
      (s) => ({
        key: s.key,
        value: Buffer.from(JSON.stringify(s)),
      }),
    ),
  )
}, 60_000)

afterAll(() => server.stop(), 60_000)

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
}
const until = (check: () => unknown) => vi.waitFor(check, { timeout: 40_000, interval: 10 })

test('a client that stops reading is skipped within bounded memory, and gets a snapshot once it reads again', async () => {
  await until(async () =>
    expect(await metric('quartier_live_series')).toBeGreaterThanOrEqual(keys.length + near.length),
  )
  const { cookie } = await server.signIn('olga')
  const socket = io(server.url, { transports: ['websocket'], reconnection: false, extraHeaders: { cookie } })
  const frames: { snapshot: boolean; sequence: number; value: number | undefined }[] = []
  let index = { first: -1, total: 0, capped: false, series: [] as object[] }
  socket.on('live:index', (chunk) => {
    index = chunk
  })
  socket.on('live:frame', (bytes: Buffer) => {
    const frame = decodeFrame(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer)
    if (frame) frames.push({ snapshot: frame.snapshot, sequence: frame.sequence, value: frame.value.at(-1) })
  })
  await until(() => expect(socket.connected).toBe(true))
  socket.emit('live:subscribe', {})
  await until(() => expect(frames.length).toBeGreaterThan(0))
  expect(index).toMatchObject({ first: 18_000, total: keys.length + near.length + 2, capped: true })
  expect(index.series).toHaveLength(2000)

  const { ws } = socket.io.engine.transport as unknown as { ws: { pause(): void; resume(): void } }
  ws.pause()
  let most = 0
  let value = 0
  await until(async () => {
    await server.readings(keys, ++value)
    most = Math.max(most, await metric('quartier_live_unsent_bytes'))
    expect(await metric('quartier_live_frames_skipped_total')).toBeGreaterThan(20)
  })
  // One frame may go out while little waits; nothing is added to that.
  expect(most).toBeLessThan(BUFFER + 2 * FRAME)

  ws.resume()
  await until(() => expect(frames.at(-1)?.value).toBe(value))
  expect(frames.filter((f) => f.snapshot).length).toBeGreaterThan(1)
  expect(frames.map((f) => f.sequence)).toEqual(frames.map((_, i) => i))
  socket.close()
})

test('a page that stops reading is passed over, and gets the newest state of its tiles once it reads again', async () => {
  const { cookie } = await server.signIn('olga')
  const socket = io(server.url, { transports: ['websocket'], reconnection: false, extraHeaders: { cookie } })
  const sections: TickSection[] = []
  let tiles: { tile: number; level: string; rows: number }[] = []
  socket.on('live:tiles', (told: { tiles: typeof tiles }) => {
    tiles = told.tiles
  })
  socket.on('live:tick', (bytes: Buffer) => {
    const tick = decodeTick(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer)
    sections.push(...(tick?.sections ?? []).filter((s) => s.level === 'sensors'))
  })
  await until(() => expect(socket.connected).toBe(true))
  socket.emit('live:view', { view: 1, level: 'sensors', bbox: [51, 24, 52, 26] })
  await until(() => expect(tiles.filter((t) => t.level === 'sensors').some((t) => t.rows > near.length)).toBe(true))
  await until(() => expect(sections.some((s) => s.rows > near.length)).toBe(true))

  const { ws } = socket.io.engine.transport as unknown as { ws: { pause(): void; resume(): void } }
  ws.pause()
  const before = await vi.waitFor(() => metric('quartier_live_frames_skipped_total'))
  let most = 0
  let value = 1_000_000
  await until(async () => {
    await server.readings(near, ++value)
    most = Math.max(most, await metric('quartier_live_unsent_bytes'))
    expect(await metric('quartier_live_frames_skipped_total')).toBeGreaterThan(before + 20)
  })
  expect(most).toBeLessThan(BUFFER + 2 * 15_002 * 26)

  ws.resume()
  await until(() => {
    const last = sections.findLast((s) => s.rows >= near.length)
    expect(last?.level === 'sensors' && last.columns.value.at(-1)).toBe(value)
  })
  expect(sections.filter((s) => s.since === 0).length).toBeGreaterThan(1)
  socket.close()
})
