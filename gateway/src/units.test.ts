import { SERIES, type SeriesDefinition } from '@quartier/contracts'
import type { EventLog } from '@quartier/contracts/event-log'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { eventually, idOf, RawClient, readBack, type TestGateway, testGateway } from './testing.ts'
import { connect, publish } from './testing-packets.ts'

let gateway: TestGateway
let client: RawClient
let sent = 0
const NOW = 1_790_000_000_000
const HOUR = 3_600_000

beforeEach(async () => {
  gateway = await testGateway({ clock: { now: () => NOW, speed: 1 } })
  client = await signedIn()
})

afterEach(async () => {
  client.destroy()
  await gateway.stop()
})

async function signedIn(): Promise<RawClient> {
  const c = new RawClient(gateway.port).send(connect('a'))
  await c.expect('20020000')
  return c
}

async function send(mqttTopic: string, payload: string): Promise<void> {
  const id = ++sent
  client.received = Buffer.alloc(0)
  client.send(publish(mqttTopic, payload, { id }))
  await client.expect(`4002${id.toString(16).padStart(4, '0')}`)
}

const define = (log: EventLog, key: string, more: Partial<SeriesDefinition>) =>
  log.append(SERIES, [{ key, value: Buffer.from(JSON.stringify({ key, id: idOf(key), status: 'active', ...more })) }])

const definitionOf = async (key: string) =>
  JSON.parse(Buffer.from((await gateway.log.latest(SERIES, key))?.value ?? []).toString()) as SeriesDefinition

const values = async () => (await readBack(gateway.log)).readings.map((r) => Number((r.value as number).toFixed(9)))

it('converts what a registered series sends in another unit, also after a restart', async () => {
  await define(gateway.log, 's/dev/t', { unit: 'Cel', sentUnit: 'degF' })
  await gateway.restart()
  client = await signedIn()
  await send('t/s/d/dev/t', '{"value":75.2}')
  await send('t/s/d/dev/other', '{"value":75.2}')
  expect(await values()).toEqual([24, 75.2])
})

it('follows a definition that changes while the gateway runs', async () => {
  await define(gateway.log, 's/dev/p', { unit: 'kPa' })
  await gateway.restart()
  client = await signedIn()
  await send('t/s/d/dev/p', '{"value":2}')
  await define(gateway.log, 's/dev/p', { unit: 'kPa', sentUnit: 'bar' })
  await eventually(async () => {
    await send('t/s/d/dev/p', '{"value":3}')
    return (await values()).at(-1) === 300
  })
  await define(gateway.log, 's/dev/p', { unit: 'kPa' })
  await eventually(async () => {
    await send('t/s/d/dev/p', '{"value":4}')
    return (await values()).at(-1) === 4
  })
})

it('converts what was measured before a change of the unit by the unit of then, also when it comes after it', async () => {
  const sentBefore = [
    { untilAt: NOW - HOUR, sentUnit: 'psi' },
    { untilAt: NOW - 2 * HOUR, sentUnit: '' },
  ]
  await define(gateway.log, 's/dev/p', { unit: 'kPa', sentUnit: 'bar', sentBefore })
  await define(gateway.log, 's/dev/t', { unit: 'Cel', sentBefore: [{ untilAt: NOW - HOUR, sentUnit: 'K' }] })
  await gateway.restart()
  client = await signedIn()
  for (const at of [NOW, NOW - HOUR, NOW - HOUR - 1, NOW - 2 * HOUR, NOW - 2 * HOUR - 1])
    await send('t/s/d/dev/p', `{"ts":${at},"value":1}`)
  // Of what time it is nobody knows: no time, or one that is not believed.
  await send('t/s/d/dev/p', '{"value":2}')
  await send('t/s/d/dev/p', `{"ts":${NOW - 30 * 24 * HOUR},"value":3}`)
  for (const at of [NOW, NOW - HOUR - 1]) await send('t/s/d/dev/t', `{"ts":${at},"value":273.15}`)
  const found = await values()
  expect(found.filter((v) => v !== 0 && v !== 273.15)).toEqual([100, 100, 6.894757293, 6.894757293, 1, 200, 300])
  expect(found.filter((v) => v === 0 || v === 273.15)).toEqual([273.15, 0])
})

it('converts from the first reading on when a device itself says a unit, and keeps what it said', async () => {
  const pack = (v: number) =>
    JSON.stringify([
      { n: 't', u: '[degF]', v },
      { n: 'load', u: 'kW', v: 5 },
    ])
  await send('senml/s/dev', pack(75.2))
  await send('senml/s/dev', pack(50))
  expect((await values()).toSorted((a, b) => a - b)).toEqual([5, 5, 10, 24])
  expect(await definitionOf('s/dev/t')).toMatchObject({ unit: 'Cel', sentUnit: '[degF]' })
  expect(await definitionOf('s/dev/load')).not.toHaveProperty('sentUnit')
})
