import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { READINGS } from '@quartier/contracts'
import type { EventLog } from '@quartier/contracts/event-log'
import { Aedes, type PublishPacket } from 'aedes'
import { afterEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { eventually, readBack, sumCounts, type TestGateway, type TestOptions, testGateway } from '../testing.ts'

/** A broker of somebody else's, which keeps its sessions while its listener is away. */
class OtherBroker {
  port = 0
  acknowledged = 0
  readonly sockets = new Set<Socket>()
  #aedes!: Aedes
  #server!: Server

  async open(): Promise<this> {
    this.#aedes = await Aedes.createBroker({ concurrency: 0 })
    this.#aedes.on('ack', () => this.acknowledged++)
    await this.listen()
    return this
  }

  async listen(): Promise<void> {
    this.#server = createServer((socket) => {
      this.sockets.add(socket)
      socket.on('close', () => this.sockets.delete(socket))
      this.#aedes.handle(socket)
    })
    this.#server.listen(this.port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.port = (this.#server.address() as { port: number }).port
  }

  /** The network goes: connections end, and none can be made. */
  async cut(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.sockets) socket.destroy()
    await closed
  }

  say(topic: string, payload: string, more: Partial<PublishPacket> = {}): Promise<void> {
    const packet = { cmd: 'publish', topic, payload, qos: 1, retain: false, dup: false, ...more } as PublishPacket
    return new Promise((done, failed) => this.#aedes.publish(packet, (e) => (e ? failed(e) : done())))
  }

  async close(): Promise<void> {
    await this.cut()
    await new Promise<void>((done) => this.#aedes.close(done))
  }
}

let other: OtherBroker
let gateway: TestGateway

afterEach(async () => {
  await gateway.stop()
  await other.close()
})

async function open(more: object = {}, options: TestOptions = {}): Promise<void> {
  other = await new OtherBroker().open()
  const bridge = { name: 'plant', url: `mqtt://127.0.0.1:${other.port}`, source: 'plant', filters: ['t/#'], ...more }
  gateway = await testGateway({ ...options, config: { bridges: [bridge], ...options.config } })
  await subscribed()
}

const stat = async (name: string): Promise<number> => {
  const line = (await gateway.metrics.metrics())
    .split('\n')
    .find((l) => l.startsWith(`quartier_gateway_bridge_${name}{`))
  return Number(line?.slice(line.lastIndexOf(' ') + 1) ?? 0)
}
const subscribed = () => eventually(async () => (await stat('connects_total')) > 0)
const values = async () => (await readBack(gateway.log)).readings.map((r) => r.value)

describe('a bridge', () => {
  it('takes in what another broker says, and acknowledges it once it is durable', async () => {
    const gate = Promise.withResolvers<void>()
    const wrap = (log: EventLog): EventLog => ({
      ...log,
      append: async (topic, records) => {
        if (topic === READINGS) await gate.promise
        return log.append(topic, records)
      },
      read: log.read.bind(log),
      ranges: log.ranges.bind(log),
      consume: log.consume.bind(log),
    })
    await open({}, { wrap })
    await eventually(async () => {
      await other.say('t/plant/d/a/t', '0')
      return (await stat('messages_total')) > 0
    })
    expect(other.acknowledged).toBe(0)
    gate.resolve()
    await eventually(() => other.acknowledged > 0)
    expect(await values()).toContain(0)
  })

  it('takes in many at a time, in order, and counts them', async () => {
    await open()
    await eventually(async () => {
      await other.say('t/plant/d/a/t', '{"ts":1790000000000,"value":0}')
      return (await stat('messages_total')) > 0
    })
    const before = await stat('messages_total')
    for (let i = 1; i <= 500; i++) await other.say('t/plant/d/a/t', `{"ts":${1_790_000_000_000 + i},"value":${i}}`)
    await eventually(async () => (await stat('acknowledged_total')) === before + 500)
    expect((await values()).filter((v) => v > 0)).toEqual(Array.from({ length: 500 }, (_, i) => i + 1))
    const { messages } = sumCounts((await readBack(gateway.log)).counts)
    expect(messages.accepted).toBe(messages.received)
  })

  it('goes on with its session after the network was away, and after a restart of ours', async () => {
    await open()
    await eventually(async () => {
      await other.say('t/plant/d/a/t', '0')
      return (await stat('acknowledged_total')) > 0
    })
    await other.cut()
    await other.say('t/plant/d/a/t', '1')
    await other.listen()
    await eventually(async () => (await values()).includes(1))
    await gateway.restart(() => other.say('t/plant/d/a/t', '2'))
    await eventually(async () => (await values()).includes(2))
    const lines = gateway.deviceLog.lines.map((l) => `${l.device} ${l.event}`)
    expect(lines).toContain('bridge:plant bridge-connected')
    expect(lines).toContain('bridge:plant bridge-lost')
  })

  it('reads other topics by routes of its own, and sets aside what none fits', async () => {
    const routes = [{ filter: 'site/{device}/{property}', codec: 'json' }]
    await open({ filters: ['site/#'], routes })
    await eventually(async () => {
      await other.say('site/pump-1/flow', '4.5')
      return (await values()).length > 0
    })
    await other.say('site/what/is/this', '1')
    await eventually(async () => sumCounts((await readBack(gateway.log)).counts).messages.rejected.permission === 1)
    const line = (await gateway.metrics.metrics())
      .split('\n')
      .find((l) => l.startsWith('quartier_gateway_rejected_total'))
    expect(line).toContain('permission')
  })

  it('works with the configuration that its document shows', async () => {
    const text = readFileSync(new URL('../../../docs/sources/brokers.md', import.meta.url), 'utf8')
    const example = parse(/```yaml\n(.*?)```/s.exec(text)?.[1] ?? '') as { gateway: { bridges: [object] } }
    other = await new OtherBroker().open()
    const url = `mqtt://127.0.0.1:${other.port}`
    const bridge = { ...example.gateway.bridges[0], url, username: '', passwordFile: null }
    gateway = await testGateway({ config: { bridges: [bridge] } })
    await eventually(async () => {
      await other.say('site/pump-1/flow', '4.5')
      return (await values()).includes(4.5)
    })
  })

  it('marks as retained what the broker had kept', async () => {
    other = await new OtherBroker().open()
    await other.say('t/plant/d/a/t', '7', { retain: true })
    const bridge = { name: 'plant', url: `mqtt://127.0.0.1:${other.port}`, source: 'plant', filters: ['t/#'] }
    gateway = await testGateway({ config: { bridges: [bridge] } })
    await eventually(async () => (await values()).includes(7))
  })

  it('says in the device log that a broker cannot be reached', async () => {
    other = await new OtherBroker().open()
    await other.cut()
    const bridge = { name: 'plant', url: `mqtt://127.0.0.1:${other.port}`, source: 'plant', filters: ['t/#'] }
    gateway = await testGateway({ config: { bridges: [bridge] } })
    await eventually(() => gateway.deviceLog.lines.some((l) => l.event === 'bridge-failed'))
    await other.listen()
    await eventually(async () => (await stat('connects_total')) === 1)
  })

  it.each([
    [{ connections: 2 }, /several connections without it/],
    [{ certFile: 'x' }, /come together/],
    [{ url: 'http://x' }, /bridges/],
  ])('is refused with a configuration that makes no sense: %o', async (wrong, message) => {
    await open()
    const bridge = { name: 'b', url: 'mqtt://x', source: 'plant', filters: ['t/#'], ...wrong }
    await expect(testGateway({ config: { bridges: [bridge] } })).rejects.toThrow(message)
  })
})
