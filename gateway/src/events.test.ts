import { decodeEventBatch, EVENTS, type EventCounts, kindOfCode, topic } from '@quartier/contracts'
import type { EventLog } from '@quartier/contracts/event-log'
import { afterEach, describe, expect, it } from 'vitest'
import { eventually, principal, RawClient, type TestGateway, type TestOptions, testGateway } from './testing.ts'
import { connect, publish } from './testing-packets.ts'

let gateway: TestGateway | undefined
let client: RawClient | undefined

afterEach(async () => {
  client?.destroy()
  await gateway?.stop()
})

async function open(options: TestOptions = {}): Promise<{ gateway: TestGateway; client: RawClient }> {
  const who = principal('bms', { publish: ['#'], devices: ['door-*', 'lift-1'] })
  gateway = await testGateway({ principals: [who], ...options })
  client = new RawClient(gateway.port)
  client.send(connect('c', { username: 'bms', password: 'bms' }))
  await client.expect('20020000')
  return { gateway, client }
}

/** Everything on `events.v1`, and what was counted with it. */
async function readEvents(log: EventLog) {
  const events: { device: string; kind: string; at: number; quality: number }[] = []
  const counts: EventCounts[] = []
  for (let partition = 0; partition < topic(EVENTS).partitions; partition++)
    for (const record of await log.read(EVENTS, { partition, offset: 0 }, 1000)) {
      const { columns: c, counts: said } = decodeEventBatch(record.value)
      counts.push(...said)
      for (let row = 0; row < c.length; row++)
        events.push({
          device: c.words[c.device[row] as number] as string,
          kind: kindOfCode(c.kind[row] as number),
          at: c.measuredAt[row] as number,
          quality: c.quality[row] as number,
        })
    }
  const sum = { received: 0, accepted: 0, untimed: 0, rejected: {} as Record<string, number> }
  for (const one of counts) {
    sum.received += one.received
    sum.accepted += one.accepted
    sum.untimed += one.untimed
    for (const [reason, n] of Object.entries(one.rejected)) sum.rejected[reason] = (sum.rejected[reason] ?? 0) + n
  }
  return { events, sum }
}

describe('events', () => {
  it('stand on the log, counted, before their message is acknowledged', async () => {
    let release: (() => void) | undefined
    const wrap: TestOptions['wrap'] = (inner) =>
      Object.assign(Object.create(inner) as EventLog, {
        append: async (...args: Parameters<EventLog['append']>) => {
          if (args[0] === EVENTS) await new Promise<void>((go) => (release = go))
          return inner.append(...args)
        },
      })
    const { client, gateway } = await open({ wrap })
    const now = Date.now()
    client.send(publish('e/bms/d/door-1', JSON.stringify({ kind: 'door-forced', ts: now }), { id: 7 }))
    await eventually(() => release !== undefined)
    expect(client.received.length).toBe(0)
    release?.()
    await client.expect('40020007')
    const { events, sum } = await readEvents(gateway.log)
    expect(events).toEqual([{ device: 'bms/door-1', kind: 'door-forced', at: now, quality: 0 }])
    expect(sum).toEqual({ received: 1, accepted: 1, untimed: 0, rejected: {} })
    expect(await gateway.metric('events_total')).toBe(1)
  })

  it('of one message are taken or refused one by one, and all of them counted', async () => {
    const { client, gateway } = await open()
    const list = [
      { device: 'door-1', kind: 'access-denied', ts: Date.now() },
      { device: 'lift-1', kind: 'lift-fault' },
      { device: 'lift-2', kind: 'lift-fault' },
      { device: 'door-2', kind: 'door-forced', severity: 'awful' },
      { device: 'door-2', kind: 'door-held-open', attributes: { durationS: 'long' } },
    ]
    client.send(publish('e/bms', JSON.stringify(list), { id: 1 }), publish('e/bms', 'nonsense', { id: 2 }))
    await client.expect('4002000140020002')
    const { events, sum } = await readEvents(gateway.log)
    expect(events.map((e) => `${e.device} ${e.kind}`).sort()).toEqual([
      'bms/door-1 access-denied',
      'bms/lift-1 lift-fault',
    ])
    expect(sum).toEqual({
      ...{ received: 5, accepted: 2, untimed: 1 },
      rejected: { 'device-not-allowed': 1, 'event-severity': 1, 'event-attribute': 1 },
    })
    expect(await gateway.metric('events_rejected_total')).toBe(3)
    expect(await gateway.metric('messages_rejected_total')).toBe(1)
  })

  it('with a clock that is off get our time, and say so', async () => {
    const { client, gateway } = await open()
    const before = Date.now()
    client.send(publish('e/bms/d/door-1', JSON.stringify({ kind: 'door-forced', ts: before + 1e9 }), { id: 1 }))
    await client.expect('40020001')
    const [event] = (await readEvents(gateway.log)).events
    expect(event?.at).toBeGreaterThanOrEqual(before)
    expect(event?.at).toBeLessThan(before + 60_000)
    expect(event?.quality).toBe(1 | 64)
  })

  it('come in the name of nobody else: neither another source nor another device', async () => {
    const { client, gateway } = await open()
    const payload = JSON.stringify({ kind: 'door-forced' })
    client.send(publish('e/other/d/door-1', payload, { id: 1 }), publish('e/bms/d/gate-1', payload, { id: 2 }))
    await client.expect('4002000140020002')
    expect((await readEvents(gateway.log)).events).toEqual([])
    expect(await gateway.metric('messages_rejected_total')).toBe(2)
  })
})
