import { afterEach, describe, expect, it } from 'vitest'
import { eventually, principal, RawClient, type TestGateway, testGateway } from './testing.ts'
import { connect, PING, publish, subscribe } from './testing-packets.ts'

const CONNACK = '20020000'
const reader = principal('reader', { subscribe: ['t/#', 'free/#'], publish: [] })
const writer = principal('writer', { publish: ['t/%s/#', 'free/#'] })

let gateway: TestGateway
const clients: RawClient[] = []

afterEach(async () => {
  for (const c of clients.splice(0)) c.destroy()
  await gateway.stop()
})

async function open(): Promise<void> {
  gateway = await testGateway({ principals: [reader, writer], config: { principalRefreshMs: 50 } })
}

function login(name: string, more: Parameters<typeof connect>[1] = {}): RawClient {
  const c = new RawClient(gateway.port)
  clients.push(c)
  return c.send(connect(name, { username: name, password: name, ...more }))
}

async function loggedIn(name: string, more: Parameters<typeof connect>[1] = {}): Promise<RawClient> {
  const c = login(name, more)
  await c.expect(CONNACK)
  return c
}

const closedFor = async (reason: string) =>
  (await gateway.metrics.metrics()).includes(`closed_total{reason="${reason}"} 1`)

describe('rights that change while a client is connected', () => {
  it('end its connection when it may no longer read what it subscribed to, and its session gives nothing more', async () => {
    await open()
    const r = await loggedIn('reader', { clean: false })
    r.send(subscribe(1, ['t/#', 1], ['free/#', 1]))
    await r.expect('900400010101')
    await gateway.principals.update({ ...reader, subscribe: ['t/#'] })
    await r.closed()
    expect(await closedFor('subscription-revoked')).toBe(true)
    const w = await loggedIn('writer')
    w.send(publish('free/x', 'secret', { id: 1 }), publish('t/writer/x', 'open', { id: 2 }))
    await w.until(() => w.received.length === 8)
    const again = login('reader', { clean: false })
    await again.until(() => again.received.includes('open'))
    w.send(publish('free/x', 'secret', { id: 3 }))
    await w.until(() => w.received.length === 12)
    again.send(PING)
    await again.until(() => again.received.toString('hex').endsWith('d000'))
    expect(again.received.toString()).not.toContain('secret')
  })

  it('hold for what it publishes from then on', async () => {
    await open()
    const w = await loggedIn('writer')
    await gateway.principals.update({ ...writer, publish: ['free/#'] })
    let id = 0
    await eventually(async () => {
      w.send(publish('t/writer/d/dev/v', '1', { id: ++id }))
      await w.until(() => w.received.length === 4 * id)
      return (await gateway.metric('messages_rejected_total')) > 0
    })
  })

  it('end with the principal', async () => {
    await open()
    const w = await loggedIn('writer')
    await gateway.principals.remove('writer')
    await w.closed()
    expect(await closedFor('disabled')).toBe(true)
  })

  it('end with the secret: who came in by the old one goes, who has the new one stays', async () => {
    await open()
    const old = await loggedIn('writer')
    await gateway.principals.put(writer)
    await old.closed()
    expect(await closedFor('secret-changed')).toBe(true)
    await login('writer').expect('20020004')
    const young = await loggedIn('writer', { password: 'secret' })
    const asked = gateway.principals.lookedUp
    await eventually(() => gateway.principals.lookedUp > asked + 1)
    young.send(PING)
    await young.expect('d000')
  })
})

it('many principals are looked up together', async () => {
  const many = Array.from({ length: 300 }, (_, i) => principal(`p${i}`))
  gateway = await testGateway({ principals: many, config: { principalRefreshMs: 500 } })
  await Promise.all(many.map((p) => loggedIn(p.name)))
  const before = gateway.principals.lookedUp
  await eventually(() => gateway.principals.lookedUp >= before + 2)
  expect(gateway.principals.lookedUp).toBeLessThanOrEqual(before + 4)
})
