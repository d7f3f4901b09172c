import { afterEach, describe, expect, it } from 'vitest'
import { eventually, principal, RawClient, type TestGateway, type TestOptions, testGateway } from './testing.ts'
import { connect, PING, publish, subscribe } from './testing-packets.ts'

const CONNACK = '20020000'
const principals = [principal('gw'), principal('other')]
const as = (name: string) => ({ username: name, password: name })

let gateway: TestGateway | undefined
const clients: RawClient[] = []

afterEach(async () => {
  for (const c of clients.splice(0)) c.destroy()
  await gateway?.stop()
  gateway = undefined
})

async function open(options: TestOptions = {}): Promise<TestGateway> {
  gateway = await testGateway({ principals, ...options })
  return gateway
}

function client(): RawClient {
  const c = new RawClient(gateway?.port as number)
  clients.push(c)
  return c
}

async function loggedIn(id: string, name = 'gw'): Promise<RawClient> {
  const c = client().send(connect(id, as(name)))
  await c.expect(CONNACK)
  return c
}

/** A client that is refused and does not close its side. */
async function refused(): Promise<RawClient> {
  const c = client()
  c.socket.allowHalfOpen = true
  c.send(connect('x', { username: 'gw', password: 'wrong' }))
  await c.expect('20020004')
  return c
}

describe('a client that was refused', () => {
  it('is gone after a moment, however much it goes on sending', async () => {
    await open()
    const c = await refused()
    const trickle = setInterval(() => c.send(PING), 50)
    await c.closed().finally(() => clearInterval(trickle))
  })

  it('counts among the connections until it is gone', async () => {
    const { metric } = await open({ config: { limits: { connections: 3 } } })
    for (let i = 0; i < 3; i++) await refused()
    expect(await metric('connections')).toBe(0)
    expect(await metric('connections_lingering')).toBe(3)
    await client().closed()
    expect(await metric('connections_turned_away_total')).toBe(1)
    await eventually(async () => (await metric('connections_lingering')) === 0)
    await loggedIn('x')
  })
})

describe('a client whose turn to be taken in comes late', () => {
  it('has from then on as long to log in as everybody else', async () => {
    await open({ config: { limits: { acceptPerSecond: 10, connectTimeoutMs: 200 } } })
    await Promise.all(Array.from({ length: 20 }, (_, i) => loggedIn(`c${i}`)))
  })
})

describe('one principal', () => {
  it('holds no more connections than its share, while others come in', async () => {
    await open({ config: { limits: { clientConnections: 3 } } })
    const held = [await loggedIn('a'), await loggedIn('b'), await loggedIn('c')]
    await client()
      .send(connect('d', as('gw')))
      .expect('20020003')
    await loggedIn('a', 'other')
    const again = await loggedIn('a')
    await held[0]?.closed()
    await client()
      .send(connect('d', as('gw')))
      .expect('20020003')
    again.destroy()
    await eventually(async () => {
      const c = client().send(connect('d', as('gw')))
      await c.until(() => c.received.length === 4)
      return c.received.toString('hex') === CONNACK
    })
  })

  it('brings in no more series than its share, whatever becomes of its rights', async () => {
    const { principals: store, metric } = await open({
      config: { limits: { clientSeries: 2 }, principalRefreshMs: 20 },
    })
    const c = await loggedIn('x')
    let id = 0
    const send = async (who: RawClient, topic: string) => {
      who.send(publish(topic, '1', { id: ++id }))
      await who.until(() => who.received.length === 4)
      who.received = Buffer.alloc(0)
    }
    for (const v of ['a', 'b', 'c']) await send(c, `t/gw/d/dev/${v}`)
    expect(await metric('series')).toBe(2)
    await store.update({ ...principal('gw'), publish: ['t/%s/#', 'free/#'] })
    await eventually(async () => {
      const before = await metric('messages_rejected_total')
      await send(c, 'free/x')
      return before === (await metric('messages_rejected_total'))
    })
    await send(c, 't/gw/d/dev/d')
    expect(await metric('series')).toBe(2)
    await send(await loggedIn('y', 'other'), 't/other/d/dev/a')
    expect(await metric('series')).toBe(3)
  })

  it('takes no more memory for half-received packets than its share', async () => {
    const { metric } = await open({ config: { limits: { clientPartialBytes: 150_000, partialBytes: 300_000 } } })
    const whole = publish('t/gw/d/dev/v', Buffer.alloc(100_000, 0x20), { id: 1 })
    const part = whole.subarray(0, 90_000)
    const first = (await loggedIn('a')).send(part)
    await eventually(async () => (await metric('partial_bytes')) >= 90_000)
    await (await loggedIn('b')).send(part).closed()
    const other = (await loggedIn('a', 'other')).send(part)
    await eventually(async () => (await metric('partial_bytes')) >= 180_000)
    other.send(whole.subarray(90_000), PING)
    await other.until(() => other.received.toString('hex').includes('d000'))
    expect(first.isClosed).toBe(false)
    first.destroy()
    await eventually(async () => (await metric('partial_bytes')) === 0)
  })
})

it('a packet that does not end is closed; many that take a while each are not', async () => {
  const { metrics } = await open({ config: { limits: { packetTimeoutMs: 400 } } })
  const whole = publish('t/gw/d/dev/v', Buffer.alloc(100_000, 0x20), { id: 1 })
  const slow = await loggedIn('slow')
  const stalled = (await loggedIn('stalled')).send(whole.subarray(0, 90_000))
  let at = 90_000
  slow.send(whole.subarray(0, at))
  const more = setInterval(() => {
    const rest = whole.subarray(at)
    at = 50_000 + (at % 40_000)
    slow.send(rest, whole.subarray(0, at))
  }, 50)
  await stalled.closed()
  await slow.until(() => slow.received.length >= 4 * 20).finally(() => clearInterval(more))
  expect(await metrics.metrics()).toContain('closed_total{reason="packet-timeout"} 1')
})

describe('topics', () => {
  it('that a client may not publish to cost no memory, others as long as somebody is connected', async () => {
    const { metric } = await open()
    const c = await loggedIn('x')
    for (let i = 1; i <= 100; i++) c.send(publish(`forbidden/${i}`, 'x', { id: i }))
    await c.until(() => c.received.length === 400)
    expect(await metric('topic_bytes')).toBe(0)
    c.send(publish('t/gw/d/dev/v', '1', { id: 101 }))
    await c.until(() => c.received.length === 404)
    expect(await metric('topic_bytes')).toBeGreaterThan(0)
    c.destroy()
    await eventually(async () => (await metric('topic_bytes')) === 0)
  })

  it('longer than 1 KiB close the connection', async () => {
    await open({ principals: [principal('gw', { publish: ['#'], subscribe: ['#'] })] })
    const long = 'x'.repeat(1_025)
    const c = await loggedIn('x')
    c.send(publish(long.slice(1), 'x', { id: 1 }))
    await c.expect('40020001')
    await c.send(publish(long, 'x')).closed()
    await (await loggedIn('y')).send(subscribe(1, [long, 0])).closed()
    await client()
      .send(connect('z', { ...as('gw'), will: { topic: long, payload: 'x' } }))
      .expect('20020005')
  })
})
