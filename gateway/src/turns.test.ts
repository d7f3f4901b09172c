import { afterEach, describe, expect, it } from 'vitest'
import { principal, RawClient, type TestGateway, testGateway } from './testing.ts'
import { connect, publish } from './testing-packets.ts'
import { Turns, type TurnTaker } from './turns.ts'

const CONNACK = '20020000'

/** Something that is read whenever it may be. */
function taker(): TurnTaker & { readonly turns: string[] } {
  const turns: string[] = []
  return { round: 0, taken: 0, turns, waitForTurn: () => turns.push('wait'), takeTurn: () => turns.push('go') }
}
const nextRound = () => new Promise((go) => setImmediate(() => setImmediate(go)))

describe('turns', () => {
  it('let nobody take more than a quantum in one round, and everybody go on in the next', async () => {
    const turns = new Turns(100)
    const [greedy, modest] = [taker(), taker()]
    turns.took(greedy, 60)
    turns.took(modest, 60)
    turns.took(greedy, 60)
    expect([greedy.turns, modest.turns]).toEqual([['wait'], []])
    await nextRound()
    expect(greedy.turns).toEqual(['wait', 'go'])
    turns.took(modest, 60)
    expect(modest.turns).toEqual([])
    expect(turns.waits).toBe(1)
  })
})

describe('a mad client', () => {
  let gateway: TestGateway
  const clients: RawClient[] = []
  afterEach(async () => {
    for (const c of clients.splice(0)) c.destroy()
    await gateway.stop()
  })
  const login = async (name: string) => {
    const c = new RawClient(gateway.port)
    clients.push(c)
    await c.send(connect(name, { username: name, password: name })).expect(CONNACK)
    return c
  }

  it('is heard in turns: a neighbour that speaks after it need not wait for all it has said', async () => {
    gateway = await testGateway({ principals: [principal('mad'), principal('calm')] })
    const mad = await login('mad')
    const calm = await login('calm')
    const MANY = 400_000
    const one = publish('t/mad/d/a/t', '1')
    mad.send(Buffer.concat(Array.from({ length: MANY }, () => one)))
    calm.send(publish('t/calm/d/a/t', '1', { id: 1 }))
    await calm.expect('40020001')
    const heard = (await gateway.metric('messages_total')) - 1
    expect(heard).toBeLessThan(MANY)
    expect(await gateway.metric('turns_waited_total')).toBeGreaterThan(0)
  })

  it('that connects again and again under other client ids is shut out for a while, and others are not', async () => {
    const limits = { flapConnects: 2, deviceConnections: 3 }
    const device = { kind: 'device' } as const
    gateway = await testGateway({
      principals: [principal('mad', device), principal('calm', device)],
      config: { limits },
    })
    const as = (name: string, id: string) => {
      const c = new RawClient(gateway.port)
      clients.push(c)
      return c.send(connect(id, { username: name, password: name }))
    }
    for (let n = 0; n < 6; n++) {
      const c = as('mad', `id-${n}`)
      await c.expect(CONNACK)
      c.destroy()
      while ((await gateway.metric('connections')) > 0) await new Promise((later) => setTimeout(later, 2))
    }
    await as('mad', 'another').expect('20020005')
    await as('calm', 'id').expect(CONNACK)
    while (gateway.deviceLog.lines.length === 0) await new Promise((later) => setTimeout(later, 5))
    expect(gateway.deviceLog.lines[0]).toMatchObject({ device: 'mad', event: 'banned' })
  })

  it('with rights of a device is slowed down, and the device log says so', async () => {
    gateway = await testGateway({
      principals: [principal('mad', { kind: 'device' }), principal('calm', { kind: 'device' })],
    })
    const mad = await login('mad')
    const calm = await login('calm')
    const one = publish('t/mad/d/a/t', '1')
    mad.send(Buffer.concat(Array.from({ length: 5_000 }, () => one)))
    for (let id = 1; id <= 20; id++) {
      calm.send(publish('t/calm/d/a/t', String(id), { id }))
      await calm.expect(`4002${id.toString(16).padStart(4, '0')}`)
    }
    expect(await gateway.metric('throttled_total')).toBe(1)
    while (gateway.deviceLog.lines.length === 0) await new Promise((later) => setTimeout(later, 5))
    expect(gateway.deviceLog.lines[0]).toMatchObject({ device: 'mad', event: 'slowed-down' })
  })
})
