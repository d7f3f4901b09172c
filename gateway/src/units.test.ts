import { SERIES, type SeriesDefinition } from '@quartier/contracts'
import type { EventLog } from '@quartier/contracts/event-log'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { eventually, idOf, RawClient, readBack, type TestGateway, testGateway } from './testing.ts'
import { connect, publish } from './testing-packets.ts'

let gateway: TestGateway
let client: RawClient
let sent = 0

beforeEach(async () => {
  gateway = await testGateway()
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
