import { createServer, type Socket } from 'node:net'
import { Aedes } from 'aedes'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startBroker, type TestBroker } from '../testing/broker.ts'
import { until } from '../testing/until.ts'
import { type Link, type LinkOptions, openLink } from './link.ts'
import { packetReader } from './packets.ts'

describe('a connection', () => {
  let broker: TestBroker
  let link: Link | undefined
  const open = (options: Partial<LinkOptions> = {}) => {
    link = openLink({ url: broker.url, clientId: 'c', window: 3, seed: 1, onRoom: () => {}, ...options })
    return link
  }
  beforeEach(async () => {
    broker = await startBroker()
  })
  afterEach(async () => {
    await link?.close(0)
    await broker.close()
  })

  it('sends texts and bytes of any size, and tells once what was acknowledged', async () => {
    const payloads = ['', 'x', 'é'.repeat(100), 'y'.repeat(200_000), Buffer.alloc(70_000, 7)]
    const acknowledged: number[] = []
    const l = open({ window: 10 })
    await until('it is connected', () => l.connected)
    for (const [i, payload] of payloads.entries()) l.send(`t/${i}/é`, payload, () => acknowledged.push(i))
    await until('all is acknowledged', () => acknowledged.length === payloads.length)
    expect(broker.received.map((m) => m.topic)).toEqual(payloads.map((_, i) => `t/${i}/é`))
    for (const [i, m] of broker.received.entries()) expect(m.payload.equals(Buffer.from(payloads[i]!))).toBe(true)
    expect(l.underWay).toBe(0)
  })

  it('has no room beyond its window, and says when there is some again', async () => {
    let rooms = 0
    const l = open({ onRoom: () => rooms++ })
    await until('it is connected', () => l.hasRoom())
    broker.acknowledge = false
    for (let i = 0; i < 3; i++) l.send('t', String(i), () => {})
    expect(l.hasRoom()).toBe(false)
    const before = rooms
    broker.acknowledge = true
    await until('there is room', () => l.hasRoom() && rooms > before)
  })

  it('sends again, marked as such, what was not acknowledged when it was cut', async () => {
    const flags: number[] = []
    const sockets: Socket[] = []
    // Takes everything and acknowledges from the second connection on.
    const server = createServer((socket) => {
      const nth = sockets.push(socket)
      socket.on('error', () => {})
      socket.on(
        'data',
        packetReader((type, flag, body) => {
          if (type === 1) socket.write(Buffer.from([0x20, 2, 0, 0]))
          if (type !== 3) return
          flags.push(flag)
          const at = 2 + body.readUInt16BE(0)
          if (nth > 1) socket.write(Buffer.from([0x40, 2, body[at]!, body[at + 1]!]))
        }),
      )
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    let acknowledged = 0
    const l = open({ url: `mqtt://127.0.0.1:${(server.address() as { port: number }).port}` })
    await until('it is connected', () => l.connected)
    l.send('t', 'a', () => acknowledged++)
    l.send('t', 'b', () => acknowledged++)
    await until('both arrived', () => flags.length === 2)
    l.cut()
    await until('both are acknowledged', () => acknowledged === 2)
    expect(flags).toEqual([2, 2, 10, 10])
    await l.close(0)
    for (const socket of sockets) socket.destroy()
    server.close()
  })

  it('hears what it has subscribed to, also after it was cut, and leaves its will behind', async () => {
    const hub = await Aedes.createBroker()
    const wills: string[] = []
    hub.on('publish', (packet) => {
      if (packet.topic === 'will') wills.push(packet.payload.toString())
    })
    const server = createServer(hub.handle)
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const heard: string[] = []
    let session = 0
    let connections = 0
    const l = open({
      url: `mqtt://127.0.0.1:${(server.address() as { port: number }).port}`,
      will: () => ({ mqttTopic: 'will', payload: Buffer.from(`session ${session++}`), qos: 1, retain: false }),
      onConnected: () => connections++,
      onMessage: (topic, payload) => heard.push(`${topic} ${payload.toString()}`),
    })
    l.subscribe('news/+', 1)
    const publish = (payload: string) =>
      new Promise<void>((done) =>
        hub.publish(
          { cmd: 'publish', topic: 'news/x', payload: Buffer.from(payload), qos: 1, dup: false, retain: false },
          () => done(),
        ),
      )
    await until('it is subscribed', async () => {
      await publish('one')
      return heard.length > 0
    })
    l.cut()
    await until('it is back', () => connections === 2)
    expect(wills).toEqual(['session 0'])
    heard.length = 0
    await until('it is subscribed again', async () => {
      await publish('two')
      return heard.includes('news/x two')
    })
    await l.close(0)
    await new Promise<void>((closed) => hub.close(() => closed()))
    server.close()
  })

  it('tells why it was refused', async () => {
    const errors: Error[] = []
    const l = open({ credentials: { name: broker.stranger, secret: 'x' }, onTrouble: (e) => errors.push(e) })
    await until('it was refused', () => errors.length > 0)
    expect(errors[0]).toMatchObject({ code: 4, message: 'Connection refused: Bad username or password' })
    expect(l.connected).toBe(false)
  })
})
