import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { READINGS, REJECTED, SERIES } from '@quartier/contracts'
import { afterEach, describe, expect, it } from 'vitest'
import { openSessions } from './sessions/index.ts'
import {
  eventually,
  idOf,
  principal,
  RawClient,
  readBack,
  sumCounts,
  type TestGateway,
  type TestOptions,
  testGateway,
} from './testing.ts'
import { connect, DISCONNECT_PACKET, PING, packet, publish, pubrel, subscribe } from './testing-packets.ts'

const CONNACK = '20020000'
const NOW = 1_790_000_000_000
const clock = { now: () => NOW, speed: 1 }

let gateway: TestGateway | undefined
const clients: RawClient[] = []

afterEach(async () => {
  for (const c of clients.splice(0)) c.destroy()
  await gateway?.stop()
  gateway = undefined
})

async function open(options: TestOptions = {}): Promise<TestGateway> {
  gateway = await testGateway({ clock, ...options })
  return gateway
}

function client(port = gateway?.port as number): RawClient {
  const c = new RawClient(port)
  clients.push(c)
  return c
}

async function loggedIn(id: string, options: Parameters<typeof connect>[1] = {}): Promise<RawClient> {
  const c = client().send(connect(id, options))
  await c.expect(CONNACK)
  return c
}

const json = (value: number, at = NOW) => `{"ts":${at},"value":${value}}`

/** A log that holds appends of readings back, one after the other, until they are released. */
function holding() {
  const hold: { release?: () => void; isOff?: boolean } = {}
  const wrap: TestOptions['wrap'] = (inner) =>
    Object.assign(Object.create(inner) as typeof inner, {
      append: async (topic: string, records: Parameters<typeof inner.append>[1]) => {
        if (topic === READINGS && !hold.isOff)
          await new Promise<void>((go) => {
            hold.release = go
          })
        return inner.append(topic, records)
      },
    })
  return { hold, wrap }
}

describe('publishing telemetry', () => {
  it('QoS 1 is acknowledged when the reading is in the log', async () => {
    const { log } = await open()
    const c = await loggedIn('a')
    c.send(publish('t/s/d/dev/temp', json(21.5), { id: 7 }))
    await c.expect('40020007')
    const { readings, counts } = await readBack(log)
    expect(readings).toEqual([{ id: idOf('s/dev/temp'), value: 21.5, measuredAt: NOW, receivedAt: NOW, quality: 0 }])
    expect(sumCounts(counts)).toMatchObject({ messages: { received: 1, accepted: 1 }, readings: { accepted: 1 } })
  })

  it('defines a series before its first reading, in the log too', async () => {
    const { log } = await open()
    const c = await loggedIn('a')
    c.send(publish('t/s/d/dev/temp', json(1), { id: 1 }))
    await c.expect('40020001')
    const record = await log.latest(SERIES, 's/dev/temp')
    expect(JSON.parse(Buffer.from(record?.value ?? []).toString())).toMatchObject({
      key: 's/dev/temp',
      id: idOf('s/dev/temp'),
      property: 'temp',
      source: 's',
      status: 'provisioned',
    })
  })

  it('takes packets that arrive together with CONNECT, or split at any byte', async () => {
    const { log } = await open()
    const bytes = Buffer.concat([connect('a'), publish('t/s/d/dev/v', json(0), { id: 1 }), PING])
    for (let cut = 1; cut < bytes.length; cut++) {
      const c = client()
      c.send(bytes.subarray(0, cut))
      await new Promise((later) => setImmediate(later))
      c.send(bytes.subarray(cut))
      await c.until(() => c.received.length >= 10)
      expect([`${CONNACK}40020001d000`, `${CONNACK}d00040020001`]).toContain(c.received.toString('hex'))
      c.destroy()
    }
    expect((await readBack(log)).readings.length).toBe(bytes.length - 1)
  })

  it('acknowledges pipelined packets in order, and keeps the order of each device', async () => {
    const { log } = await open()
    const c = await loggedIn('a')
    const n = 5_000
    const sent = Array.from({ length: n }, (_, i) =>
      publish(`t/s/d/dev-${i % 7}/v`, json(i, NOW - n + i), { id: i + 1 }),
    )
    c.send(...sent)
    await c.until(() => c.received.length >= n * 4)
    const ids = Array.from({ length: n }, (_, i) => c.received.readUInt16BE(i * 4 + 2))
    expect(ids).toEqual(Array.from({ length: n }, (_, i) => i + 1))
    const { readings } = await readBack(log)
    expect(readings.length).toBe(n)
    for (let d = 0; d < 7; d++) {
      const values = readings.filter((r) => r.id === idOf(`s/dev-${d}/v`)).map((r) => r.value)
      expect(values).toEqual([...values].sort((x, y) => x - y))
    }
  })

  it('QoS 0 and QoS 2 arrive as well, QoS 2 once however often it is repeated', async () => {
    const { log } = await open()
    const c = await loggedIn('a')
    c.send(publish('t/s/d/dev/v', json(1)), publish('t/s/d/dev/v', json(2, NOW + 1), { id: 5, qos: 2 }))
    await c.expect('50020005')
    c.send(publish('t/s/d/dev/v', json(2, NOW + 1), { id: 5, qos: 2, dup: true }))
    await c.expect('50020005')
    c.send(pubrel(5))
    await c.expect('70020005')
    expect((await readBack(log)).readings.map((r) => r.value)).toEqual([1, 2])
  })

  it('a retained reading is a reading, and is kept for later subscribers', async () => {
    const { log } = await open()
    const c = await loggedIn('a')
    c.send(publish('t/s/d/dev/v', json(4), { id: 1, retain: true }))
    await c.expect('40020001')
    expect((await readBack(log)).readings[0]?.quality).toBe(8)
    const s = await loggedIn('b')
    s.send(subscribe(2, ['t/s/d/dev/v', 1]))
    // Granted QoS 0: telemetry is handed on without guarantee.
    const wanted = Buffer.concat([Buffer.from([0x90, 3, 0, 2, 0]), publish('t/s/d/dev/v', json(4), { retain: true })])
    await s.expect(wanted.toString('hex'))
    c.send(publish('t/s/d/dev/v', '', { id: 2, retain: true }))
    await c.expect('40020002')
    const later = await loggedIn('c')
    later.send(subscribe(2, ['t/s/d/dev/v', 0]), PING)
    await later.expect('d0009003000200')
    expect((await readBack(log)).readings.length).toBe(1)
  })

  it('puts our time in place of a clock that is off, and says so', async () => {
    const { log } = await open()
    const c = await loggedIn('a')
    const day = 86_400_000
    const times = [NOW + 5 * 60_000, NOW + 5 * 60_000 + 1, NOW - 7 * day, NOW - 7 * day - 1]
    times.forEach((at, i) => void c.send(publish('t/s/d/dev/v', json(i, at), { id: i + 1 })))
    c.send(publish('t/s/d/dev/v', '9', { id: 9 }))
    await c.until(() => c.received.length >= 20)
    const { readings, counts } = await readBack(log)
    expect(readings.map((r) => [r.measuredAt, r.quality])).toEqual([
      [times[0], 0],
      [NOW, 64 | 1],
      [times[2], 0],
      [NOW, 64 | 1],
      [NOW, 4],
    ])
    expect(sumCounts(counts).untimed).toBe(1)
  })
})

describe('what cannot be used', () => {
  it('is acknowledged, counted by reason and kept as a dead letter; a refused message leaves nothing behind', async () => {
    const { log } = await open()
    const c = await loggedIn('a')
    c.send(publish('t/s/d/dev/v', 'nonsense', { id: 1 }), publish('t/s/d/dev/v', json(1), { id: 2 }))
    await c.expect('4002000140020002')
    const { readings, counts } = await readBack(log)
    expect(readings.length).toBe(1)
    const sum = sumCounts(counts)
    expect(sum.messages.received).toBe(2)
    expect(sum.messages.accepted).toBe(1)
    expect(Object.values(sum.messages.rejected)).toEqual([1])
    await eventually(async () => (await log.ranges(REJECTED))[0]?.next === 1)
    const [letter] = await log.read(REJECTED, { partition: 0, offset: 0 }, 1)
    expect(JSON.parse(Buffer.from(letter?.value ?? []).toString())).toMatchObject({
      source: 's',
      mqttTopic: 't/s/d/dev/v',
      stage: 'codec',
      payload: Buffer.from('nonsense').toString('base64'),
    })
  })

  it('of a personal source leaves a dead letter without payload, and is not retained or handed on', async () => {
    const p = [principal('cam', { personal: true, subscribe: ['#'] })]
    const { log } = await open({ principals: p })
    const login = { username: 'cam', password: 'cam' }
    const s = await loggedIn('reader', login)
    s.send(subscribe(1, ['t/#', 0]))
    await s.expect('9003000100')
    const c = await loggedIn('a', login)
    c.send(
      publish('t/cam/d/dev/v', '{"plate":"Q 12 34",', { id: 1 }),
      publish('t/cam/d/dev/v', json(1), { id: 2, retain: true }),
    )
    await c.expect('4002000140020002')
    s.send(PING)
    await s.expect('d000')
    await eventually(async () => (await log.ranges(REJECTED))[0]?.next === 1)
    const [letter] = await log.read(REJECTED, { partition: 0, offset: 0 }, 1)
    const said = JSON.parse(Buffer.from(letter?.value ?? []).toString())
    expect(said.payload).toBeUndefined()
    expect(JSON.stringify(said)).not.toContain('12 34')
    expect(said.skeleton).toBe('{:,')
  })

  it('of a personal source on a topic that is no telemetry is refused: nobody gets it, nothing keeps it', async () => {
    const p = [principal('cam', { personal: true, publish: ['#'], subscribe: ['#'] })]
    const { log, folder } = await open({ principals: p })
    const login = { username: 'cam', password: 'cam' }
    const s = await loggedIn('reader', { ...login, clean: false })
    s.send(subscribe(1, ['#', 2]))
    await s.expect('9003000102')
    const c = await loggedIn('a', { ...login, clean: false })
    const secret = 'plate Q 12 34'
    c.send(publish('free/a', secret), publish('free/b', secret, { id: 1, retain: true }))
    await c.expect('40020001')
    c.send(publish('free/c', secret, { id: 2, qos: 2 }), publish('t/cam/d/x/v', secret, { id: 3, qos: 2 }))
    await c.until(() => c.received.length === 8)
    s.send(PING)
    await s.expect('d000')
    expect(sumCounts((await readBack(log)).counts).messages.rejected).toMatchObject({ permission: 3 })
    for (const file of readdirSync(folder).filter((f) => f.startsWith('sessions.db')))
      expect(readFileSync(join(folder, file)).includes(secret)).toBe(false)
  })

  it('a personal source may not leave a will that says something, which would lie on disk', async () => {
    await open({ principals: [principal('cam', { personal: true })] })
    const will = { topic: 't/cam/d/x/v', payload: 'Q 12 34' }
    await client()
      .send(connect('a', { username: 'cam', password: 'cam', will }))
      .expect('20020005')
  })

  it('an unknown series is kept aside when the policy says so, and taken in once it is approved', async () => {
    const { log } = await open({ config: { unknownSeries: 'quarantine' } })
    const c = await loggedIn('a')
    c.send(publish('t/s/d/dev/v', json(1), { id: 1 }))
    await c.expect('40020001')
    const record = await log.latest(SERIES, 's/dev/v')
    const definition = JSON.parse(Buffer.from(record?.value ?? []).toString())
    expect(definition.status).toBe('quarantined')
    expect(sumCounts((await readBack(log)).counts).messages.rejected).toEqual({ quarantined: 1 })
    const approved = Buffer.from(JSON.stringify({ ...definition, status: 'active' }))
    await log.append(SERIES, [{ key: 's/dev/v', value: approved }])
    let id = 1
    await eventually(async () => {
      c.received = Buffer.alloc(0)
      c.send(publish('t/s/d/dev/v', json(id, NOW + id), { id: ++id }))
      await c.until(() => c.received.length === 4)
      return (await readBack(log)).readings.length > 0
    })
  })
})

describe('who may do what', () => {
  const principals = [
    principal('gw', { source: 'acme', devices: ['room-*', 'lobby'] }),
    principal('dev', {
      source: 'acme',
      kind: 'device',
      publish: ['t/%s/d/%p/#'],
      subscribe: ['t/%s/d/%p/cmd/#'],
      devices: ['dev'],
    }),
    principal('off', { enabled: false }),
    principal('svc', { kind: 'service', publish: ['#'], subscribe: ['#', '$SYS/#'] }),
  ]
  const as = (name: string) => ({ username: name, password: name })

  it('nobody comes in without a name, with a wrong secret, or disabled', async () => {
    await open({ principals })
    for (const [login, code] of [
      [{}, '20020005'],
      [{ username: 'gw', password: 'wrong' }, '20020004'],
      [as('off'), '20020004'],
      [as('nobody'), '20020004'],
    ] as const) {
      const c = client().send(connect('x', login))
      await c.expect(code)
      await c.closed()
    }
  })

  it('a principal publishes under its own source and for its own devices only', async () => {
    const { log } = await open({ principals })
    const c = await loggedIn('x', as('gw'))
    c.send(
      publish('t/acme/d/room-1/v', json(1), { id: 1 }),
      publish('t/acme/d/lobby/v', json(2), { id: 2 }),
      publish('t/acme/d/lobby2/v', json(3), { id: 3 }),
      publish('t/other/d/room-1/v', json(4), { id: 4 }),
      publish('free/topic', 'x', { id: 5 }),
      publish('senml/acme/room-1', '[{"n":"room-2/v","v":5},{"n":"cellar/v","v":6}]', { id: 6 }),
    )
    await c.until(() => c.received.length >= 24)
    const { readings, counts } = await readBack(log)
    expect(readings.map((r) => r.value).sort()).toEqual([1, 2, 5])
    const sum = sumCounts(counts)
    expect(sum.messages.rejected).toEqual({ permission: 3 })
    expect(sum.readings.rejected).toEqual({ 'device-not-allowed': 1 })
    expect(sum.messages.received).toBe(6)
    expect(counts.every((n) => n.source === 'acme')).toBe(true)
  })

  it('devices do not subscribe to wildcards or $SYS, services do', async () => {
    await open({ principals })
    const d = await loggedIn('x', as('dev'))
    d.send(subscribe(1, ['#', 0], ['+/#', 0], ['$SYS/#', 0], ['t/acme/d/dev/cmd/x', 1], ['t/acme/d/+/cmd/x', 0]))
    await d.expect('900700018080800180')
    const s = await loggedIn('y', as('svc'))
    s.send(subscribe(1, ['#', 0], ['$SYS/#', 0]))
    await s.until(() => s.received.toString('hex').includes('900400010000'))
  })

  it('a device retains few messages, on topics of all kinds and under all its client ids together', async () => {
    const { metric } = await open({ principals, config: { limits: { deviceRetained: 2 } } })
    const topics = ['v', 'info/1', 'info/2', 'info/3'].map((t) => `t/acme/d/dev/${t}`)
    for (const [i, topic] of topics.entries()) {
      const d = await loggedIn(`x${i}`, as('dev'))
      d.send(publish(topic, '1', { id: 1, retain: true }))
      await d.expect('40020001')
    }
    expect(await metric('retained_refused_total')).toBe(2)
    const d = await loggedIn('y', as('dev'))
    d.send(publish('t/acme/d/dev/v', '', { id: 1, retain: true }))
    await d.expect('40020001')
    d.send(publish('t/acme/d/dev/info/3', '1', { id: 2, retain: true }))
    await d.expect('40020002')
    const s = await loggedIn('y', as('svc'))
    s.send(subscribe(1, ['t/acme/#', 0]))
    const kept = ['t/acme/d/dev/info/1', 't/acme/d/dev/info/3'].map((t) => publish(t, '1', { retain: true }))
    await s.until(() => s.received.length >= 5 + Buffer.concat(kept).length)
    for (const one of kept) expect(s.received.includes(one)).toBe(true)
    expect(s.received.length).toBe(5 + Buffer.concat(kept).length)
  })

  it('a device holds few subscriptions', async () => {
    await open({ principals })
    const d = await loggedIn('x', as('dev'))
    const filters = [1, 2, 3, 4, 5, 6].map((i) => [`t/acme/d/dev/cmd/${i}`, 0] as const)
    d.send(subscribe(1, ...filters))
    await d.expect('90080001000000000080')
  })

  it('client ids belong to a principal: another one with the same id takes nothing over', async () => {
    await open({ principals })
    const a = await loggedIn('same', as('gw'))
    const b = await loggedIn('same', as('svc'))
    a.send(PING)
    b.send(PING)
    await a.expect('d000')
    await b.expect('d000')
  })

  it('a will on a topic that its sender may not publish to is refused with the connection', async () => {
    await open({ principals })
    const c = client().send(connect('x', { ...as('dev'), will: { topic: 'free', payload: 'x' } }))
    await c.expect('20020005')
  })

  it('a reconnect storm asks the store once', async () => {
    const { principals: store } = await open({ principals })
    await loggedIn('first', as('svc'))
    await Promise.all(Array.from({ length: 100 }, (_, i) => loggedIn(`c${i}`, as('svc'))))
    expect(store.asked).toBe(1)
  })

  it('a device that sends too fast is read more slowly and loses nothing', async () => {
    const limits = { deviceMessagesPerSecond: 100, deviceBurst: 20 }
    const { log, metric } = await open({ principals, config: { limits } })
    const c = await loggedIn('x', as('dev'))
    for (let i = 1; i <= 40; i++) {
      c.send(publish('t/acme/d/dev/v', json(i, NOW + i), { id: i }))
      await new Promise((later) => setImmediate(later))
    }
    await c.until(() => c.received.length >= 160)
    expect((await readBack(log)).readings.length).toBe(40)
    expect(await metric('throttled_total')).toBeGreaterThan(0)
  })

  it('a client id that connects again and again is banned for a while', async () => {
    await open({ principals, config: { limits: { flapConnects: 3 } } })
    for (let i = 0; i < 3; i++) (await loggedIn('x', as('dev'))).destroy()
    await client()
      .send(connect('x', as('dev')))
      .expect('20020005')
    await loggedIn('y', as('dev'))
  })
})

describe('the connection', () => {
  it('of an MQTT 5 client is refused in words it understands', async () => {
    await open()
    const c = client().send(packet(0x10, Buffer.from('00044d5154540502003c000000016100', 'hex')))
    await c.expect('20020001')
    await c.closed()
  })

  it('without a client id is served when its session is clean, refused otherwise', async () => {
    await open()
    await loggedIn('')
    await client()
      .send(connect('', { clean: false }))
      .expect('20020002')
  })

  it.each([
    ['something else before CONNECT', PING],
    ['a second CONNECT', Buffer.concat([connect('a'), connect('a')])],
    ['a PUBLISH of QoS 3', Buffer.concat([connect('a'), publish('a', 'b', { id: 1, qos: 3 })])],
    ['a PUBLISH with packet id 0', Buffer.concat([connect('a'), publish('a', 'b', { id: 0 })])],
    ['a PUBLISH without a topic', Buffer.concat([connect('a'), publish('', 'b')])],
    ['a PUBLISH to a wildcard', Buffer.concat([connect('a'), publish('a/+', 'b')])],
    ['a topic of 17 levels', Buffer.concat([connect('a'), publish('a/'.repeat(16), 'b')])],
    ['a topic that is not UTF-8', Buffer.concat([connect('a'), packet(0x30, Buffer.from([0, 2, 0xc3, 0x28, 1]))])],
    ['a topic longer than its packet', Buffer.concat([connect('a'), packet(0x30, Buffer.from([0, 9, 65]))])],
    ['a SUBSCRIBE with wrong flags', Buffer.concat([connect('a'), packet(0x80, subscribe(1, ['a', 0]).subarray(2))])],
    ['a SUBSCRIBE without a filter', Buffer.concat([connect('a'), packet(0x82, Buffer.from([0, 1]))])],
    ['a SUBSCRIBE of QoS 3', Buffer.concat([connect('a'), subscribe(1, ['a', 3])])],
    ['a filter of 17 levels', Buffer.concat([connect('a'), subscribe(1, ['+/'.repeat(16), 0])])],
    ['a filter that is none', Buffer.concat([connect('a'), subscribe(1, ['a/#/b', 0])])],
    ['a packet type that clients do not send', Buffer.concat([connect('a'), Buffer.from([0xd0, 0])])],
    ['a packet of 257 KiB', Buffer.concat([connect('a'), packet(0x30, Buffer.alloc(263_168))])],
    ['a CONNECT of 5 KiB', connect('a'.repeat(5_000))],
    ['200 MB announced before the login', Buffer.from([0x30, 0x80, 0xc2, 0xd7, 0x5f])],
    ['200 MB announced after the login', Buffer.concat([connect('a'), Buffer.from([0x30, 0x80, 0xc2, 0xd7, 0x5f])])],
    ['a remaining length of five bytes', Buffer.concat([connect('a'), Buffer.from([0xc0, 0xff, 0xff, 0xff, 0xff, 1])])],
  ])('is closed on %s, and others go on', async (_, bytes) => {
    await open()
    const good = await loggedIn('good')
    await client().send(bytes).closed()
    good.send(PING)
    await good.expect('d000')
  })

  it('is closed when it does not log in, or falls silent for one and a half times its keepalive', async () => {
    const { metrics } = await open({ config: { limits: { connectTimeoutMs: 200 } } })
    const silent = client()
    await silent.closed()
    const c = await loggedIn('a', { keepaliveS: 1 })
    await c.closed()
    const text = await metrics.metrics()
    expect(text).toContain('closed_total{reason="connect-timeout"} 1')
    expect(text).toContain('closed_total{reason="keepalive"} 1')
  })

  it('of a client that connects again is closed, after what it sent is durable', async () => {
    const { wrap, hold } = holding()
    const { log, metric } = await open({ wrap })
    const old = await loggedIn('a')
    old.send(publish('t/s/d/dev/v', json(1), { id: 1 }))
    await eventually(() => hold.release !== undefined)
    const young = client().send(connect('a'))
    await eventually(async () => (await metric('takeovers_total')) === 1)
    expect(young.received.length).toBe(0)
    expect((await readBack(log)).readings.length).toBe(0)
    hold.release?.()
    await young.expect(CONNACK)
    await old.closed()
    expect((await readBack(log)).readings.length).toBe(1)
  })

  it('of a client that connects again waits for its QoS 2 messages too, which are taken once', async () => {
    const { wrap, hold } = holding()
    const { log, metric } = await open({ wrap })
    const old = await loggedIn('a', { clean: false })
    const twice = publish('t/s/d/dev/v', json(1), { id: 5, qos: 2 })
    old.send(twice, twice)
    await eventually(() => hold.release !== undefined)
    const young = client().send(
      connect('a', { clean: false }),
      publish('t/s/d/dev/v', json(1), { id: 5, qos: 2, dup: true }),
    )
    await eventually(async () => (await metric('takeovers_total')) === 1)
    expect(young.received.length).toBe(0)
    hold.release?.()
    hold.isOff = true
    await young.expect(`${CONNACK}50020005`)
    young.send(pubrel(5))
    await young.expect('70020005')
    expect((await readBack(log)).readings.length).toBe(1)
  })

  it('of a client whose last one cannot end, because a disk is full, is refused after a while', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'quartier-gateway-'))
    const full = { incomingStorePacket: () => new Promise<void>(() => {}) }
    const sessions = Object.assign(openSessions({ path: join(folder, 'sessions.db') }), full)
    const { log } = await open({ shared: async () => ({ sessions }), config: { limits: { connectTimeoutMs: 3_000 } } })
    const old = await loggedIn('a', { clean: false })
    old.send(publish('t/s/d/dev/v', json(1), { id: 5, qos: 2 }))
    await eventually(async () => (await readBack(log)).readings.length === 1)
    const young = client().send(connect('a', { clean: false }))
    await young.expect('20020003')
    await loggedIn('b')
    rmSync(folder, { recursive: true })
  })

  it('is taken over by the newest of many that come at once', async () => {
    await open()
    const all = Array.from({ length: 20 }, (_, i) => client().send(connect('same', { clean: i % 2 === 0 })))
    await eventually(() => all.filter((c) => !c.isClosed).length === 1 && all.at(-1)?.isClosed === false)
    all.at(-1)?.send(PING)
    await all.at(-1)?.until(() => all.at(-1)?.received.toString('hex').endsWith('d000') === true)
  })

  it('ends with DISCONNECT without its will, and with its will otherwise', async () => {
    const { log } = await open()
    const s = await loggedIn('s')
    s.send(subscribe(1, ['will/#', 1]))
    await s.expect('9003000101')
    const will = (topic: string) => ({ will: { topic, payload: 'gone', qos: 1 } })
    const polite = await loggedIn('p', will('will/p'))
    polite.send(DISCONNECT_PACKET)
    await polite.closed()
    const rude = await loggedIn('r', will('will/r'))
    rude.destroy()
    const reading = await loggedIn('m', { will: { topic: 't/s/d/dev/online', payload: '0' } })
    reading.destroy()
    await s.until(() => s.received.length >= 16)
    expect(s.received.toString('latin1')).toContain('will/r')
    expect(s.received.toString('latin1')).not.toContain('will/p')
    await eventually(async () => (await readBack(log)).readings.length === 1)
  })
})

it('anonymous access is refused on an address that others can reach', async () => {
  await expect(testGateway({ config: { host: '0.0.0.0' } })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
})
