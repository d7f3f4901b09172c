import { once } from 'node:events'
import { createServer } from 'node:net'
import { QUALITY_LEVEL, QUALITY_STALE } from '@quartier/contracts'
import { Aedes } from 'aedes'
import { afterEach, describe, expect, it } from 'vitest'
import { encodePayload, type TestMetric } from './codecs/sparkplug/testing-payload.ts'
import { openSessions } from './sessions/index.ts'
import { eventually, idOf, RawClient, readBack, type TestGateway, testGateway } from './testing.ts'
import { connect, PING, publish, subscribe } from './testing-packets.ts'

const NODES = 500
const GONE = 20
const METRICS = 20
const START = 1_790_000_000_000
const clock = { at: START, now: () => clock.at, speed: 1 }

const gateways: TestGateway[] = []
const clients: RawClient[] = []

afterEach(async () => {
  for (const c of clients.splice(0)) c.destroy()
  for (const gateway of gateways.splice(0).reverse()) await gateway.stop()
  clock.at = START
})

async function open(more: Parameters<typeof testGateway>[0] = {}): Promise<TestGateway> {
  const config = { sparkplugHost: 'quartier', ...more.config }
  const gateway = await testGateway({ clock, ...more, config })
  gateways.push(gateway)
  return gateway
}

async function client(gateway: TestGateway, ...connectPacket: Parameters<typeof connect>): Promise<RawClient> {
  const c = new RawClient(gateway.port)
  clients.push(c)
  c.send(connect(...connectPacket))
  await c.expect('20020000')
  return c
}

const bdSeq = (long: number): TestMetric => ({ name: 'bdSeq', datatype: 4, long })
const named = (value: number): TestMetric[] =>
  Array.from({ length: METRICS }, (_, i) => ({ name: `m${i}`, alias: i, datatype: 10, double: value }))
const aliased = (value: number): TestMetric[] =>
  Array.from({ length: METRICS }, (_, i) => ({ alias: i, double: value }))

/** An edge node with one device, as a real one: its death certificate is its will. */
class EdgeNode {
  readonly name: string
  session = -1
  seq = 0
  socket: RawClient | undefined

  constructor(n: number) {
    this.name = `edge${n}`
  }

  async connect(gateway: TestGateway, isReborn = true): Promise<void> {
    this.session++
    // Without a time, all bytes of the certificate are ASCII, which the helper for CONNECT needs.
    const payload = encodePayload({ metrics: [bdSeq(this.session)] }).toString('latin1')
    const will = { topic: `spBv1.0/city/NDEATH/${this.name}`, payload, qos: 1 }
    this.socket = await client(gateway, this.name, { will })
    if (isReborn) this.birth()
  }

  birth(): void {
    this.seq = 0
    const { at } = clock
    this.#say('NBIRTH', encodePayload({ timestamp: at, seq: 0, metrics: [bdSeq(this.session)] }))
    this.#say('DBIRTH', encodePayload({ timestamp: at, seq: ++this.seq, metrics: named(1) }), '/meter')
  }

  data(value: number): void {
    this.seq = (this.seq + 1) & 255
    this.#say('DDATA', encodePayload({ timestamp: clock.at, seq: this.seq, metrics: aliased(value) }), '/meter')
  }

  /** Resolves when the gateway has taken everything that was said. */
  async settled(): Promise<void> {
    this.socket?.send(PING)
    await this.socket?.until(() => this.socket?.received.toString('hex').endsWith('d000') ?? false)
  }

  #say(type: string, payload: Buffer, device = ''): void {
    this.socket?.send(publish(`spBv1.0/city/${type}/${this.name}${device}`, payload))
  }
}

const nodes = () => Array.from({ length: NODES }, (_, n) => new EdgeNode(n))

async function bring(gateway: TestGateway, some: readonly EdgeNode[], isReborn = true): Promise<void> {
  for (let from = 0; from < some.length; from += 50)
    await Promise.all(some.slice(from, from + 50).map((node) => node.connect(gateway, isReborn)))
}

/** The newest reading of each node's first metric. */
async function newest(gateway: TestGateway): Promise<Map<string, { value: number; isStale: boolean; at: number }>> {
  const wanted = new Map(
    Array.from({ length: NODES }, (_, n) => [idOf(`sparkplug/city/edge${n}/meter/m0`), `edge${n}`]),
  )
  const found = new Map<string, { value: number; isStale: boolean; at: number }>()
  for (const r of (await readBack(gateway.log)).readings) {
    const name = wanted.get(r.id)
    if (name === undefined || (found.get(name)?.at ?? 0) > r.measuredAt) continue
    const isStale = (r.quality & QUALITY_LEVEL) === QUALITY_STALE
    found.set(name, { value: r.value, isStale, at: r.measuredAt })
  }
  return found
}

const listener = async (gateway: TestGateway): Promise<RawClient> => {
  const c = await client(gateway, 'listener')
  c.send(subscribe(1, ['spBv1.0/+/NCMD/+', 0]))
  await c.expect('9003000100')
  return c
}

const rebirths = (c: RawClient): number => c.received.toString('latin1').split('/NCMD/').length - 1

describe('500 Sparkplug edge nodes', () => {
  it('over an orderly restart of ours are stale, and fresh again when they come back: nobody is asked for anything', async () => {
    const gateway = await open()
    const all = nodes()
    await bring(gateway, all)
    for (const node of all) node.data(2)
    await Promise.all(all.map((node) => node.settled()))
    await gateway.restart(async () => {
      const last = await newest(gateway)
      expect(last.size).toBe(NODES)
      for (const { value, isStale } of last.values()) expect([value, isStale]).toEqual([2, true])
      clock.at += 5_000
    })
    const watch = await listener(gateway)
    const back = all.slice(GONE)
    await bring(gateway, back)
    for (const node of back) node.data(3)
    await Promise.all(back.map((node) => node.settled()))
    await eventually(
      async () => [...(await newest(gateway)).values()].filter((r) => r.value === 3).length === back.length,
    )
    const last = await newest(gateway)
    for (const [n, node] of all.entries())
      expect([node.name, last.get(node.name)?.isStale]).toEqual([node.name, n < GONE])
    expect(rebirths(watch)).toBe(0)
  }, 60_000)

  it('go on over a crash of ours by what was remembered; those that vanished meanwhile are asked, some at a time, and given up', async () => {
    const before = await open()
    const all = nodes()
    await bring(before, all)
    await Promise.all(all.map((node) => node.settled()))
    await eventually(async () => (await newest(before)).size === NODES)
    // The other process says nothing more. Nodes behind a foreign broker do not even notice: no birth, aliases alone.
    clock.at += 5_000
    const sessions = async () => ({ sessions: openSessions({ path: ':memory:' }) })
    const config = { silentSendersMs: 1_000 }
    const gateway = await open({ wrap: () => before.log, shared: sessions, config })
    const watch = await listener(gateway)
    const there = all.slice(GONE)
    await bring(gateway, there, false)
    for (const node of there) node.data(3)
    await Promise.all(there.map((node) => node.settled()))
    await eventually(
      async () => [...(await newest(before)).values()].filter((r) => r.value === 3).length === there.length,
    )
    expect(rebirths(watch)).toBe(0)
    clock.at += 3_000
    await eventually(() => rebirths(watch) === GONE)
    clock.at += 61_000
    await eventually(async () => [...(await newest(before)).values()].filter((r) => r.isStale).length === GONE)
    const last = await newest(before)
    for (const [n, node] of all.entries())
      expect([node.name, last.get(node.name)?.isStale]).toEqual([node.name, n < GONE])
    expect(rebirths(watch)).toBe(GONE)
  }, 60_000)
})

describe('the Sparkplug host', () => {
  const STATE = 'spBv1.0/STATE/quartier'
  const stateIn = (c: RawClient): string[] =>
    [...c.received.toString('latin1').matchAll(/\{"online":(?:true|false),"timestamp":\d+\}/g)].map((m) => m[0])

  it('is announced as retained, and says with the same timestamp that it goes', async () => {
    const gateway = await open()
    const c = await client(gateway, 'edge')
    c.send(subscribe(1, [STATE, 1]))
    await c.until(() => stateIn(c).length === 1)
    await gateway.restart()
    await c.closed()
    expect(stateIn(c)).toEqual([`{"online":true,"timestamp":${START}}`, `{"online":false,"timestamp":${START}}`])
    const later = await client(gateway, 'edge')
    later.send(subscribe(1, [STATE, 1]))
    await later.until(() => stateIn(later).length === 1)
    expect(stateIn(later)[0]).toMatch(/true/)
  })

  it('contradicts whoever says that it is gone', async () => {
    const gateway = await open()
    const c = await client(gateway, 'edge')
    c.send(subscribe(1, [STATE, 1]))
    await c.until(() => stateIn(c).length === 1)
    const liar = await client(gateway, 'liar')
    liar.send(publish(STATE, `{"online":false,"timestamp":${START + 1}}`, { retain: true }))
    await c.until(() => stateIn(c).length === 3)
    expect(stateIn(c).at(-1)).toBe(`{"online":true,"timestamp":${START}}`)
  })

  it('is asked for a rebirth command by the codec, which reaches the node that subscribed', async () => {
    const gateway = await open()
    const c = await client(gateway, 'edge1')
    c.send(subscribe(1, ['spBv1.0/city/NCMD/edge1', 1]))
    await c.expect('9003000101')
    c.send(publish('spBv1.0/city/NDATA/edge1', encodePayload({ seq: 9, metrics: [{ alias: 1, double: 1 }] })))
    await c.until(() => c.received.includes('Node Control/Rebirth'))
    expect(await gateway.metric('commands_total')).toBe(1)
  })

  it('asks a node behind a broker of others at that broker, and lets it die there', async () => {
    const aedes = await Aedes.createBroker()
    const broker = createServer((socket) => aedes.handle(socket)).listen(0, '127.0.0.1')
    await once(broker, 'listening')
    const heard: string[] = []
    aedes.on('publish', ({ topic }) => void heard.push(topic))
    const say = (topic: string, payload: Buffer) =>
      aedes.publish({ cmd: 'publish', topic, payload, qos: 0, retain: false, dup: false }, () => {})
    try {
      const url = `mqtt://127.0.0.1:${(broker.address() as { port: number }).port}`
      const gateway = await open({
        config: { bridges: [{ name: 'plant', url, source: 'plant', filters: ['spBv1.0/#'] }], silentSendersMs: 1_000 },
      })
      await eventually(async () => {
        say('spBv1.0/city/NDATA/edge1', encodePayload({ seq: 9, metrics: [{ alias: 1, double: 1 }] }))
        return (await gateway.metric('messages_total')) > 0
      })
      await eventually(() => heard.includes('spBv1.0/city/NCMD/edge1'))
      say('spBv1.0/city/NBIRTH/edge1', encodePayload({ timestamp: clock.at, seq: 0, metrics: [bdSeq(0), ...named(1)] }))
      const last = async () =>
        (await readBack(gateway.log)).readings.findLast((r) => r.id === idOf('plant/city/edge1/m0'))
      await eventually(async () => (await last())?.value === 1)
      await gateway.restart()
      clock.at += 10_000
      await eventually(() => heard.filter((t) => t === 'spBv1.0/city/NCMD/edge1').length === 2)
      clock.at += 61_000
      await eventually(async () => ((await last())?.quality ?? 0) === QUALITY_STALE)
    } finally {
      for (const g of gateways.splice(0)) await g.stop()
      await new Promise<void>((done) => aedes.close(done))
      broker.close()
    }
  })
})
