import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import mqtt, { type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { DOORS, type Identifying, identifying, marker } from './identifying.ts'
import { quartier, type Up, up } from './quartier.ts'
import { Traces } from './traces.ts'

const RUN = `Zq${Math.random().toString(36).slice(2, 8)}k`
const { mark, all } = marker(RUN)
/** What may be found: a source that is not personal says it, so that the search itself is seen to work. */
const PLANTED = `Planted${RUN}`
const END = 'that was all'

let data: string
let platform: Up
const received: Buffer[] = []
const clients: MqttClient[] = []
let ask: (path: string, init?: RequestInit) => Promise<Response>
let messages: readonly Identifying[]
/** Everything that may be found nowhere. */
let secrets: readonly string[]
let leaks: Traces
const planted = new Traces([PLANTED])
let noise = ''

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'quartier-privacy-'))
  const config = join(data, 'quartier.json')
  writeFileSync(config, JSON.stringify({ gateway: { limits: { deadLettersPerSecond: 100_000 } } }))
  platform = await up(data, '--no-demo', '--log-level', 'debug', '--config', config)
  platform.process.stderr?.on('data', (chunk) => {
    noise += chunk
  })
  ask = await signedIn()
  const cameras = await client('cams', { personal: true })
  const town = await client('town', { personal: false })
  await mapDoors(town)
  await listen(await client('live', { personal: false, kind: 'service' }))
  // One who is away has a queue that lies on the disk.
  const away = await client('away', { personal: false, kind: 'service' }, { clean: false })
  await listen(away)
  await away.endAsync()
  const lamps = await client('lamps', { personal: false })
  await lamps.publishAsync('t/lamps/d/lamp/label', JSON.stringify(PLANTED), { qos: 1, retain: true })
  await lamps.publishAsync('t/lamps/d/lamp', `{"label":"${PLANTED}"`, { qos: 1 })
  await lamps.publishAsync('notes/lamps', PLANTED, { qos: 1, retain: true })
  messages = identifying(mark)
  await sendAll(cameras, messages)
  await sendAll(
    town,
    messages.filter((m) => m.isCamera),
  )
  await sendWills()
  secrets = [...new Set([...all, ...messages.flatMap((m) => m.marks)])]
  leaks = new Traces(secrets)
  await lamps.publishAsync('notes/end', END, { qos: 1 })
  // Who comes later is sent what was retained, and who comes back what was queued.
  await listen(await client('later', { personal: false, kind: 'service' }))
  const back = await client('away', { personal: false, kind: 'service' }, { clean: false })
  back.on('message', (topic, payload) => received.push(Buffer.from(`${topic} `), payload))
})
afterAll(async () => {
  for (const c of clients) await c.endAsync(true)
  platform.process.kill('SIGKILL')
  rmSync(data, { recursive: true, force: true })
})

describe('nothing that identifies anybody, whole or in pieces, of every format', () => {
  it('reaches a client that subscribes to everything, while the rest does', async () => {
    const heard = () => Buffer.concat(received).toString().split(END).length - 1
    // By one who was there, and one who came back.
    await vi.waitFor(() => expect(heard()).toBe(2), { timeout: 20_000 })
    expect(planted.in('received', Buffer.concat(received))).not.toEqual([])
    // Of cameras come copies, in which is what may be known; of what else tells events, nothing.
    const lines = Buffer.concat(received).toString().split('\n')
    expect(lines.some((line) => /^frigate\/events \{.*"after":\{.*"camera":"yard"/.test(line))).toBe(true)
    expect(lines.some((line) => /onvif-ej\/RuleEngine\/\S+ \{"UtcTime":.*"State":true/.test(line))).toBe(true)
    expect(lines.filter((line) => /^(doors|e)\//.test(line))).toEqual([])
    expect(leaks.in('received', Buffer.concat(received))).toEqual([])
  })

  it('is shown: neither as a dead letter, nor as an event, a reading, an export or a figure', async () => {
    await vi.waitFor(async () => {
      const { removed } = (await (await ask('/api/receipts?minutes=60')).json()) as { removed: Record<string, number> }
      expect(removed).toMatchObject({ face: expect.any(Number), plate: expect.any(Number), image: expect.any(Number) })
    })
    const said: Record<string, string> = {}
    for (const path of [
      '/api/rejected?limit=500',
      '/api/rejected?source=lamps&limit=500',
      '/api/events?limit=1000',
      '/api/quarantine',
      '/api/series?limit=1000',
      '/api/last?limit=1000',
      '/api/receipts?minutes=1440',
      '/api/ledger?minutes=1440',
      '/api/platform',
      '/api/audit',
      '/metrics',
    ])
      said[path] = await (await ask(path)).text()
    for (const topic of ['ledger', 'query events'])
      said[topic] = quartier(...topic.split(' '), '--data', data, '--json').stdout
    expect(planted.in('shown', Buffer.from(said['/api/rejected?source=lamps&limit=500'] as string))).not.toEqual([])
    expect(said['/api/events?limit=1000']).toContain('plate-seen')
    expect(said['/api/events?limit=1000']).toContain('door-forced')
    for (const [place, text] of Object.entries(said)) expect(leaks.in(place, Buffer.from(text))).toEqual([])
  })

  it('lies anywhere in the data folder or the log of the platform, also in what is compressed', async () => {
    for (const c of clients.splice(0)) await c.endAsync(true)
    await platform.interrupt()
    const careless = await planted.inFolder(data)
    // The search sees what a careless gateway would have kept, in each place where it would.
    for (const place of [/log\/states\.v1/, /log\/rejected\.v1/, /sessions\.db/])
      expect(careless.some((trace) => place.test(trace))).toBe(true)
    expect(await leaks.inFolder(data)).toEqual([])
    expect(leaks.in('log', Buffer.from(noise + platform.said()))).toEqual([])
  }, 600_000)

  it('would be found if it did', async () => {
    const folder = join(data, 'planted')
    mkdirSync(folder)
    const [leak] = secrets as [string]
    const words = `${Array.from({ length: 500 }, (_, i) => (i * 7919).toString(36)).join(' ')} ${leak}`
    const forms: Record<string, Buffer> = {
      plain: Buffer.from(`{"a":"${leak}"}`),
      base64: Buffer.from(Buffer.from(`{"ab":"${leak}"}`).toString('base64')),
      hex: Buffer.from(Buffer.from(leak).toString('hex')),
      // Much enough for the words to be coded, so that they do not stand in it as they are.
      compressed: Buffer.concat([Buffer.from('PAR1'), zstdCompressSync(Buffer.from(words)), Buffer.from('rest')]),
    }
    for (const [name, bytes] of Object.entries(forms)) writeFileSync(join(folder, name), bytes)
    const found = await new Traces([leak]).inFolder(folder)
    expect(found.map((trace) => trace.split(':')[0]).sort()).toEqual(['base64', 'compressed (zstd)', 'hex', 'plain'])
    // What may be kept is there too: the store of events is no closed box to the search.
    expect((await new Traces(['North side']).inFolder(data)).some((trace) => /events/.test(trace))).toBe(true)
  })
})

async function sendAll(sender: MqttClient, list: readonly Identifying[]): Promise<void> {
  const sent: Promise<unknown>[] = []
  for (const [i, { topic, payload }] of list.entries()) {
    const bytes = Buffer.from(payload)
    for (const qos of [0, 1, 2] as const) sent.push(sender.publishAsync(topic, bytes, { qos, retain: i % 2 === 0 }))
    // Cut wherever a message may be cut: a few bytes in, before its end, and in the middle of each mark.
    for (const cut of cutsOf(bytes, list[i]?.marks ?? []))
      sent.push(sender.publishAsync(topic, bytes.subarray(0, cut), { qos: 1, retain: cut % 2 === 0 }))
    if (sent.length > 200) await Promise.all(sent.splice(0))
  }
  await Promise.all(sent)
}

function cutsOf(bytes: Buffer, marks: readonly string[]): number[] {
  const ends = marks.map((text) => bytes.indexOf(text)).filter((at) => at >= 0)
  const inside = ends.flatMap((at) => [at + RUN.length + 6, at + RUN.length + 10])
  return [...new Set([5, Math.floor(bytes.length / 3), bytes.length - 1, ...inside])].filter((n) => n < bytes.length)
}

/** Wills are stored until they are sent: those that say something are refused with their clients. */
async function sendWills(): Promise<void> {
  for (const [topic, personal] of [
    ['frigate/yard/person', false],
    ['free/will', true],
  ] as const) {
    const secret = await principal(`will-${personal}`, { personal })
    const options = { username: `will-${personal}`, password: secret, reconnectPeriod: 0 }
    const will = { topic, payload: Buffer.from(mark('words')), qos: 1 as const, retain: true }
    await expect(mqtt.connectAsync(platform.mqttUrl, { ...options, will })).rejects.toThrow()
  }
}

/** Makes the mapping of {@link DOORS}, which holds once a reading has come by it; a message is tried before. */
async function mapDoors(sender: MqttClient): Promise<void> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': 'map-doors' }
  const tried = { mapping: DOORS, mqttTopic: 'doors/door-7', payload: `{"state":"forced","who":"${mark('tried')}"}` }
  const preview = await ask('/api/mappings/preview', { method: 'POST', body: JSON.stringify(tried), headers })
  expect(await preview.json()).toMatchObject({
    events: [{ kind: 'door-forced', attributes: {} }],
    removed: { person: 1 },
  })
  await ask('/api/mappings', { method: 'POST', body: JSON.stringify(DOORS), headers })
  await vi.waitFor(async () => {
    await sender.publishAsync('doors/probe', '{"cycles":1}', { qos: 1 })
    expect(await (await ask('/api/series?text=probe')).text()).toContain('town/probe/cycles')
  })
}

async function listen(c: MqttClient): Promise<void> {
  c.on('message', (topic, payload) => received.push(Buffer.from(`${topic} `), payload, Buffer.from('\n')))
  await c.subscribeAsync('#', { qos: 1 })
}

const passwords = new Map<string, string>()

async function client(name: string, more: object, { clean = true } = {}): Promise<MqttClient> {
  const password = passwords.get(name) ?? (await principal(name, more))
  passwords.set(name, password)
  const c = await mqtt.connectAsync(platform.mqttUrl, { username: name, password, clientId: name, clean })
  clients.push(c)
  return c
}

async function principal(name: string, more: object): Promise<string> {
  const body = JSON.stringify({
    name,
    source: ['town', 'lamps'].includes(name) ? name : 'cams',
    publish: ['#'],
    subscribe: ['#'],
    ...more,
  })
  const answer = await ask('/api/principals', {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', 'idempotency-key': `make-${name}` },
  })
  const { secret } = (await answer.json()) as { secret: string }
  return secret
}

async function signedIn(): Promise<typeof ask> {
  const answer = await fetch(new URL('/api/session', platform.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'admin', password: platform.password }),
  })
  const { csrfToken } = (await answer.json()) as { csrfToken: string }
  const cookie = answer.headers
    .getSetCookie()
    .map((c) => c.split(';')[0])
    .join('; ')
  return (path, init = {}) =>
    fetch(new URL(path, platform.url), { ...init, headers: { ...init.headers, cookie, 'x-csrf-token': csrfToken } })
}
