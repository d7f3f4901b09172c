import { Pool } from '@quartier/contracts/postgres'
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openPostgresRelay } from './sessions/postgres/relay.ts'
import { openPostgresSessions } from './sessions/postgres.ts'
import type { Sessions } from './sessions/types.ts'
import { type TestGateway, testGateway } from './testing.ts'

const url = process.env.QUARTIER_TEST_POSTGRES
const WAIT = { timeout: 20_000, interval: 20 }

describe.skipIf(!url)('two gateways on one PostgreSQL (set QUARTIER_TEST_POSTGRES to run)', () => {
  let schema: string
  let made = 0
  let north: TestGateway
  let south: TestGateway
  /** Those of the gateway in the south. */
  let sessions: Sessions
  const clients: MqttClient[] = []
  const shared = async () => {
    sessions = await openPostgresSessions({ url, schema })
    return { sessions, relay: await openPostgresRelay({ url, schema }) }
  }

  beforeEach(async () => {
    schema = `several_${process.pid}_${++made}`
    north = await testGateway({ shared })
    south = await testGateway({ shared })
  })
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.endAsync(true)
    await north.stop()
    await south.stop()
    const pool = new Pool({ url }, { name: 'test', connections: 1 })
    await pool.query(`drop schema ${schema} cascade`)
    await pool.close()
  })

  const connect = async (gateway: TestGateway, clientId: string, options: IClientOptions = {}) => {
    const client = await connectAsync(`mqtt://127.0.0.1:${gateway.port}`, {
      clientId,
      protocolVersion: 4,
      reconnectPeriod: 0,
      ...options,
    })
    clients.push(client)
    const seen: string[] = []
    client.on('message', (mqttTopic, payload, packet) => seen.push(`${mqttTopic} ${packet.retain} ${payload}`))
    client.on('error', () => {})
    return Object.assign(client, { seen })
  }

  it('what is published at one reaches subscribers at the other at each QoS and size, in order within one QoS', async () => {
    const device = await connect(south, 'device')
    await device.subscribeAsync('command/#', { qos: 2 })
    const desk = await connect(north, 'desk')
    const expected: string[] = []
    for (let n = 0; n < 60; n++) {
      const text = `${n} ${'x'.repeat(n % 10 === 9 ? 20_000 : 10)}`
      expected.push(`command/a false ${text}`)
      await desk.publishAsync('command/a', text, { qos: (n % 3) as 0 | 1 | 2 })
    }
    await expect.poll(() => device.seen.length, WAIT).toBe(60)
    for (const qos of [0, 1, 2]) {
      const ofQos = (all: string[]) => all.filter((text) => Number(text.split(' ')[2]) % 3 === qos)
      expect(ofQos(device.seen)).toEqual(ofQos(expected))
    }
  })

  it('a message to a device that is away waits, and is there at whichever gateway it comes back to', async () => {
    const first = await connect(north, 'device', { clean: false })
    await first.subscribeAsync('command/device', { qos: 1 })
    await first.endAsync()
    const desk = await connect(south, 'desk')
    await expect.poll(() => sessions.subscriptionsByTopic('command/device'), WAIT).toHaveLength(1)
    for (let n = 0; n < 10; n++) await desk.publishAsync('command/device', `${n}`, { qos: 1 })
    const again = await connect(south, 'device', { clean: false })
    await expect.poll(() => new Set(again.seen).size, WAIT).toBe(10)
    await again.endAsync()
    await desk.publishAsync('command/device', 'late', { qos: 1 })
    const back = await connect(north, 'device', { clean: false })
    // Perhaps twice, which QoS 1 allows: from the queue, and as the other gateway passes it on at that moment.
    await expect.poll(() => [...new Set(back.seen)], WAIT).toEqual(['command/device false late'])
  })

  it('both take connections at one port', async () => {
    const config = { sharePort: true }
    const first = await testGateway({ shared, config })
    const second = await testGateway({ shared, config: { ...config, port: first.port } })
    try {
      const held = () => Promise.all([first, second].map((gateway) => gateway.metric('connections')))
      for (let n = 0; Math.min(...(await held())) === 0 && n < 200; n++) await connect(second, `lamp-${n}`)
      expect(Math.min(...(await held()))).toBeGreaterThan(0)
      const client = await connect(first, 'desk')
      await client.subscribeAsync('command/lamp-0', { qos: 1 })
      await (clients[0] as MqttClient).publishAsync('command/lamp-0', 'on', { qos: 1 })
      await expect.poll(() => client.seen, WAIT).toEqual(['command/lamp-0 false on'])
    } finally {
      for (const client of clients.splice(0)) await client.endAsync(true)
      await second.stop()
      await first.stop()
    }
  })

  it('a client that comes in at one is let go by the other', async () => {
    for (const clean of [true, false]) {
      const old = await connect(north, 'device', { clean })
      const closed = new Promise((done) => old.on('close', () => done('closed')))
      const fresh = await connect(south, 'device', { clean })
      expect(await closed).toBe('closed')
      expect(fresh.connected).toBe(true)
      await fresh.endAsync()
    }
  })

  it('retained messages and wills reach the clients of both', async () => {
    const watcher = await connect(north, 'watcher')
    await watcher.subscribeAsync('will/#', { qos: 1 })
    const device = await connect(south, 'device', {
      will: { topic: 'will/device', payload: Buffer.from('gone'), qos: 1, retain: true },
    })
    device.stream.destroy()
    await expect.poll(() => watcher.seen, WAIT).toEqual(['will/device false gone'])
    const late = await connect(north, 'late')
    await late.subscribeAsync('will/#', { qos: 1 })
    await expect.poll(() => late.seen, WAIT).toEqual(['will/device true gone'])
  })

  it('a client that is connected gets what it missed after the gateways lost sight of each other', async () => {
    const device = await connect(north, 'device', { clean: false, reconnectPeriod: 50 })
    await device.subscribeAsync('command/device', { qos: 1 })
    const desk = await connect(south, 'desk')
    await desk.publishAsync('command/device', 'before', { qos: 1 })
    await expect.poll(() => device.seen, WAIT).toHaveLength(1)
    const pool = new Pool({ url }, { name: 'test', connections: 1 })
    const ended = await pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'quartier-relay'
         and query like 'listen%' and query like $1`,
      [`%${schema}%`],
    )
    expect(ended).toHaveLength(2)
    await pool.close()
    for (let n = 0; n < 5; n++) await desk.publishAsync('command/device', `${n}`, { qos: 1 })
    await expect.poll(() => new Set(device.seen).size, WAIT).toBe(6)
  })
})
