import type { NewEvent } from '@quartier/contracts'
import type { EventView, LiveEvents } from '@quartier/contracts/api'
import { writeOf } from '@quartier/contracts/event-store/contract'
import { io, type Socket } from 'socket.io-client'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { startTestServer, type TestServer } from '../testing.ts'

const NOW = Date.now()

let server: TestServer
let offset = 0
const open: Socket[] = []

beforeAll(async () => {
  server = await startTestServer()
  await server.addUser('olga', 'operator')
  await server.addUser('nora', 'viewer', ['north'])
  await store([
    event('cam-north', { kind: 'line-crossed', attributes: { count: 3, line: 'gate' } }),
    event('cam-south', { kind: 'door-forced', measuredAt: NOW - 60_000 }),
    event('lift-north', { kind: 'lift-fault', measuredAt: NOW - 2 * 86_400_000 }),
    event('elsewhere', { kind: 'motion', measuredAt: NOW - 120_000 }),
  ])
  await vi.waitFor(async () => expect((await fetch(`${server.url}/readyz`)).status).toBe(200), { timeout: 20_000 })
}, 60_000)
afterEach(() => {
  for (const socket of open.splice(0)) socket.close()
})
afterAll(() => server.stop(), 60_000)

const event = (device: string, other: Partial<NewEvent> = {}): NewEvent => ({
  ...{ device, kind: 'motion', measuredAt: NOW - 30_000 },
  ...other,
})

/** The device's name says the zone. */
async function store(events: readonly NewEvent[]): Promise<void> {
  await server.events.write([writeOf(events, { from: offset++, receivedAt: Date.now() })], (owner) => {
    const zone = ['north', 'south'].find((z) => owner.endsWith(z))
    return zone ? { assetId: zone === 'north' ? 'a-1' : 'a-2', zoneId: zone } : { assetId: null, zoneId: null }
  })
}

async function find(who: string, query: string) {
  const client = await server.signIn(who)
  const answer = await client.fetch(`/api/events${query}`)
  const body = (await answer.json()) as { events: EventView[]; next: string | null; code?: string }
  return { status: answer.status, body, devices: body.events?.map((e) => e.device) }
}

const DAYS = `from=${NOW - 3 * 86_400_000}`

test.each([
  ['of the last day without a word', '', ['cam-north', 'cam-south', 'elsewhere']],
  ['of a time', `?from=${NOW - 3 * 86_400_000}&to=${NOW - 86_400_000}`, ['lift-north']],
  ['of a kind', `?${DAYS}&kind=lift-fault&kind=motion`, ['elsewhere', 'lift-north']],
  ['of a zone', `?${DAYS}&zoneId=north`, ['cam-north', 'lift-north']],
  ['of an asset', '?assetId=a-2', ['cam-south']],
  ['of a device', '?device=s/cam-north', ['cam-north']],
  ['that are bad', '?severity=warning', ['cam-south']],
  ['that hold a word', '?text=GATE', ['cam-north']],
])('events %s are found', async (_, query, devices) => {
  expect((await find('olga', query)).devices).toEqual(devices)
})

test('events come page by page', async () => {
  const first = await find('olga', '?limit=2')
  expect(first.devices).toEqual(['cam-north', 'cam-south'])
  const second = await find('olga', `?limit=2&before=${first.body.next}`)
  expect(second.devices).toEqual(['elsewhere'])
  expect(second.body.next).toBeNull()
})

test('an event says all about itself', async () => {
  const { body } = await find('olga', '?text=gate')
  expect(body.events[0]).toEqual({
    ...{ id: expect.stringMatching(/^[0-9a-f]{32}$/), kind: 'line-crossed', source: 's', device: 'cam-north' },
    ...{ assetId: 'a-1', zoneId: 'north', measuredAt: NOW - 30_000, receivedAt: expect.any(Number) },
    ...{ severity: 'info', quality: 0, dataClass: 'none', attributes: { count: 3, line: 'gate' } },
  })
})

test('a person of one zone finds the events of that zone only', async () => {
  expect((await find('nora', '')).devices).toEqual(['cam-north'])
  for (const query of ['?zoneId=south', '?assetId=a-2', '?zoneId=moon'])
    expect(await find('nora', query)).toMatchObject({
      status: 404,
      body: { code: expect.stringContaining('_UNKNOWN') },
    })
}, 20_000)

test.each(['?kind=unheard-of', '?before=nonsense', '?limit=0', '?from=yesterday', '?unknown=1'])(
  'a question that makes no sense is refused: %s',
  async (query) => expect(await find('olga', query)).toMatchObject({ status: 400, body: { code: 'INPUT_INVALID' } }),
)

test('new events are pushed to those who watch, once, and only those of their zones', async () => {
  const watch = async (who: string) => {
    const { cookie } = await server.signIn(who)
    const socket = io(server.url, { transports: ['websocket'], forceNew: true, extraHeaders: { cookie } })
    open.push(socket)
    const seen: string[] = []
    socket.on('events:new', (news: LiveEvents) => seen.push(...news.events.map((e) => e.device)))
    await new Promise<void>((resolve, reject) => socket.on('connect', resolve).on('connect_error', reject))
    socket.emit('events:subscribe')
    return { socket, seen }
  }
  const olga = await watch('olga')
  const nora = await watch('nora')
  let n = 0
  await vi.waitFor(
    async () => {
      await store([event(`new-${n}-north`, { measuredAt: NOW + n }), event(`new-${n++}-south`)])
      expect(nora.seen.length).toBeGreaterThan(1)
      expect(olga.seen.length).toBeGreaterThan(3)
    },
    { timeout: 20_000, interval: 300 },
  )
  expect(nora.seen.every((device) => device.endsWith('north'))).toBe(true)
  expect(new Set(olga.seen).size).toBe(olga.seen.length)
  olga.socket.emit('events:unsubscribe')
})
