import { afterEach, describe, expect, it } from 'vitest'
import { eventually, principal, RawClient, type TestGateway, type TestOptions, testGateway } from './testing.ts'
import { connect, PING } from './testing-packets.ts'

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
