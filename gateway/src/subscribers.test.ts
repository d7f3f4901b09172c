import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { afterEach, describe, expect, it } from 'vitest'
import { eventually, RawClient, readBack, type TestGateway, type TestOptions, testGateway } from './testing.ts'
import { connect, PING, packet, publish, subscribe } from './testing-packets.ts'

let gateway: TestGateway | undefined
const raw: RawClient[] = []
const others: MqttClient[] = []

afterEach(async () => {
  for (const c of raw.splice(0)) c.destroy()
  await Promise.all(others.splice(0).map((c) => c.endAsync(true)))
  await gateway?.stop()
  gateway = undefined
})

async function open(options: TestOptions = {}): Promise<TestGateway> {
  gateway = await testGateway(options)
  return gateway
}

async function bare(id: string): Promise<RawClient> {
  const c = new RawClient(gateway?.port as number)
  raw.push(c)
  c.send(connect(id))
  await c.expect('20020000')
  return c
}

async function mqtt(clientId: string, options: IClientOptions = {}): Promise<MqttClient & { got: string[] }> {
  const got: string[] = []
  const c = await connectAsync(`mqtt://127.0.0.1:${gateway?.port}`, { clientId, reconnectPeriod: 0, ...options })
  c.on('message', (topic, payload, p) => void got.push(`${topic} ${payload} q${p.qos}${p.retain ? ' retained' : ''}`))
  others.push(c)
  return Object.assign(c, { got })
}

const reading = (device: string, value: number, id?: number) =>
  publish(`t/s/d/${device}/v`, `{"ts":${Date.now()},"value":${value}}`, { id })

describe('subscribers', () => {
  it('of telemetry get every message once, at QoS 0, however many of their filters match', async () => {
    await open()
    const s = await mqtt('s')
    await s.subscribeAsync(['t/s/#', 't/+/d/x/v', '#'], { qos: 2 })
    const p = await mqtt('p')
    await p.publishAsync('t/s/d/x/v', '1', { qos: 1 })
    await p.publishAsync('t/s/d/y/v', '2', { qos: 2 })
    await p.publishAsync('t/s/d/y/v', 'not a reading', { qos: 1 })
    await eventually(() => s.got.length === 2)
    expect(s.got).toEqual(['t/s/d/x/v 1 q0', 't/s/d/y/v 2 q0'])
    await s.unsubscribeAsync(['t/s/#', 't/+/d/x/v', '#'])
    await p.publishAsync('t/s/d/x/v', '3', { qos: 1 })
    await p.publishAsync('end', 'x', { qos: 1 })
    expect(s.got.length).toBe(2)
  })

  it('of other topics get them at the lower of the two QoS, in order', async () => {
    await open()
    const s = await mqtt('s')
    await s.subscribeAsync({ 'a/#': { qos: 1 } })
    const p = await mqtt('p')
    for (let i = 0; i < 30; i++)
      await p.publishAsync('a/b', String(i), { qos: (i % 3) as 0 | 1 | 2, retain: i % 5 === 0 })
    await eventually(() => s.got.length === 30)
    expect(s.got).toEqual(Array.from({ length: 30 }, (_, i) => `a/b ${i} q${Math.min(1, i % 3)}`))
    const late = await mqtt('late')
    await late.subscribeAsync('a/+', { qos: 0 })
    await eventually(() => late.got.length === 1)
    expect(late.got).toEqual(['a/b 25 q0 retained'])
  })

  it('with a session get what came while they and the gateway were away', async () => {
    const g = await open()
    const first = await mqtt('s', { clean: false })
    await first.subscribeAsync(['orders/#', 't/s/#'], { qos: 1 })
    await first.endAsync()
    const p = await mqtt('p')
    await p.publishAsync('orders/1', 'one', { qos: 1 })
    await p.publishAsync('orders/last', 'kept', { qos: 1, retain: true })
    await p.publishAsync('t/s/d/x/v', '1', { qos: 1, retain: true })
    await p.endAsync()
    await g.restart()
    const again = await mqtt('s', { clean: false })
    await eventually(() => again.got.length === 2)
    expect(again.got).toEqual(['orders/1 one q1', 'orders/last kept q1'])
    const q = await mqtt('q')
    await q.publishAsync('t/s/d/x/v', '2', { qos: 1 })
    await q.publishAsync('orders/2', 'two', { qos: 2 })
    await eventually(() => again.got.length === 4)
    expect(again.got.slice(2).sort()).toEqual(['orders/2 two q1', 't/s/d/x/v 2 q0'])
    const fresh = await mqtt('fresh')
    await fresh.subscribeAsync('#', { qos: 2 })
    await eventually(() => fresh.got.length === 2)
    expect(fresh.got.sort()).toEqual(['orders/last kept q1 retained', 't/s/d/x/v 1 q1 retained'])
    await again.endAsync()
    const clean = await mqtt('s', { clean: true })
    await q.publishAsync('orders/3', 'three', { qos: 1 })
    await clean.endAsync()
    const empty = new RawClient(g.port)
    raw.push(empty)
    empty.send(connect('s', { clean: false }))
    await empty.expect('20020000')
  })

  it('that leave in the middle of a backlog hurt nobody', async () => {
    const { log } = await open()
    const sender = await bare('sender')
    let sent = 0
    for (let round = 0; round < 10; round++) {
      const s = await bare(`s${round}`)
      s.send(subscribe(1, ['#', 0]))
      await s.until(() => s.received.length >= 5)
      const packets: Buffer[] = []
      for (let i = 0; i < 2_000; i++)
        packets.push(reading(`d${i % 50}`, i, (sent++ % 60_000) + 1), publish('free/x', 'y'))
      sender.send(...packets)
      await s.until(() => s.received.length > 5_000)
      s.destroy()
      await sender.until(() => sender.received.length === sent * 4)
    }
    expect((await readBack(log)).readings.length).toBe(20_000)
  })

  it('that never read lose messages, hold nobody up and are closed', async () => {
    const g = await open({ config: { limits: { outgoingBytes: 100_000, slowReaderMs: 500 } } })
    const frozen = await bare('frozen')
    frozen.send(subscribe(1, ['#', 0]))
    await frozen.until(() => frozen.received.length === 5)
    frozen.socket.pause()
    const s = await mqtt('s')
    await s.subscribeAsync('end')
    const sender = await bare('sender')
    let sent = 0
    const filler = 'x'.repeat(2_000)
    await eventually(async () => {
      const packets: Buffer[] = []
      for (let i = 0; i < 200; i++) packets.push(reading('d', i, (sent++ % 60_000) + 1), publish('free/x', filler))
      sender.send(...packets)
      await sender.until(() => sender.received.length === sent * 4)
      return (await g.metrics.metrics()).includes('closed_total{reason="slow-reader"} 1')
    })
    expect(await g.metric('dropped_total')).toBeGreaterThan(0)
    const p = await mqtt('p')
    await p.publishAsync('end', 'x', { qos: 1 })
    await eventually(() => s.got.length === 1)
    expect((await readBack(g.log)).readings.length).toBe(sent)
  })
})

describe('floods', () => {
  it('of garbage are closed one by one while valid data goes on', async () => {
    const { log, metric } = await open()
    const sender = await bare('good')
    let seed = 12_345
    const next = () => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
      return seed >> 16
    }
    const random = (n: number) => Buffer.from(Array.from({ length: n }, next))
    for (let round = 0; round < 20; round++) {
      const bad = Array.from({ length: 15 }, (_, i) => {
        const c = new RawClient((gateway as TestGateway).port)
        raw.push(c)
        if (i % 3 === 0) c.send(random(300))
        else if (i % 3 === 1) c.send(connect(`bad${i}`), random(300))
        else c.send(connect(`bad${i}`), packet(0x30 + (i & 15), random(100)), packet((i << 4) & 0xff, random(50)))
        c.socket.end()
        return c
      })
      sender.send(reading('d', round, round + 1))
      await Promise.all(bad.map((c) => c.closed()))
    }
    await sender.until(() => sender.received.length === 80)
    expect((await readBack(log)).readings.filter((r) => r.value < 20).length).toBeGreaterThanOrEqual(20)
    await eventually(async () => (await metric('connections')) === 1)
  })

  it('of 1,500 clients that come back at once are all let in', async () => {
    const g = await open()
    const n = 1_500
    const come = async () => {
      const all = Array.from({ length: n }, (_, i) => {
        const c = new RawClient(g.port)
        c.send(connect(`c${i}`), reading(`d${i}`, i, 1))
        return c
      })
      await Promise.all(all.map((c) => c.until(() => c.received.length === 8)))
      return all
    }
    const first = await come()
    for (const c of first) c.destroy()
    raw.push(...(await come()))
    expect((await readBack(g.log)).readings.length).toBe(2 * n)
    expect(await g.metric('connections')).toBeGreaterThanOrEqual(n)
    raw[0]?.send(PING)
    await raw[0]?.until(() => raw[0]?.received.length === 10)
  })
})
