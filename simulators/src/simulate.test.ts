import { silentLogger } from '@quartier/contracts/runtime'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { simulatorsConfig } from './config.ts'
import { type Simulation, start } from './simulate.ts'
import { startBroker, type TestBroker } from './testing/broker.ts'
import { until } from './testing/until.ts'

describe('the simulation', () => {
  let broker: TestBroker
  let simulation: Simulation | undefined
  const metrics = new Registry()
  let now = Date.UTC(2026, 10, 23, 6)
  const clock = { now: () => now, speed: 1 }
  const run = async (settings: object) => {
    metrics.clear()
    const config = simulatorsConfig.parse({ url: broker.url, sensors: 300, intervalMs: 1000, ...settings })
    simulation = await start({ logger: silentLogger, clock, metrics }, config)
    await until('all gateways are connected', () => simulation!.counts().connected === simulation!.info!.connections)
    return simulation
  }
  /** Lets the clock run and waits until everything that fell due has been acknowledged. */
  const pass = async (ms: number) => {
    const { sentMessages } = simulation!.counts()
    for (let i = 0; i < ms; i += 100) now += 100
    await until('messages fell due', () => simulation!.counts().sentMessages > sentMessages)
    await until('all is acknowledged', () => {
      const c = simulation!.counts()
      return c.waitingMessages === 0 && c.acknowledgedMessages === c.sentMessages
    })
  }

  beforeEach(async () => {
    broker = await startBroker()
  })
  afterEach(async () => {
    await simulation?.stop()
    simulation = undefined
    await broker.close()
  })

  it('sends each series about once in its interval, and counts what the broker acknowledged', async () => {
    const { counts } = await run({})
    await pass(3000)
    const c = counts()
    expect(c.acknowledgedReadings).toBe(c.sentReadings)
    const aside = /BIRTH|^frigate\/events|LineDetector|^e\//
    expect(broker.received.filter((m) => !aside.test(m.topic)).length).toBe(c.sentMessages)
    expect(c.sentReadings).toBeGreaterThan(2 * 300)
    expect(c.sentReadings).toBeLessThan(5 * 300)
    expect(c.givenUpMessages).toBe(0)
    expect(broker.clients().every((id) => id.startsWith('naseem-gw-'))).toBe(true)
  })

  it('stamps readings on the platform clock', async () => {
    const before = now
    await run({})
    await pass(2000)
    const stamps = broker.received
      .filter((m) => m.topic.startsWith('t/'))
      .map((m) => (JSON.parse(m.payload.toString()) as { ts: number }).ts)
    expect(stamps.length).toBeGreaterThan(0)
    expect(Math.min(...stamps)).toBeGreaterThanOrEqual(before - 1_000) // each device begins with what it measured last
    expect(Math.max(...stamps)).toBeLessThanOrEqual(now)
  })

  it('never has more under way than the window, keeps the rest, and gives up the oldest beyond the backlog', async () => {
    const { counts } = await run({ connections: 1, window: 5, backlog: 50 })
    broker.acknowledge = false
    now += 5000
    await until('the backlog is full', () => counts().givenUpMessages > 0)
    const stuck = counts()
    expect(stuck.sentMessages - stuck.acknowledgedMessages).toBeLessThanOrEqual(5)
    expect(stuck.waitingMessages).toBe(50)
    broker.acknowledge = true
    await until('the backlog is sent', () => counts().waitingMessages === 0)
    await until('all is acknowledged', () => counts().acknowledgedMessages === counts().sentMessages)
  })

  it('connects again after a break and sends again what was not acknowledged', async () => {
    const { counts } = await run({ connections: 3 })
    await pass(1000)
    broker.acknowledge = false
    now += 500
    await until('messages are under way', () => counts().sentMessages > counts().acknowledgedMessages)
    broker.dropAll()
    await until('the break is noticed', () => counts().connected < 3)
    broker.acknowledge = true
    await until('all are back', () => counts().connected === 3)
    await until('all is acknowledged', () => counts().acknowledgedReadings === counts().sentReadings)
    expect(counts().givenUpMessages).toBe(0)
  })

  it('gives up what fell due while the machine slept, and says so', async () => {
    const { counts } = await run({ connections: 2 })
    now += 3_600_000
    await until('it went on', () => counts().givenUpMessages > 0)
    const text = await metrics.metrics()
    expect(text).toContain('quartier_simulator_given_up_messages_total')
  })
})
